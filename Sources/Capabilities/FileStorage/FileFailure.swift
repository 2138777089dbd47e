import PulpCapability
import PulpSandbox
import PulpWire

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Why a call was not done: a status for the guest, and perhaps a line for the operator.
enum FileFailure: Error, Hashable, Sendable {
    /// The request could not be read or decoded.
    case boundary(Status)
    /// The path is not one that a plugin may use.
    case rejected(String)
    case notFound
    case failed(String)
    /// The disk's fault, or the host's: the operator should know.
    case broken(String)
    case limit(SettingKey, String)
    /// The plugin is being closed.
    case closed
    /// The host has no workers any more.
    case unavailable

    init(_ error: any Error) {
        switch error {
        case let error as FileFailure: self = error
        case let error as SandboxError: self.init(error)
        default: self = .failed("\(error)")
        }
    }

    private init(_ error: SandboxError) {
        switch error {
        case .outside: self = .rejected("\(error)")
        case .notFound: self = .notFound
        case .overBudget: self = .limit(FileLimits.filesKey, "there are as many files and folders as there may be")
        case .tooDeep: self = .limit(FileLimits.pathDepthKey, "\(error)")
        case .special, .wouldBlock: self = .failed("\(error)")
        case .system(ENAMETOOLONG): self = .rejected("a name in the path is too long")
        case .system(ENOSPC), .system(EDQUOT), .system(EIO), .system(EROFS), .system(EMFILE), .system(ENFILE):
            self = .broken("\(error)")
        case .system: self = .failed("\(error)")
        }
    }

    init(_ flaw: SandboxPath.Flaw) {
        switch flaw {
        case .empty: self = .rejected("the path is empty")
        case .nul: self = .rejected("there is a NUL in the path")
        case .absolute: self = .rejected("the path is absolute")
        case .outside: self = .rejected("the path leads out of the plugin's folder")
        case .tooLong: self = .rejected("the path is longer than max_path_bytes in [limits.storage.fs]")
        case .tooDeep: self = .rejected("the path is deeper than max_path_depth in [limits.storage.fs]")
        }
    }

    /// The reference's two dialects number these two the other way round.
    func status(_ dialect: PluginScope.Dialect) -> Status {
        switch self {
        case .boundary(let status): status
        case .rejected: dialect == .cell ? Status(rawValue: 5) : Status(rawValue: 4)
        case .failed, .broken: dialect == .cell ? Status(rawValue: 4) : Status(rawValue: 5)
        case .notFound: .notFound
        case .closed: .notRegistered
        case .unavailable: .unavailable
        case .limit: Self.limitReached
        }
    }

    static let limitReached = Status(rawValue: 12)

    static let statuses: [Int32: String] = [
        0: "done", 1: "empty path or request", 2: "path, request or data outside the memory",
        3: "request not decodable", 4: "operation failed; in a `pulp.plugin.toml`: path rejected",
        5: "path rejected; in a `pulp.plugin.toml`: operation failed", 6: "not found", 9: "the plugin is being closed",
        10: "the host is stopping", Self.limitReached.rawValue: "a limit of `[limits.storage.fs]` is reached",
        99: "not granted",
    ]

    static let answerStatuses: [Int32: String] = Self.statuses.merging([
        7: "`pulp_alloc` gave no room", 8: "answer or out-pair outside the memory",
    ]) { $1 }
}
