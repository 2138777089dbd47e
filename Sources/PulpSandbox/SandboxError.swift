#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Why something below a root could not be done. Says nothing of the path: that is the plugin's.
package enum SandboxError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A link leads out of the root, or there are more links on the way than are followed.
    case outside
    case notFound
    /// Neither a file nor a folder: a pipe, a socket, a device.
    case special
    /// Not in memory: to be done again where it may wait.
    case wouldBlock
    /// More folders would have to be made than the caller allows.
    case overBudget
    /// Deeper than the walk goes.
    case tooDeep
    /// The system's number for everything else.
    case system(CInt)

    init(_ code: CInt) {
        switch code {
        case ENOENT: self = .notFound
        case ELOOP: self = .outside
        // What opening a pipe without a reader, or a socket, gives.
        case ENXIO: self = .special
        default: self = .system(code)
        }
    }

    package var description: String {
        switch self {
        case .outside: "a link on the way leads out of the plugin's folder, or there are too many"
        case .notFound: "it does not exist"
        case .special: "it is neither a file nor a folder"
        case .wouldBlock: "it is not in memory"
        case .overBudget: "it takes more new folders than there may be"
        case .tooDeep: "the folders are nested too deeply"
        case .system(let code): unsafe String(cString: strerror(code))
        }
    }
}

extension SandboxError {
    /// The file system cannot do what was asked at all.
    package var isUnsupported: Bool { self == .system(EOPNOTSUPP) || self == .system(ENOSYS) }
}
