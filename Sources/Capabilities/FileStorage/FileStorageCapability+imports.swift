import PulpCapability
import PulpSandbox
import PulpWire

// The table: what each call takes, and how its words become an operation.
extension FileStorageCapability {
    package static let imports: [HostImport<FileStorageSession>] = Self.contents + Self.names

    private typealias Parameter = ImportSignature.Parameter

    private static let request = ["ptr", "len"].map { Parameter($0) }
    private static let query = ["req_ptr", "req_len", "resp_ptr_out", "resp_len_out"].map { Parameter($0) }
    private static let pathAndData = ["path_ptr", "path_len", "data_ptr", "data_len"].map { Parameter($0) }

    private static let contents: [HostImport<FileStorageSession>] = [
        .file("fs_read", Self.query, "A whole file's bytes. The request is a path, raw.") { session, call in
            .read(try session.path(call, 0))
        },
        .file(
            "fs_read_at", Self.query,
            "Part of a file: `{path, offset, max}` gives so many bytes, raw; fewer only where the file ends."
        ) { session, call in
            let request: FileReadAtRequest = try session.record(call, 0)
            return .readAt(
                try session.path(request.path), offset: try session.offset(request.offset),
                count: try session.callBytes(Int(request.max)))
        },
        .file(
            "fs_write", Self.pathAndData + ["req_ptr", "req_len"].map { Parameter($0) },
            "Makes or replaces a whole file; `{mode}`, which may be absent, is for one that is made."
        ) { session, call in
            let request: FileWriteRequest = call.word(5) == 0 ? FileWriteRequest() : try session.record(call, 4)
            return try session.write(call, mode: request.mode)
        },
        .file("fs_write", Self.pathAndData, "The same without `{mode}`.") { session, call in
            try session.write(call, mode: 0)
        },
        .file(
            "fs_write_at", ["req_ptr", "req_len", "data_ptr", "data_len"].map { Parameter($0) },
            "Writes into a file where it is, and makes it when it is not there: `{path, offset, mode}`."
        ) { session, call in
            let request: FileWriteAtRequest = try session.record(call, 0)
            let data = try session.data(call, 2)
            return .writeAt(
                try session.path(request.path), offset: try session.offset(request.offset), data,
                permissions: session.permissions(request.mode))
        },
        .file(
            "fs_truncate", Self.request, "Cuts a file, or lengthens it with zeroes: `{path, size}`."
        ) { session, call in
            let request: FileTruncateRequest = try session.record(call, 0)
            return .truncate(try session.path(request.path), size: try session.offset(request.size))
        },
    ]

    private static let names: [HostImport<FileStorageSession>] = [
        .file("fs_delete", Self.request, "Removes a file or an empty folder. The request is a path, raw.") {
            session, call in
            .delete(try session.path(call, 0))
        },
        .file(
            "fs_list", Self.query, "The names in a folder, sorted: `[{name, is_dir}]`. The request is a path, raw."
        ) { session, call in
            .list(try session.path(call, 0))
        },
        .file("fs_stat", Self.query, "`{path}` gives `{name, size, mod_time_ns, mode, is_dir}`.") { session, call in
            let request: FileStatRequest = try session.record(call, 0)
            return .stat(try session.path(request.path))
        },
        .file("fs_rename", Self.request, "Moves `{old, new}`; makes the folders that `new` needs.") { session, call in
            let request: FileRenameRequest = try session.record(call, 0)
            return .rename(old: try session.path(request.old), new: try session.path(request.new))
        },
        .file(
            "fs_remove_all", Self.request,
            "Removes a file, or a folder with all that is in it; what is not there is a success. A path, raw."
        ) { session, call in
            .removeAll(try session.path(call, 0))
        },
        .file(
            "fs_mkdir_all", Self.request, "Makes a folder and those that it lies in: `{path, mode}`."
        ) { session, call in
            let request: FileModeRequest = try session.record(call, 0)
            let permissions = request.mode & 0o777
            return .makeFolders(try session.path(request.path), permissions: permissions == 0 ? 0o755 : permissions)
        },
        .file("fs_chmod", Self.request, "Sets permissions: `{path, mode}`, the lowest nine bits.") { session, call in
            let request: FileModeRequest = try session.record(call, 0)
            return .changePermissions(try session.path(request.path), request.mode & 0o777)
        },
        .file("fs_create_temp", Self.query, "Makes a file of a new name: `{dir, pattern}` gives `{path}`.") {
            session, call in try session.temporary(call, isFolder: false)
        },
        .file("fs_mkdir_temp", Self.query, "Makes a folder of a new name: `{dir, pattern}` gives `{path}`.") {
            session, call in try session.temporary(call, isFolder: true)
        },
    ]
}

extension HostImport where Session == FileStorageSession {
    /// A row: the request is decoded on the guest's fiber, done there if it need not wait, and otherwise by a worker.
    fileprivate static func file(
        _ name: String, _ parameters: [ImportSignature.Parameter], _ summary: String,
        _ decode: @escaping @Sendable (FileStorageSession, borrowing GuestCall) throws -> FileOperation
    ) -> Self {
        let answers = parameters.contains { $0.name == "resp_ptr_out" }
        return .suspendingWords(
            ImportSignature(
                name, parameters, summary: summary,
                statuses: answers ? FileFailure.answerStatuses : FileFailure.statuses)
        ) { session, call in
            session.perform(&call, decode)
        }
    }
}
