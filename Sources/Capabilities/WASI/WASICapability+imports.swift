import PulpCapability

extension WASICapability {
    package static let imports: [HostImport<WASISession>] =
        Self.processImports + Self.descriptorImports
        + Self.pathImports + Self.socketImports

    private static let processImports: [HostImport<WASISession>] = [
        .wasi("args_get", "argv argv_buf") { _, _ in .success },
        .wasi("args_sizes_get", "argc argv_buf_size") { $0.sizes(0, 0, &$1) },
        .wasi("environ_get", "environ environ_buf") { $0.environment(&$1) },
        .wasi("environ_sizes_get", "count buf_size") {
            $0.sizes($0.environment.offsets.count, $0.environment.bytes.count, &$1)
        },
        .wasi("clock_res_get", "id resolution") { $0.resolution(&$1) },
        .wasi("clock_time_get", "id precision:i64 time") { $0.time(&$1) },
        .wasi("random_get", "buf buf_len") { $0.randomBytes(&$1) },
        .suspendingWords(.wasi("poll_oneoff", "in out nsubscriptions nevents")) { $0.poll(&$1) },
        .suspendingWords(.wasi("sched_yield", "")) { session, call in session.yield(&call) },
        .words(.wasi("proc_exit", "code", result: nil)) { _, call in
            call.caller.exit(call.word(0))
            return 0
        },
        .wasi("proc_raise", "signal") { _, _ in .nosys },
    ]

    private static let descriptorImports: [HostImport<WASISession>] = [
        .wasi("fd_advise", "fd offset:i64 len:i64 advice") { $0.refuse($1.word(0), $1, .spipe) },
        .wasi("fd_allocate", "fd offset:i64 len:i64") { $0.refuse($1.word(0), $1, .spipe) },
        .wasi("fd_close", "fd") { $0.close(&$1) },
        .wasi("fd_datasync", "fd") { $0.refuse($1.word(0), $1, .inval) },
        .wasi("fd_fdstat_get", "fd stat") { $0.status(&$1) },
        .wasi("fd_fdstat_set_flags", "fd flags") { $0.setFlags(&$1) },
        .wasi("fd_fdstat_set_rights", "fd base:i64 inheriting:i64") { $0.setRights(&$1) },
        .wasi("fd_filestat_get", "fd stat") { $0.fileStatus(&$1) },
        .wasi("fd_filestat_set_size", "fd size:i64") { $0.refuse($1.word(0), $1, .inval) },
        .wasi("fd_filestat_set_times", "fd atim:i64 mtim:i64 flags") { $0.refuse($1.word(0), $1, .notsup) },
        .wasi("fd_pread", "fd iovs iovs_len offset:i64 nread") { $0.refuse($1.word(0), $1, .spipe) },
        .wasi("fd_prestat_get", "fd prestat") { _, _ in .badf },
        .wasi("fd_prestat_dir_name", "fd path path_len") { _, _ in .badf },
        .wasi("fd_pwrite", "fd iovs iovs_len offset:i64 nwritten") { $0.refuse($1.word(0), $1, .spipe) },
        .wasi("fd_read", "fd iovs iovs_len nread") { $0.read(&$1) },
        .wasi("fd_readdir", "fd buf buf_len cookie:i64 used") { $0.refuse($1.word(0), $1, .notdir) },
        .wasi("fd_renumber", "fd to") { $0.renumber(&$1) },
        .wasi("fd_seek", "fd offset:i64 whence new_offset") { $0.refuse($1.word(0), $1, .spipe) },
        .wasi("fd_sync", "fd") { $0.refuse($1.word(0), $1, .inval) },
        .wasi("fd_tell", "fd offset") { $0.refuse($1.word(0), $1, .spipe) },
        .wasi("fd_write", "fd iovs iovs_len nwritten") { $0.write(&$1) },
    ]

    // No descriptor is a directory, so a path leads nowhere: it is not even read.
    private static let pathImports: [HostImport<WASISession>] = [
        .wasi("path_create_directory", "fd path path_len") { $0.refuse($1.word(0), $1, .notdir) },
        .wasi("path_filestat_get", "fd flags path path_len stat") { $0.refuse($1.word(0), $1, .notdir) },
        .wasi("path_filestat_set_times", "fd flags path path_len atim:i64 mtim:i64 fst_flags") {
            $0.refuse($1.word(0), $1, .notdir)
        },
        .wasi("path_link", "old_fd old_flags old_path old_path_len new_fd new_path new_path_len") {
            $0.refuse($1.word(0), $1, $0.refuse($1.word(4), $1, .notdir))
        },
        .wasi("path_open", "fd dirflags path path_len oflags base:i64 inheriting:i64 fdflags opened") {
            $0.refuse($1.word(0), $1, .notdir)
        },
        .wasi("path_readlink", "fd path path_len buf buf_len used") { $0.refuse($1.word(0), $1, .notdir) },
        .wasi("path_remove_directory", "fd path path_len") { $0.refuse($1.word(0), $1, .notdir) },
        .wasi("path_rename", "fd old_path old_path_len new_fd new_path new_path_len") {
            $0.refuse($1.word(0), $1, $0.refuse($1.word(3), $1, .notdir))
        },
        .wasi("path_symlink", "old_path old_path_len fd new_path new_path_len") {
            $0.refuse($1.word(2), $1, .notdir)
        },
        .wasi("path_unlink_file", "fd path path_len") { $0.refuse($1.word(0), $1, .notdir) },
    ]

    private static let socketImports: [HostImport<WASISession>] = [
        .wasi("sock_accept", "fd flags accepted") { $0.refuse($1.word(0), $1, .notsock) },
        .wasi("sock_recv", "fd data data_len flags received out_flags") { $0.refuse($1.word(0), $1, .notsock) },
        .wasi("sock_send", "fd data data_len flags sent") { $0.refuse($1.word(0), $1, .notsock) },
        .wasi("sock_shutdown", "fd how") { $0.refuse($1.word(0), $1, .notsock) },
    ]
}

extension HostImport<WASISession> {
    fileprivate static func wasi(
        _ name: String, _ parameters: String, _ handler: @escaping @Sendable (WASISession, inout GuestCall) -> Errno
    ) -> Self {
        .words(.wasi(name, parameters)) { handler($0, &$1).rawValue }
    }
}

extension ImportSignature {
    /// - Parameter parameters: Names with spaces between; `:i64` behind those that are not `i32`.
    fileprivate static func wasi(_ name: String, _ parameters: String, result: Word? = .i32) -> Self {
        let words = parameters.split(separator: " ").map { word in
            word.hasSuffix(":i64") ? Parameter(String(word.dropLast(4)), .i64) : Parameter(String(word))
        }
        return Self(
            module: WASICapability.id.rawValue, name, words, result: result, stubStatus: Errno.nosys.rawValue)
    }
}
