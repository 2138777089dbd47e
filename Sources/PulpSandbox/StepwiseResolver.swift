#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Looks a path up below an open root, part by part, and links with it: where the kernel cannot do it at once.
///
/// Each folder on the way is opened by its name in the one before, without following a link; a link is read, and its
/// target takes its place in what is left of the path. `..` in a target goes back to the descriptor that was passed, so
/// that a folder which is moved meanwhile leads nowhere else.
struct StepwiseResolver: ~Copyable {
    /// As many as Linux follows.
    private static let maximumLinks = 40
    /// Parts that links may make of a path.
    private static let maximumParts = 4_096

    private let root: CInt
    private let followsLinks: Bool
    /// The folders that were passed, below the root; owned.
    private var passed: [CInt] = []
    /// What is left, the next part last.
    private var left: [FileName] = []
    private var links = 0

    init(_ root: CInt, followsLinks: Bool) {
        self.root = root
        self.followsLinks = followsLinks
    }

    deinit {
        for folder in self.passed { _ = close(folder) }
    }

    /// Opens what a path leads to.
    consuming func open(_ path: SandboxPath, _ flags: CInt, _ mode: mode_t) throws(SandboxError) -> Descriptor {
        let root = self.root
        guard !path.isRoot else {
            return Descriptor(try SystemCalls.checked { unsafe openat(root, ".", flags | O_CLOEXEC, mode) })
        }
        let place = try self.place(of: path)
        // A name that has become a link since then is refused: ELOOP.
        return try Self.open(place.folder.number, place.name, flags | O_NOFOLLOW, mode, isLast: true)
    }

    /// The place that a path leads to, links followed.
    consuming func place(of path: SandboxPath) throws(SandboxError) -> Place {
        self.left = path.parts.reversed().map { FileName($0) }
        while let name = self.left.popLast() {
            if name.bytes.elementsEqual(".".utf8) { continue }
            if name.bytes.elementsEqual("..".utf8) {
                guard let last = self.passed.popLast() else { throw .outside }
                _ = close(last)
                continue
            }
            if self.left.isEmpty {
                guard try self.follow(name) else { return Place(try self.copyOfCurrent(), name) }
            } else {
                try self.enter(name)
            }
        }
        // The path ends with a link to a folder by `.` or `..`: its place is that folder's own name for itself.
        return Place(try self.copyOfCurrent(), FileName(".".utf8))
    }

    private var current: CInt { self.passed.last ?? self.root }

    private func copyOfCurrent() throws(SandboxError) -> Descriptor {
        let number = self.current
        return Descriptor(try SystemCalls.checked { fcntl(number, F_DUPFD_CLOEXEC, 0) })
    }

    private mutating func enter(_ name: FileName) throws(SandboxError) {
        do throws(SandboxError) {
            let folder = try Self.open(self.current, name, SystemCalls.lookup | O_NOFOLLOW, 0, isLast: false)
            self.passed.append(folder.take())
        } catch {
            // Systems differ in what they call a link here: ask for its target.
            guard error == .system(ENOTDIR) || error == .outside, try self.follow(name) else { throw error }
        }
    }

    /// Puts the target of a link into the path. False when it is none.
    private mutating func follow(_ name: FileName) throws(SandboxError) -> Bool {
        guard let target = try Self.target(of: name, in: self.current) else { return false }
        self.links += 1
        guard self.followsLinks, self.links <= Self.maximumLinks, target.first != UInt8(ascii: "/") else {
            throw .outside
        }
        self.left += target.split(separator: UInt8(ascii: "/")).reversed().map { FileName($0) }
        guard self.left.count <= Self.maximumParts else { throw .outside }
        return true
    }

    /// What a link says; nil for what is no link or not there.
    private static func target(of name: FileName, in folder: CInt) throws(SandboxError) -> [UInt8]? {
        var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe name.withPointer { name in
            unsafe target.withUnsafeMutableBytes { buffer in
                guard let start = buffer.baseAddress else { return -1 }
                return unsafe readlinkat(folder, name, start.assumingMemoryBound(to: CChar.self), buffer.count)
            }
        }
        if count < 0 {
            guard errno == EINVAL || errno == ENOENT else { throw SandboxError(errno) }
            return nil
        }
        return Array(target.prefix(count))
    }

    private static func open(
        _ folder: CInt, _ name: FileName, _ flags: CInt, _ mode: mode_t, isLast: Bool
    ) throws(SandboxError) -> Descriptor {
        let number = try unsafe name.withPointer { (name) throws(SandboxError) in
            try SystemCalls.checked { unsafe openat(folder, name, flags | O_CLOEXEC, mode) }
        }
        let opened = Descriptor(number)
        #if os(Linux)
            // With O_PATH a link itself is opened instead of being refused.
            if isLast, flags & SystemCalls.pathOnly != 0, try opened.status().kind == .link { throw .outside }
        #endif
        return opened
    }
}
