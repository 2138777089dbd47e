/// Which of the reference's two manifests a file is. They differ in two defaults only: the module's file name, and
/// whether the plugin ticks.
public enum ManifestDialect: String, Hashable, Sendable {
    /// `pulp.plugin.toml`: `plugin.wasm`, no ticks unless asked for.
    case plugin
    /// `pulp.cell.toml`: `cell.wasm`, adaptive ticks, which are part of that contract.
    case cell

    /// Decided by the file's name alone: `*.cell.toml` is a cell.
    public init(file: String) {
        self = file.lowercased().hasSuffix(".cell.toml") ? .cell : .plugin
    }

    /// The module's file name when the manifest names none.
    public var defaultModule: String { "\(rawValue).wasm" }
}

/// Where a plugin's WebAssembly module is.
public enum ModuleSource: Hashable, Sendable {
    /// A file, by its path.
    case file(String)
    /// The module itself.
    case bytes([UInt8])
}

/// What happens to an instance that trapped.
public enum RestartPolicy: String, Hashable, Sendable, CaseIterable {
    /// The plugin has failed for good.
    case never
    /// A new instance takes its place, with back-off, until it crashes too often.
    case onCrash = "on_crash"
    /// A new instance takes its place, however often it crashes.
    case always
}

/// How many instances serve one plugin.
public enum InstancePolicy: Hashable, Sendable {
    /// The most that a manifest may ask for.
    public static let largestCount = 1024

    /// A fixed number, 1 to ``largestCount``. With 1, the default, the plugin's state is one.
    case count(Int)
    /// One on each event loop; a request never leaves its loop.
    case perCore
    /// A fresh one for each event; nothing survives from one to the next.
    case perEvent
}

/// Whether a plugin is stepped with an empty payload when nothing has happened.
public enum TickPolicy: Hashable, Sendable {
    /// Never: an idle plugin costs nothing.
    case none
    /// At this period.
    case every(Duration)
    /// As the reference does for cells: often after an event, then ever more rarely down to once a second.
    case adaptive
}

/// What one instance of a plugin may use. The defaults are the reference's.
public struct PluginLimits: Hashable, Sendable {
    /// Linear memory, in pages of 64 KiB: 1 to 65,536.
    public var maxMemoryPages = 4096
    /// Wall time for one entry into the guest, host calls included: 1 ms to 24 h.
    public var callTimeout = Duration.seconds(30)
    /// The size of one event, call or response in bytes: 1 KiB to 1 GiB.
    public var maxMessageBytes = 8 << 20
    /// How many events wait in the mailbox before more are refused: 1 to 1,000,000.
    public var queue = 64

    public init() {}
}

/// One variable of the guest's environment.
public struct EnvironmentVariable: Hashable, Sendable {
    /// Not empty, without `=` and NUL.
    public var name: String
    /// Without NUL.
    public var value: String

    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// What `[http]` says. All of it can also be said on the command line, which wins.
public struct HTTPSettings: Hashable, Sendable {
    /// `address:port`; `nil` leaves the choice to the host.
    public var listen: String?
    /// PEM files. Both or neither.
    public var tls: TLSFiles?

    /// The paths of a certificate chain and its key.
    public struct TLSFiles: Hashable, Sendable {
        public var certificate: String
        public var key: String

        public init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }
    }

    public init(listen: String? = nil, tls: TLSFiles? = nil) {
        self.listen = listen
        self.tls = tls
    }
}

/// One setting of a capability's table or of its `[limits.NAME]`, with its place for a capability that does not like it.
public struct CapabilitySetting: Hashable, Sendable {
    public enum Value: Hashable, Sendable {
        case integer(Int64)
        case boolean(Bool)
        case string(String)
        case strings([String])
    }

    /// As written; capabilities compare it exactly.
    public var name: String
    public var value: Value
    /// `nil` for a spec built in code.
    public var position: ManifestPosition?

    public init(name: String, value: Value, position: ManifestPosition? = nil) {
        self.name = name
        self.value = value
        self.position = position
    }
}
