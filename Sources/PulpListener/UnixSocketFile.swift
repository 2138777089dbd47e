import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The file of a unix socket: a dead one is removed, a live one and anything else never.
enum UnixSocketFile {
    /// - Throws: ``ListenerError`` when something is there that is not a socket, or a process listens on it.
    static func removeStale(_ path: String, group: any EventLoopGroup) async throws {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw ListenerError("there is a file that is no socket; remove it or choose another path")
        }
        if let channel = try? await ClientBootstrap(group: group).connect(unixDomainSocketPath: path).get() {
            try? await channel.close()
            throw ListenerError("another process listens there")
        }
        self.remove(path)
    }

    static func remove(_ path: String) {
        // It may be gone already, which is what is wanted.
        _ = unsafe unlink(path)
    }
}
