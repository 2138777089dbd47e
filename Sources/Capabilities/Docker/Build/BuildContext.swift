import NIOCore

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The files that an image is built from, as a tar archive that is made while it is sent.
///
/// Blocks: ``next()`` is for a thread of its own. Used by one task, one call after the other, which is why it may go
/// from thread to thread: `@unchecked Sendable`.
final class BuildContext: @unchecked Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private static let chunkByteCount = 64 << 10
    static let maximumEntries = 100_000
    private static let ignoreFile = ".dockerignore"

    private var folder: BuildFolder
    private let rules: IgnoreRules
    private let limit: Int
    private var byteCount = 0
    private var entryCount = 0
    private var file: (descriptor: Int32, left: Int, padding: [UInt8])?
    private var isAtEnd = false

    /// - Parameters:
    ///   - path: Of the folder, without links in it.
    ///   - limit: Bytes of the archive.
    init(_ path: String, limit: Int) throws {
        self.limit = limit
        let ignored = BuildFolder.smallFile(Self.ignoreFile, in: path, atMost: 64 << 10)
        self.rules = IgnoreRules(String(decoding: ignored ?? [], as: UTF8.self))
        self.folder = try BuildFolder(path)
    }

    deinit {
        if let file = self.file { close(file.descriptor) }
    }

    /// The next part of the archive; nil at its end.
    func next() throws -> ByteBuffer? {
        guard !self.isAtEnd else { return nil }
        let bytes = try self.file == nil ? self.nextEntry() : self.nextPart()
        self.byteCount += bytes.count
        guard self.byteCount <= self.limit else {
            throw Failure(
                description: "the files have more than \(self.limit) bytes; raise build_bytes in [limits.spawn.docker]")
        }
        return ByteBuffer(bytes: bytes)
    }

    private func nextEntry() throws -> [UInt8] {
        let rules = self.rules
        let entry = try self.folder.next { path, isFolder in
            // The engine needs these two whatever they say of themselves.
            path == "Dockerfile" || path == Self.ignoreFile || (isFolder && rules.hasExceptions)
                || !rules.leavesOut(path)
        }
        self.entryCount += 1
        guard self.entryCount <= Self.maximumEntries else {
            throw Failure(description: "there are more than \(Self.maximumEntries) files")
        }
        switch entry {
        case nil:
            self.isAtEnd = true
            return TarWriter.end
        case .folder(let path, let mode)?: return TarWriter.header("\(path)/", .folder, mode: mode)
        case .link(let path, let target)?: return TarWriter.header(path, .link, mode: 0o777, target: target)
        case .file(let path, let mode, let size, let descriptor)?:
            if size > 0 {
                self.file = (descriptor, size, TarWriter.padding(size))
            } else {
                close(descriptor)
            }
            return TarWriter.header(path, size: size, mode: mode)
        }
    }

    private func nextPart() throws -> [UInt8] {
        guard let (descriptor, left, padding) = self.file else { return [] }
        let wanted = min(left, Self.chunkByteCount)
        guard var bytes = BuildFolder.read(descriptor, atMost: wanted), bytes.count == wanted else {
            throw Failure(description: "a file became shorter while it was read, or cannot be read")
        }
        self.file?.left = left - wanted
        if left == wanted {
            bytes += padding
            close(descriptor)
            self.file = nil
        }
        return bytes
    }
}
