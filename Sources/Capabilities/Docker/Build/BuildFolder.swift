#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Walks a folder without ever leaving it: everything is opened from the descriptor of the folder that it is in, and no
/// link is followed, so that nobody can exchange a folder for a link in between.
///
/// Owned by one walk at a time. Blocks: not for an event loop.
struct BuildFolder: ~Copyable {
    /// Something in the folder.
    enum Entry {
        case folder(path: String, mode: Int)
        case link(path: String, target: String)
        /// An open file, which whoever gets it closes.
        case file(path: String, mode: Int, size: Int, descriptor: Int32)
    }

    @safe private struct Level {
        let stream: OpaquePointer
        let path: String
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    static let maximumDepth = 64
    static let longestLink = 4_096

    private var levels: [Level] = []

    /// - Parameter path: Of a folder, without links in it.
    init(_ path: String) throws(Failure) {
        let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        try self.push(descriptor, "")
    }

    deinit {
        for level in self.levels { unsafe closedir(level.stream) }
    }

    /// The next entry that `isWanted`; nil at the end. What is neither file, folder nor link is passed over.
    mutating func next(_ isWanted: (String, _ isFolder: Bool) -> Bool) throws(Failure) -> Entry? {
        while let level = self.levels.last {
            guard let name = Self.nextName(level) else {
                unsafe closedir(level.stream)
                self.levels.removeLast()
                continue
            }
            let path = level.path.isEmpty ? name : "\(level.path)/\(name)"
            if let entry = try self.entry(name, path, in: unsafe dirfd(level.stream), isWanted) { return entry }
        }
        return nil
    }

    /// A small file right in the folder; nil when there is none.
    static func smallFile(_ name: String, in folder: String, atMost limit: Int) -> [UInt8]? {
        let directory = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard directory >= 0 else { return nil }
        defer { close(directory) }
        let descriptor = unsafe openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return Self.read(descriptor, atMost: limit)
    }

    /// Up to `limit` bytes; fewer at the end of the file, nil when it cannot be read.
    static func read(_ descriptor: Int32, atMost limit: Int) -> [UInt8]? {
        var failed = false
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            while count < limit {
                let got = unsafe Self.readOnce(descriptor, buffer, from: count)
                if got < 0, errno == EINTR { continue }
                failed = got < 0
                guard got > 0 else { return }
                count += got
            }
        }
        return failed ? nil : bytes
    }

    private static func readOnce(_ descriptor: Int32, _ buffer: UnsafeMutableBufferPointer<UInt8>, from start: Int)
        -> Int
    {
        let rest = unsafe UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[start...]))
        #if canImport(Darwin)
            return unsafe Darwin.read(descriptor, rest.baseAddress, rest.count)
        #elseif canImport(Musl)
            return unsafe Musl.read(descriptor, rest.baseAddress, rest.count)
        #else
            return unsafe Glibc.read(descriptor, rest.baseAddress, rest.count)
        #endif
    }

    private mutating func push(_ descriptor: Int32, _ path: String) throws(Failure) {
        guard descriptor >= 0 else { throw Failure(description: "a folder cannot be opened: errno \(errno)") }
        guard self.levels.count < Self.maximumDepth, let stream = unsafe fdopendir(descriptor) else {
            close(descriptor)
            throw Failure(description: "folders are nested more than \(Self.maximumDepth) deep")
        }
        unsafe self.levels.append(Level(stream: stream, path: path))
    }

    private static func nextName(_ level: Level) -> String? {
        while let entry = unsafe readdir(level.stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != ".", name != ".." { return name }
        }
        return nil
    }

    private mutating func entry(
        _ name: String, _ path: String, in directory: Int32, _ isWanted: (String, _ isFolder: Bool) -> Bool
    ) throws(Failure) -> Entry? {
        var status = stat()
        guard unsafe fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
        let isFolder = status.st_mode & S_IFMT == S_IFDIR
        guard isWanted(path, isFolder) else { return nil }
        let mode = Int(status.st_mode & 0o7777)
        switch status.st_mode & S_IFMT {
        case S_IFDIR:
            try self.push(
                unsafe openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), path)
            return .folder(path: path, mode: mode)
        case S_IFLNK: return try Self.link(name, path, in: directory)
        case S_IFREG: return try Self.file(name, path, in: directory)
        default: return nil
        }
    }

    private static func link(_ name: String, _ path: String, in directory: Int32) throws(Failure) -> Entry {
        var target = [CChar](repeating: 0, count: Self.longestLink)
        let count = unsafe readlinkat(directory, name, &target, target.count)
        guard count > 0, count < Self.longestLink else { throw Failure(description: "a link cannot be read") }
        let text = String(decoding: target.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return .link(path: path, target: text)
    }

    private static func file(_ name: String, _ path: String, in directory: Int32) throws(Failure) -> Entry {
        let descriptor = unsafe openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(description: "a file cannot be opened: errno \(errno)") }
        var status = stat()
        // What it is now, not what it was when it was looked at.
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw Failure(description: "a file became something else while it was read")
        }
        return .file(path: path, mode: Int(status.st_mode & 0o7777), size: Int(status.st_size), descriptor: descriptor)
    }
}
