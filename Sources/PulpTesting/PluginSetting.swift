import Logging
import PulpCapability

/// The plugin that a ``Harness`` pretends to run.
public struct PluginSetting: Sendable {
    public var name = "test"
    public var version = "1.0.0"
    public var dialect = PluginScope.Dialect.plugin
    public var environment: [(name: String, value: String)] = []
    /// What the manifest would say to the capability.
    public var settings = CapabilitySettings()
    public var grants: Set<CapabilityID> = []
    public var maximumMessageBytes = 8 << 20
    public var callTimeout: Duration = .seconds(30)
    public var isPerEvent = false
    /// The instance's number.
    public var instance: UInt64 = 1
    /// The guest's memory; at least 8,192.
    public var memoryBytes = 65_536

    /// A plugin like any other.
    public init() {}

    func scope(logs: LogCollector, events: CollectingSink) -> PluginScope {
        PluginScope(
            name: self.name, version: self.version, dialect: self.dialect, environment: self.environment,
            settings: self.settings, grants: self.grants, logger: logs.logger(metadata: ["plugin": "\(self.name)"]),
            maximumMessageBytes: self.maximumMessageBytes,
            callTimeout: self.callTimeout, isPerEvent: self.isPerEvent, events: events)
    }
}
