#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// What the system says of a file.
package struct FileStatus: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case file, folder, link, pipe, socket, characterDevice, blockDevice, other
    }

    package let kind: Kind
    /// Bytes.
    package let size: Int64
    /// Nanoseconds since 1970 UTC.
    package let modified: Int64
    /// The twelve bits that `chmod` knows.
    package let permissions: UInt32
    /// Names that the file has.
    package let linkCount: UInt64
    package let owner: UInt32
    package let group: UInt32
    /// Tells files apart, with ``inode``.
    package let device: UInt64
    package let inode: UInt64

    init(_ status: stat) {
        switch status.st_mode & mode_t(S_IFMT) {
        case mode_t(S_IFREG): self.kind = .file
        case mode_t(S_IFDIR): self.kind = .folder
        case mode_t(S_IFLNK): self.kind = .link
        case mode_t(S_IFIFO): self.kind = .pipe
        case mode_t(S_IFSOCK): self.kind = .socket
        case mode_t(S_IFCHR): self.kind = .characterDevice
        case mode_t(S_IFBLK): self.kind = .blockDevice
        default: self.kind = .other
        }
        self.size = Int64(status.st_size)
        #if canImport(Darwin)
            let time = status.st_mtimespec
        #else
            let time = status.st_mtim
        #endif
        self.modified = Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
        self.permissions = UInt32(status.st_mode) & 0o7777
        self.linkCount = UInt64(status.st_nlink)
        self.owner = status.st_uid
        self.group = status.st_gid
        self.device = UInt64(truncatingIfNeeded: status.st_dev)
        self.inode = UInt64(status.st_ino)
    }

    /// Whether both are the same file, whatever its names.
    package func isSame(as other: FileStatus) -> Bool {
        self.device == other.device && self.inode == other.inode
    }

    /// The bytes that it counts for: a file's own, nothing for the rest.
    package var countedBytes: Int64 { self.kind == .file ? self.size : 0 }
}
