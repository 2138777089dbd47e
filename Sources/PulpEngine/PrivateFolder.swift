#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A folder that only this user can read or write.
enum PrivateFolder {
    /// Makes the folder where it is missing; why it cannot be used, or nil.
    static func problem(with directory: String) -> String? {
        var path = ""
        for part in directory.split(separator: "/", omittingEmptySubsequences: false) {
            path += part + "/"
            _ = unsafe mkdir(path, 0o700)
        }
        var found = stat()
        guard unsafe lstat(directory, &found) == 0, found.st_mode & S_IFMT == S_IFDIR else {
            return "\(directory) is not a folder that could be made; name another in PULP_CACHE_DIR"
        }
        guard found.st_uid == geteuid() else {
            return "\(directory) belongs to another user; name another folder in PULP_CACHE_DIR"
        }
        guard unsafe found.st_mode & 0o077 == 0 || chmod(directory, 0o700) == 0 else {
            return "\(directory) can be read or written by others; chmod 700 it"
        }
        return nil
    }

    /// Removes the oldest images until all together have at most `limit` bytes.
    static func prune(_ directory: String, to limit: Int, keeping key: String) {
        var images = self.images(in: directory)
        var total = images.reduce(0) { $0 + $1.byteCount }
        guard total > limit else { return }
        images.sort { $0.modified < $1.modified }
        for image in images where total > limit && image.key != key {
            unsafe unlink("\(directory)/\(image.key).cwasm")
            unsafe unlink("\(directory)/\(image.key).sha256")
            total -= image.byteCount
        }
    }

    private static func images(in directory: String) -> [(key: String, byteCount: Int, modified: Int)] {
        guard let folder = unsafe opendir(directory) else { return [] }
        defer { unsafe closedir(folder) }
        var images: [(key: String, byteCount: Int, modified: Int)] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { field in
                unsafe field.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            guard name.hasSuffix(".cwasm") else { continue }
            var found = stat()
            guard unsafe lstat("\(directory)/\(name)", &found) == 0 else { continue }
            #if canImport(Darwin)
                let modified = Int(found.st_mtimespec.tv_sec)
            #else
                let modified = Int(found.st_mtim.tv_sec)
            #endif
            images.append((String(name.dropLast(6)), Int(found.st_size), modified))
        }
        return images
    }
}

/// Whole files, read and replaced.
enum PosixFile {
    static func exists(_ path: String) -> Bool {
        var found = stat()
        return unsafe lstat(path, &found) == 0
    }

    /// nil when there is no such file, it cannot be read, or another user could have written it: the folder may have
    /// been open to others before it was ours.
    static func contents(_ path: String) -> [UInt8]? {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var found = stat()
        guard unsafe fstat(file, &found) == 0, found.st_mode & S_IFMT == S_IFREG, found.st_uid == geteuid(),
            found.st_mode & 0o022 == 0
        else { return nil }
        let size = Int(found.st_size)
        return unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let got = unsafe read(file, buffer.baseAddress.map { unsafe $0 + count }, size - count)
                if got < 0, errno == EINTR { continue }
                guard got > 0 else { break }
                count += got
            }
        }
    }

    /// Writes beside `path` and renames: readers see the old file or the new one.
    static func replace(_ path: String, with bytes: [UInt8]) throws(EngineError) {
        let temporary = "\(path).\(getpid()).\(UInt32.random(in: 0...UInt32.max))"
        let file = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw EngineError(.cache, unsafe String(cString: strerror(errno))) }
        var written = 0
        var failure: Int32 = 0
        while written < bytes.count, failure == 0 {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe write(file, buffer.baseAddress.map { unsafe $0 + written }, buffer.count - written)
            }
            if count >= 0 { written += count } else if errno != EINTR { failure = errno }
        }
        if close(file) != 0, failure == 0 { failure = errno }
        if failure == 0, unsafe rename(temporary, path) != 0 { failure = errno }
        guard failure == 0 else {
            unsafe unlink(temporary)
            throw EngineError(.cache, unsafe String(cString: strerror(failure)))
        }
    }
}
