import PulpFileStorage
import PulpTesting
import PulpWire

/// Every import of `storage.fs` as something that can be done to one path; those with two paths are there twice.
enum FileCall: String, CaseIterable {
    case read, readAt, writeSix, writeFour, writeAt, truncate, delete, list, stat, renameFrom, renameTo, removeAll
    case makeFolders, changeMode, createTemporary, makeTemporaryFolder

    /// Whether something in the plugin's folder may be different afterwards.
    var isChange: Bool {
        switch self {
        case .read, .readAt, .list, .stat: false
        default: true
        }
    }

    /// Whether the file itself is changed where it is, so that its other names show it.
    var isInPlace: Bool { self == .writeAt || self == .truncate || self == .changeMode }

    /// The path is a request of its own; elsewhere it is in a record.
    var isRaw: Bool {
        switch self {
        case .read, .writeSix, .writeFour, .delete, .list, .removeAll: true
        default: false
        }
    }

    var importName: String {
        switch self {
        case .read: "fs_read"
        case .readAt: "fs_read_at"
        case .writeSix, .writeFour: "fs_write"
        case .writeAt: "fs_write_at"
        case .truncate: "fs_truncate"
        case .delete: "fs_delete"
        case .list: "fs_list"
        case .stat: "fs_stat"
        case .renameFrom, .renameTo: "fs_rename"
        case .removeAll: "fs_remove_all"
        case .makeFolders: "fs_mkdir_all"
        case .changeMode: "fs_chmod"
        case .createTemporary: "fs_create_temp"
        case .makeTemporaryFolder: "fs_mkdir_temp"
        }
    }

    /// Does it; the status, and bytes that were read.
    func run(_ files: FileHarness, _ path: [UInt8]) async throws -> (status: Int32, bytes: [UInt8]) {
        let name = self.importName
        func query(_ request: [UInt8]) async throws -> (Int32, [UInt8]) {
            let reply = try await files.harness.query(name, request)
            return (reply.status, reply.bytes)
        }
        switch self {
        case .read, .list: return try await query(path)
        case .readAt: return try await query(FileReadAtRequest(path: path, max: 100).encodedBytes())
        case .stat: return try await query(FileStatRequest(path: path).encodedBytes())
        case .createTemporary, .makeTemporaryFolder:
            return try await query(FileTemporaryRequest(folder: path, pattern: []).encodedBytes())
        case .writeSix: return (try await files.call(name, [path, Array("new".utf8), []]), [])
        case .writeFour: return (try await files.call(name, [path, Array("new".utf8)]), [])
        case .writeAt:
            return (try await files.call(name, [FileWriteAtRequest(path: path).encodedBytes(), [0x21]]), [])
        case .truncate: return (try await files.harness.command(name, FileTruncateRequest(path: path, size: 1)), [])
        case .delete, .removeAll: return (try await files.harness.command(name, path), [])
        case .renameFrom:
            return (
                try await files.harness.command(name, FileRenameRequest(old: path, new: Array("moved".utf8))), []
            )
        case .renameTo:
            return (
                try await files.harness.command(name, FileRenameRequest(old: Array("mine".utf8), new: path)), []
            )
        case .makeFolders: return (try await files.harness.command(name, FileModeRequest(path: path)), [])
        case .changeMode:
            return (try await files.harness.command(name, FileModeRequest(path: path, mode: 0o777)), [])
        }
    }
}
