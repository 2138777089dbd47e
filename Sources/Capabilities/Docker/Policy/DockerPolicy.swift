import PulpCapability
import PulpWire

/// What one plugin may do with containers: its manifest, within what the host's environment says.
struct DockerPolicy: Sendable {
    /// The labels by which containers are told apart; names are for people.
    enum Label {
        static let scope = "pulp.scope"
        static let plugin = "pulp.plugin"
        static let host = "pulp.host"
        /// Of one call of `docker_create`.
        static let creation = "pulp.creation"
    }

    enum Ending: String {
        case keep
        case remove
    }

    let plugin: String
    let host: String
    /// Nobody is asked for ownership: the host's operator has said so.
    let isScopeDisabled: Bool
    let images: [ImagePattern]
    let binds: BindGuard
    let templates: String
    let network: String?
    let publishAddress: String
    let diskDevice: String?
    let sendsEvents: Bool
    let ending: Ending
    let stopSeconds: Int

    let maximumContainers: Int
    let maximumMemory: Int64
    let maximumNanoCPUs: Int64
    let maximumPids: Int64
    let maximumLogBytes: Int
    let maximumExecBytes: Int
    let maximumFileBytes: Int
    let maximumBuildBytes: Int
    let buildSeconds: Int
    let maximumEvents: Int

    init(_ scope: PluginScope, host: DockerHost) {
        typealias Key = DockerCapability.Key
        typealias Limit = DockerCapability.Limit
        let section = "docker"
        let settings = scope.settings
        func limit(_ key: SettingKey) -> Int { scope.limit(key, of: DockerCapability.id) }
        self.plugin = scope.name
        self.host = host.identity
        self.isScopeDisabled = host.isScopeDisabled
        self.images = settings.strings(Key.images, in: section).map { ImagePattern($0) }
        self.binds = BindGuard(
            roots: host.bindRoots + settings.strings(Key.bindRoots, in: section), socketPath: host.socketPath)
        self.templates = host.templates
        self.network = settings.string(Key.network, in: section)
        self.publishAddress = settings.string(Key.publishAddress, in: section) ?? "127.0.0.1"
        self.diskDevice = settings.string(Key.diskDevice, in: section)
        self.sendsEvents = settings.boolean(Key.events, in: section)
        self.ending = settings.choice(Key.onStop, in: section).flatMap { Ending(rawValue: $0) } ?? .keep
        self.stopSeconds = settings.integer(Key.stopSeconds, in: section)
        self.maximumContainers = limit(Limit.containers)
        self.maximumMemory = Int64(limit(Limit.memoryBytes))
        // More CPUs than there are make the engine refuse.
        self.maximumNanoCPUs = Int64(min(limit(Limit.milliCPUs), host.cores * 1_000)) * 1_000_000
        self.maximumPids = Int64(limit(Limit.pids))
        self.maximumLogBytes = limit(Limit.logBytes)
        self.maximumExecBytes = limit(Limit.execBytes)
        self.maximumFileBytes = limit(Limit.fileBytes)
        self.maximumBuildBytes = limit(Limit.buildBytes)
        self.buildSeconds = limit(Limit.buildSeconds)
        self.maximumEvents = limit(Limit.events)
    }

    /// Whose a container is: the plugin of this host, not its namesake of another.
    var scope: String { "\(self.host)/\(self.plugin)" }

    /// What the names of the plugin's containers begin with, as in the reference.
    var namePrefix: String { "pulp-\(DockerHost.plain(self.plugin))-" }

    var labels: [String: String] {
        [Label.scope: self.scope, Label.plugin: self.plugin, Label.host: self.host]
    }

    func owns(_ labels: [String: String]?) -> Bool {
        self.isScopeDisabled || labels?[Label.scope] == self.scope
    }

    /// The filters of a list that shows the plugin only what is its own.
    func filters(_ others: [String: [String]] = [:]) -> [String: [String]] {
        guard !self.isScopeDisabled else { return others }
        return others.merging(["label": ["\(Label.scope)=\(self.scope)"]]) { $0 + $1 }
    }

    /// A refusal that names the line of the manifest by which it would not be one.
    static func denial(_ what: String, allow line: String) -> CapabilityError {
        CapabilityError(.emptyRequest, "\(what); the manifest may allow it: \(line)")
    }
}
