import PulpTOML

/// Everything the host has to know to run one plugin, checked: what a manifest says, or what an application says in
/// code.
///
/// A spec that ``Manifest`` returns keeps every rule of `docs/manifest.md`. One that is built in code has the defaults
/// of the manifest, and its author keeps the rules.
public struct PluginSpec: Hashable, Sendable {
    /// Unique among the plugins that run together; free text without control characters.
    public var name: String
    /// Free text; the host compares no versions.
    public var version: String
    /// Which of the reference's two manifests this came from.
    public var dialect: ManifestDialect
    /// Where the WebAssembly module is.
    public var module: ModuleSource
    /// The SHA-256 that the module must have, as 64 lower-case hexadecimal digits; `nil` admits any module.
    public var sha256: String?

    /// The functions that other plugins may call here, by exact name.
    public var provides: [String]
    /// The functions of other plugins that this one calls, by exact name.
    public var consumes: [String]
    /// The functions of other applications that this plugin calls, by exact name.
    public var hostConsumes: [String]
    /// The plugins that must be ready before this one starts, by name.
    public var dependsOn: [String]

    /// The host features that the plugin is granted, in lower case, each once.
    public var capabilities: [String]
    /// Where the manifest grants each capability; empty for a spec built in code.
    public var capabilityPositions: [String: ManifestPosition]
    /// What `[limits.NAME]` says for each capability, for that capability to judge.
    public var capabilityLimits: [String: [CapabilitySetting]]
    /// What the capabilities' own tables say, by the table's name: `sqlite` for `[sqlite]`.
    public var capabilitySections: [String: [CapabilitySetting]]

    /// What happens after a crash.
    public var restart: RestartPolicy
    /// What the plugin may use.
    public var limits: PluginLimits
    /// How many instances serve the plugin.
    public var instances: InstancePolicy
    /// Whether the plugin is stepped when nothing has happened.
    public var ticks: TickPolicy
    /// The environment that the guest sees: exactly this, in this order.
    public var environment: [EnvironmentVariable]
    /// Where the plugin's HTTP listener is, if the manifest says.
    public var http: HTTPSettings
    /// What `pulp_init` receives: the `[config]` table as MessagePack, or no bytes when there is none.
    public var config: [UInt8]
    /// How the module is made from its sources; nothing for the host.
    public var build: BuildSettings

    /// A spec with the defaults of a manifest that says nothing else.
    public init(name: String, version: String, module: ModuleSource) {
        self.name = name
        self.version = version
        self.dialect = .plugin
        self.module = module
        self.sha256 = nil
        self.provides = []
        self.consumes = []
        self.hostConsumes = []
        self.dependsOn = []
        self.capabilities = []
        self.capabilityPositions = [:]
        self.capabilityLimits = [:]
        self.capabilitySections = [:]
        self.restart = .onCrash
        self.limits = PluginLimits()
        self.instances = .count(1)
        self.ticks = .none
        self.environment = []
        self.http = HTTPSettings()
        self.config = []
        self.build = BuildSettings()
    }

    /// ``sha256`` as 32 bytes; `nil` when there is no pin.
    public var sha256Bytes: [UInt8]? {
        guard let digits = sha256.map({ Array($0.utf8) }), digits.count == 64 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: 64, by: 2) {
            guard let byte = UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(byte)
        }
        return bytes
    }
}
