#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A name in an open folder, whether something has that name or not. Whatever is done here follows no link.
package struct Place: ~Copyable, Sendable {
    let folder: Descriptor
    package let name: FileName

    init(_ folder: consuming Descriptor, _ name: FileName) {
        self.folder = folder
        self.name = name
    }

    /// What is there; nil for nothing.
    package func status() throws(SandboxError) -> FileStatus? {
        do throws(SandboxError) {
            return try FileStatus.inside(self.folder.number, self.name)
        } catch .notFound {
            return nil
        }
    }

    /// Another name in the same folder.
    package func sibling(_ name: FileName) throws(SandboxError) -> Place {
        let number = self.folder.number
        let copy = try SystemCalls.checked { fcntl(number, F_DUPFD_CLOEXEC, 0) }
        return Place(Descriptor(copy), name)
    }

    /// Throws when this process may not write to what is there.
    package func checkIsWritable() throws(SandboxError) {
        let folder = self.folder.number
        _ = try unsafe self.name.withPointer { (name) throws(SandboxError) in
            try SystemCalls.checked { unsafe faccessat(folder, name, W_OK, AT_EACCESS) }
        }
    }

    /// Makes a file that was not there before.
    package func createFile(_ permissions: UInt32) throws(SandboxError) -> OpenFile {
        let flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let (folder, mode) = (self.folder.number, mode_t(permissions & 0o777))
        let number = try unsafe self.name.withPointer { (name) throws(SandboxError) in
            try SystemCalls.checked { unsafe openat(folder, name, flags, mode) }
        }
        return try OpenFile(Descriptor(number))
    }

    package func makeFolder(_ permissions: UInt32) throws(SandboxError) {
        let (folder, mode) = (self.folder.number, mode_t(permissions & 0o777))
        _ = try unsafe self.name.withPointer { (name) throws(SandboxError) in
            try SystemCalls.checked { unsafe mkdirat(folder, name, mode) }
        }
    }

    /// Removes a file, a link, a special file or an empty folder.
    package func remove(_ kind: FileStatus.Kind) throws(SandboxError) {
        try SandboxDirectory.unlink(self.folder.number, self.name, kind)
    }

    /// Takes what is here to another place, and what is there with it away.
    package func rename(to other: borrowing Place) throws(SandboxError) {
        let (from, to) = (self.folder.number, other.folder.number)
        let (oldName, newName) = (self.name, other.name)
        _ = try unsafe oldName.withPointer { (old) throws(SandboxError) in
            try unsafe newName.withPointer { (new) throws(SandboxError) in
                try SystemCalls.checked { unsafe renameat(from, old, to, new) }
            }
        }
    }

    /// Brings the folder's own names to the disk.
    package func syncFolder() throws(SandboxError) {
        let folder = self.folder.number
        let number = try SystemCalls.checked { unsafe openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0) }
        let readable = Descriptor(number)
        _ = try SystemCalls.checked { fsync(readable.number) }
    }
}

extension FileStatus {
    /// What is in an open folder under `name`, itself, not what it leads to.
    static func inside(_ folder: CInt, _ name: FileName) throws(SandboxError) -> FileStatus {
        var status = stat()
        _ = try unsafe name.withPointer { (name) throws(SandboxError) in
            try SystemCalls.checked { unsafe fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) }
        }
        return FileStatus(status)
    }
}
