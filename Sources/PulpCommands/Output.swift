import Pulp

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Standard output and standard error, unbuffered: what is said is there, whatever happens next.
enum Output {
    static func line(_ text: String) { Self.write(Array((text + "\n").utf8), to: STDOUT_FILENO) }
    static func bytes(_ bytes: [UInt8]) { Self.write(bytes, to: STDOUT_FILENO) }
    static func error(_ text: String) { Self.write(Array((text + "\n").utf8), to: STDERR_FILENO) }

    /// A name from outside as it may be shown on a terminal: one line, no commands to it.
    static func printable(_ text: String, limit: Int = 512) -> String { LogText.printable(text, limit: limit) }

    /// In one call where the system takes it, so that lines of several threads do not mix. Nobody reading is no error.
    static func write(_ bytes: [UInt8], to descriptor: Int32) {
        var rest = unsafe bytes.span.bytes
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { buffer in
                #if canImport(Glibc)
                    unsafe Glibc.write(descriptor, buffer.baseAddress, buffer.count)
                #elseif canImport(Musl)
                    unsafe Musl.write(descriptor, buffer.baseAddress, buffer.count)
                #else
                    unsafe Darwin.write(descriptor, buffer.baseAddress, buffer.count)
                #endif
            }
            if count > 0 {
                rest = rest.extracting(droppingFirst: count)
            } else if count == 0 || errno != EINTR && errno != EAGAIN {
                return
            }
        }
    }
}

/// Standard input, bounded.
enum Input {
    /// More than any document or message that Pulp takes.
    static let maximumByteCount = 64 << 20

    /// Everything up to the end of standard input.
    ///
    /// - Throws: ``Problem`` when there is more than ``maximumByteCount``.
    static func all() throws(Problem) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = unsafe read(STDIN_FILENO, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Problem("standard input cannot be read; give it a file: pulp ... < FILE") }
            if count == 0 { return bytes }
            bytes += chunk.prefix(count)
            guard bytes.count <= Self.maximumByteCount else {
                throw Problem("standard input has more than \(Self.maximumByteCount >> 20) MiB, which is not read")
            }
        }
    }

    /// A whole file.
    static func file(_ path: String) throws(Problem) -> [UInt8] {
        let shown = Output.printable(path)
        let descriptor = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw Problem("\(shown): \(Self.reason(errno))") }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw Problem("\(shown): \(Self.reason(errno))") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            let isFolder = status.st_mode & S_IFMT == S_IFDIR
            throw Problem("\(shown): this is \(isFolder ? "a folder" : "not a regular file"); name a file")
        }
        guard status.st_size <= Self.maximumByteCount else {
            throw Problem(
                "\(shown): the file has \(status.st_size) bytes, and \(Self.maximumByteCount) are read at most")
        }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < bytes.count {
            let count = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe read(descriptor, buffer.baseAddress?.advanced(by: filled), buffer.count - filled)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            filled += count
        }
        return Array(bytes.prefix(filled))
    }

    private static func reason(_ number: Int32) -> String {
        switch number {
        case ENOENT, ENOTDIR: "there is no such file; check the path"
        case EACCES, EPERM: "the file cannot be read; check its permissions"
        default: unsafe "the file cannot be read: \(String(cString: strerror(number)))"
        }
    }
}
