import Logging
import NIOCore

/// The plugin that a session serves: who it is, where it runs, and how events reach it.
///
/// A class, since it is handed on with every call: one reference to count instead of one for each member.
public final class PluginScope: Sendable {
    /// Which of the reference's two dialects the plugin was written for; a few statuses and texts differ.
    public enum Dialect: Hashable, Sendable {
        /// `pulp.plugin.toml`, v0.1.
        case plugin
        /// `pulp.cell.toml`.
        case cell
    }

    /// The manifest's `name`.
    public let name: String
    public let version: String
    public let dialect: Dialect
    /// The manifest's `[env]`, in its order: all that the guest may see of an environment.
    public let environment: [(name: String, value: String)]
    /// What the manifest says to the plugin's capabilities.
    public let settings: CapabilitySettings
    /// The capabilities that the manifest lists.
    public let grants: Set<CapabilityID>
    /// Carries the plugin's name.
    public let logger: Logger
    /// Bytes of the largest event that the plugin takes, envelope included.
    public let maximumMessageBytes: Int
    /// How long a step may take, host calls included.
    public let callTimeout: Duration
    /// Whether each event has an instance of its own.
    public let isPerEvent: Bool
    /// Takes the capability's events to the plugin's mailbox.
    public let events: any EventSink

    public init(
        name: String, version: String, dialect: Dialect, environment: [(name: String, value: String)] = [],
        settings: CapabilitySettings = CapabilitySettings(), grants: Set<CapabilityID> = [],
        logger: Logger, maximumMessageBytes: Int, callTimeout: Duration, isPerEvent: Bool, events: any EventSink
    ) {
        self.name = name
        self.version = version
        self.dialect = dialect
        self.environment = environment
        self.settings = settings
        self.grants = grants
        self.logger = logger
        self.maximumMessageBytes = maximumMessageBytes
        self.callTimeout = callTimeout
        self.isPerEvent = isPerEvent
        self.events = events
    }
}

/// Where a capability puts events for its plugin.
public protocol EventSink: AnyObject, Sendable {
    /// Whether the plugin takes events now; cheap, from any thread, a moment old.
    var availability: Availability { get }

    /// Hands an event to an instance of the plugin. From any thread; ``GuestEvent/finished(_:)`` is called exactly
    /// once whatever happens.
    ///
    /// - Parameters:
    ///   - event: What happened.
    ///   - loop: The loop that the event comes from: an instance there is preferred.
    ///   - instance: The one instance that may have it, or nil for any.
    func deliver(_ event: any GuestEvent, from loop: any EventLoop, to instance: InstanceID?)
}

/// What a plugin is doing, as far as the outside needs to know.
public enum Availability: UInt8, Sendable {
    case starting, ready, full, restarting, failed, stopping, stopped

    /// For users: why the plugin does not answer.
    public var reason: String {
        switch self {
        case .starting: "the plugin is starting"
        case .ready: "the plugin is ready"
        case .full: "the plugin's queue is full"
        case .restarting: "the plugin is restarting after a crash"
        case .failed: "the plugin has failed and was not restarted"
        case .stopping: "the plugin is stopping"
        case .stopped: "the plugin has stopped"
        }
    }
}
