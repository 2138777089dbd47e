#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// An open file, which is nothing but a file: no pipe, socket, device or folder.
package struct OpenFile: ~Copyable, Sendable {
    private let descriptor: Descriptor
    /// As it was when it was opened.
    package let status: FileStatus

    /// - Throws: ``SandboxError/special``, or EISDIR, for what is no file.
    init(_ descriptor: consuming Descriptor) throws(SandboxError) {
        let status = try descriptor.status()
        switch status.kind {
        case .file: break
        case .folder: throw .system(EISDIR)
        default: throw .special
        }
        self.status = status
        self.descriptor = descriptor
    }

    /// Reads up to `count` bytes; fewer only where the file ends.
    package func read(at offset: Int64, count: Int) throws(SandboxError) -> [UInt8] {
        try unsafe self.bytes(count) { (buffer, done) throws(SandboxError) in
            let number = self.descriptor.number
            return try SystemCalls.counted {
                unsafe pread(number, buffer.baseAddress, buffer.count, off_t(offset + Int64(done)))
            }
        }
    }

    /// Reads `count` bytes that are in memory and in the file.
    ///
    /// - Throws: ``SandboxError/wouldBlock`` when they are not, or the system cannot tell.
    package func readCached(at offset: Int64, count: Int) throws(SandboxError) -> [UInt8] {
        #if os(Linux)
            let bytes = try unsafe self.bytes(count) { (buffer, done) throws(SandboxError) in
                guard done == 0 else { return 0 }
                do throws(SandboxError) {
                    return try unsafe SystemCalls.readCached(self.descriptor.number, into: buffer, at: offset)
                } catch .system(EAGAIN) {
                    throw .wouldBlock
                }
            }
            guard bytes.count == count else { throw .wouldBlock }
            return bytes
        #else
            throw .wouldBlock
        #endif
    }

    private func bytes(
        _ count: Int, _ read: (UnsafeMutableRawBufferPointer, _ done: Int) throws(SandboxError) -> Int
    ) throws(SandboxError) -> [UInt8] {
        var failure: SandboxError?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
            let all = UnsafeMutableRawBufferPointer(buffer)
            while done < count {
                do throws(SandboxError) {
                    let part = try unsafe read(UnsafeMutableRawBufferPointer(rebasing: all[done..<count]), done)
                    guard part > 0 else { return }
                    done += part
                } catch {
                    failure = error
                    return
                }
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Writes all of `bytes`, in parts of a mebibyte.
    ///
    /// - Parameters:
    ///   - bytes: What to write.
    ///   - offset: Where in the file.
    ///   - goesOn: Asked before each part; false ends the writing where it is.
    /// - Returns: Bytes written: all of them, unless `goesOn` said otherwise.
    package func write(
        _ bytes: [UInt8], at offset: Int64, while goesOn: () -> Bool
    ) throws(SandboxError) -> Int {
        let number = self.descriptor.number
        var done = 0
        while done < bytes.count, goesOn() {
            let part = min(bytes.count - done, 1 << 20)
            let place = off_t(offset + Int64(done))
            let written = try SystemCalls.counted {
                unsafe bytes.withUnsafeBytes { all in
                    let rest = unsafe UnsafeRawBufferPointer(rebasing: all[done..<done + part])
                    return unsafe pwrite(number, rest.baseAddress, rest.count, place)
                }
            }
            // A file system that takes nothing and says nothing: not to be asked for ever.
            guard written > 0 else { throw .system(EIO) }
            done += written
        }
        return done
    }

    /// Cuts the file, or lengthens it with zeroes.
    package func truncate(to size: Int64) throws(SandboxError) {
        let number = self.descriptor.number
        _ = try SystemCalls.checked { ftruncate(number, off_t(size)) }
    }

    /// Bytes that the file has now.
    package func size() throws(SandboxError) -> Int64 { try self.descriptor.status().size }

    package func setPermissions(_ permissions: UInt32) throws(SandboxError) {
        let number = self.descriptor.number
        _ = try SystemCalls.checked { fchmod(number, mode_t(permissions & 0o777)) }
    }

    /// Gives the file away, where this process may.
    package func giveTo(owner: UInt32, group: UInt32) {
        _ = fchown(self.descriptor.number, owner, group)
    }

    /// Brings the file to the disk.
    package func sync() throws(SandboxError) {
        let number = self.descriptor.number
        _ = try SystemCalls.checked { fsync(number) }
    }
}
