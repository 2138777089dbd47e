import PulpWire

/// The plugin's own folder: `storage.fs`.
///
/// Paths are relative to it, with `/` between their parts; what leads out is refused (``isRejected(_:)``). The plugin
/// sleeps while the disk works.
///
/// ```swift
/// try Files.write("notes/1.txt", "Hello")
/// for entry in try Files.list("notes") { ... }
/// let text = try Files.readText("notes/1.txt")
/// ```
public enum Files {
    /// The whole file, of at most `max_call_bytes` (8 MiB unless the manifest says otherwise).
    public static func read(_ path: String) throws(PluginError) -> [UInt8] {
        try unsafe HostCall("fs_read", .files).ask([UInt8](copying: path), fs_read).bytes
    }

    /// The whole file as text; bytes that are not UTF-8 are replaced.
    public static func readText(_ path: String) throws(PluginError) -> String {
        // Two statements: in one, this compiler makes code of it that it rejects itself.
        let bytes = try Self.read(path)
        return String(repairing: bytes.wireBytes)
    }

    /// Part of a file.
    ///
    /// - `offset`: Bytes from the start.
    /// - `count`: At most so many; fewer come only where the file ends.
    public static func read(_ path: String, at offset: UInt64, count: UInt32) throws(PluginError) -> [UInt8] {
        let request = FileReadAtRequest(path: [UInt8](copying: path), offset: offset, max: count)
        return try unsafe HostCall("fs_read_at", .files).ask(request.encodedBytes(), fs_read_at).bytes
    }

    /// Makes a file, or replaces it as a whole; folders on the way are made.
    ///
    /// - `mode`: Permissions of a file that is made; 0 leaves them to the host.
    public static func write(_ path: String, _ bytes: [UInt8], mode: UInt32 = 0) throws(PluginError) {
        let request = mode == 0 ? [] : FileWriteRequest(mode: mode).encodedBytes()
        let status = unsafe [UInt8](copying: path).lend { name, nameLength in
            unsafe bytes.lend { data, length in
                unsafe request.lend { unsafe fs_write(name, nameLength, data, length, $0, $1) }
            }
        }
        try HostCall("fs_write", .files).check(status)
    }

    /// Makes a file of this text, or replaces it as a whole.
    public static func write(_ path: String, _ text: String, mode: UInt32 = 0) throws(PluginError) {
        try Self.write(path, [UInt8](copying: text), mode: mode)
    }

    /// Writes into a file where it is, and makes it when it is not there.
    ///
    /// - `offset`: Bytes from the start; beyond the end the gap is filled with zeroes.
    public static func write(
        _ path: String, _ bytes: [UInt8], at offset: UInt64, mode: UInt32 = 0
    ) throws(PluginError) {
        let request = FileWriteAtRequest(path: [UInt8](copying: path), offset: offset, mode: mode).encodedBytes()
        let status = unsafe request.lend { record, recordLength in
            unsafe bytes.lend { unsafe fs_write_at(record, recordLength, $0, $1) }
        }
        try HostCall("fs_write_at", .files).check(status)
    }

    /// Writes behind the end of a file, and makes it when it is not there.
    ///
    /// Two calls of the host's: of instances that append to one file at the same time one may write over the other.
    public static func append(_ path: String, _ bytes: [UInt8]) throws(PluginError) {
        try Self.write(path, bytes, at: try Self.entry(path)?.size ?? 0)
    }

    /// Cuts a file to `size` bytes, or lengthens it with zeroes.
    public static func truncate(_ path: String, to size: UInt64) throws(PluginError) {
        let request = FileTruncateRequest(path: [UInt8](copying: path), size: size)
        try unsafe HostCall("fs_truncate", .files).send(request.encodedBytes(), to: fs_truncate)
    }

    /// Removes a file, or a folder that is empty.
    public static func delete(_ path: String) throws(PluginError) {
        try unsafe HostCall("fs_delete", .files).send([UInt8](copying: path), to: fs_delete)
    }

    /// Removes a file, or a folder with all that is in it; what is not there is removed already.
    public static func deleteAll(_ path: String) throws(PluginError) {
        try unsafe HostCall("fs_remove_all", .files).send([UInt8](copying: path), to: fs_remove_all)
    }

    /// Moves a file or folder; what is at `new` is replaced, folders on the way are made.
    public static func rename(_ old: String, to new: String) throws(PluginError) {
        let request = FileRenameRequest(old: [UInt8](copying: old), new: [UInt8](copying: new))
        try unsafe HostCall("fs_rename", .files).send(request.encodedBytes(), to: fs_rename)
    }

    /// Copies a file of any size, piece by piece.
    ///
    /// - Returns: How many bytes that were.
    @discardableResult
    public static func copy(_ old: String, to new: String) throws(PluginError) -> UInt64 {
        var reader = FileReader(old)
        var writer = try FileWriter(new)
        while let bytes = try reader.next() { try writer.write(bytes) }
        return writer.offset
    }
}

// What is there.
extension Files {
    /// One name in a folder.
    public struct Entry: Hashable, Sendable {
        /// Bytes that are not UTF-8 are replaced: such a file can be seen, and not be opened.
        public let name: String
        /// A link to a folder is none.
        public let isFolder: Bool
    }

    /// What is known of a file or folder.
    public struct Attributes: Hashable, Sendable {
        /// The last part of the path.
        public let name: String
        public let isFolder: Bool
        /// Bytes.
        public let size: UInt64
        public let modified: Timestamp
        /// Permissions: the lowest nine bits.
        public let mode: UInt32
    }

    /// The names in a folder, sorted; `.` is the plugin's own.
    public static func list(_ path: String = ".") throws(PluginError) -> [Entry] {
        let call = HostCall("fs_list", .files)
        let listing = try unsafe call.ask([UInt8](copying: path), fs_list).decode(FileListing.self, of: call)
        return listing.entries.map { Entry(name: String(repairing: $0.name.wireBytes), isFolder: $0.isFolder) }
    }

    /// What is known of a file or folder.
    ///
    /// - Throws: ``Status/notFound`` when it is not there.
    public static func attributes(_ path: String) throws(PluginError) -> Attributes {
        let call = HostCall("fs_stat", .files)
        let request = FileStatRequest(path: [UInt8](copying: path))
        let known = try unsafe call.ask(request.encodedBytes(), fs_stat).decode(FileStatResponse.self, of: call)
        return Attributes(
            name: String(repairing: known.name.wireBytes), isFolder: known.isFolder,
            size: UInt64(clamping: known.size),
            modified: Timestamp(nanoseconds: UInt64(clamping: known.modified)), mode: known.mode & 0o777)
    }

    /// What is known of a file or folder; nil when it is not there.
    public static func entry(_ path: String) throws(PluginError) -> Attributes? {
        do throws(PluginError) {
            return try Self.attributes(path)
        } catch {
            guard error.status == .notFound else { throw error }
            return nil
        }
    }

    /// Whether there is a file or folder.
    public static func exists(_ path: String) throws(PluginError) -> Bool {
        try Self.entry(path) != nil
    }

    /// Whether an error of ``Files`` is about the path itself: it leads out of the plugin's folder, or is none.
    ///
    /// The number of that status depends on the manifest's dialect, so the host is asked, with a path that it must
    /// reject.
    public static func isRejected(_ error: PluginError) -> Bool {
        do throws(PluginError) {
            _ = try Self.attributes("..")
            return false
        } catch let rejected {
            return rejected.status == error.status
        }
    }
}

// Folders, permissions, names that nobody has.
extension Files {
    /// Makes a folder and those that it lies in; one that is there is made already.
    ///
    /// - `mode`: Permissions; 0 stands for 0755.
    public static func makeFolder(_ path: String, mode: UInt32 = 0) throws(PluginError) {
        let request = FileModeRequest(path: [UInt8](copying: path), mode: mode)
        try unsafe HostCall("fs_mkdir_all", .files).send(request.encodedBytes(), to: fs_mkdir_all)
    }

    /// Sets permissions: the lowest nine bits.
    public static func setMode(_ path: String, _ mode: UInt32) throws(PluginError) {
        let request = FileModeRequest(path: [UInt8](copying: path), mode: mode)
        try unsafe HostCall("fs_chmod", .files).send(request.encodedBytes(), to: fs_chmod)
    }

    /// Makes an empty file whose name nothing else has.
    ///
    /// - Parameters:
    ///   - folder: Where; empty stands for `tmp`.
    ///   - pattern: The name, a random number in place of its last `*`, or behind it.
    /// - Returns: Its path.
    public static func makeTemporary(in folder: String = "", pattern: String = "") throws(PluginError) -> String {
        try unsafe Self.makeTemporary(HostCall("fs_create_temp", .files), folder, pattern, fs_create_temp)
    }

    /// Makes an empty folder whose name nothing else has: as ``makeTemporary(in:pattern:)``.
    public static func makeTemporaryFolder(in folder: String = "", pattern: String = "") throws(PluginError) -> String {
        try unsafe Self.makeTemporary(HostCall("fs_mkdir_temp", .files), folder, pattern, fs_mkdir_temp)
    }

    private static func makeTemporary(
        _ call: HostCall, _ folder: String, _ pattern: String, _ function: HostQuestion
    ) throws(PluginError) -> String {
        let request = FileTemporaryRequest(folder: [UInt8](copying: folder), pattern: [UInt8](copying: pattern))
        let made = try unsafe call.ask(request.encodedBytes(), function).decode(FilePathResponse.self, of: call)
        return String(repairing: made.path.wireBytes)
    }
}

extension Literal {
    static var files: Literal {
        """
        storage.fs
        1 the path is empty
        2 path or bytes are too long
        4 the path leads out of the plugin's folder or is none, or (`*.cell.toml`) the disk refused
        5 the disk refused, or (`*.cell.toml`) the path leads out of the plugin's folder or is none
        9 the plugin is being closed
        10 the host is stopping
        12 a limit of `[limits.storage.fs]` is reached
        """
    }
}
