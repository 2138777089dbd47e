import PulpSandbox

/// What a call asks for, read from the guest's memory and found sound.
enum FileOperation: Hashable, Sendable {
    case read(SandboxPath)
    case readAt(SandboxPath, offset: Int64, count: Int)
    case write(SandboxPath, [UInt8], permissions: UInt32)
    case writeAt(SandboxPath, offset: Int64, [UInt8], permissions: UInt32)
    case truncate(SandboxPath, size: Int64)
    case delete(SandboxPath)
    case list(SandboxPath)
    case stat(SandboxPath)
    case rename(old: SandboxPath, new: SandboxPath)
    case removeAll(SandboxPath)
    case makeFolders(SandboxPath, permissions: UInt32)
    case changePermissions(SandboxPath, UInt32)
    case makeTemporary(SandboxPath, TemporaryName, isFolder: Bool)

    /// Whether it reads what is in a file.
    var isRead: Bool {
        switch self {
        case .read, .readAt: true
        default: false
        }
    }

    /// Whether something may be different afterwards: such operations on one folder happen one after another.
    var isChange: Bool {
        switch self {
        case .read, .readAt, .list, .stat: false
        default: true
        }
    }
}

/// What the guest gets beside the status.
enum FileAnswer: Hashable, Sendable {
    case done
    case bytes([UInt8])
}

/// A name with a number in it that nobody can guess, as Go's `os.CreateTemp` makes it.
struct TemporaryName: Hashable, Sendable {
    private let front: ArraySlice<UInt8>
    private let back: ArraySlice<UInt8>

    /// - Parameter pattern: The number takes the place of its last `*`, or goes behind it.
    init(pattern: [UInt8]) throws(FileFailure) {
        guard !pattern.contains(UInt8(ascii: "/")) else { throw .rejected("the pattern has a / in it") }
        guard !pattern.contains(0) else { throw .rejected("there is a NUL in the pattern") }
        guard pattern.count <= 200 else { throw .rejected("the pattern is too long") }
        let star = pattern.lastIndex(of: UInt8(ascii: "*"))
        self.front = pattern[..<(star ?? pattern.endIndex)]
        self.back = star.map { pattern[($0 + 1)...] } ?? []
    }

    func name(_ number: UInt64) -> FileName {
        FileName(self.front + Array(String(number).utf8) + self.back)
    }
}
