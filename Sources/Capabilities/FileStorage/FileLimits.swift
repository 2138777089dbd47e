import PulpCapability

/// What a plugin may store, as `[limits.storage.fs]` of its manifest says.
struct FileLimits: Hashable, Sendable {
    let totalBytes: Int
    let files: Int
    let fileBytes: Int
    let callBytes: Int
    let pathBytes: Int
    let pathDepth: Int
    let listEntries: Int
    let calls: Int

    init(_ scope: PluginScope) {
        func limit(_ key: SettingKey) -> Int { scope.limit(key, of: FileStorageCapability.id) }
        self.totalBytes = limit(Self.totalBytesKey)
        self.files = limit(Self.filesKey)
        self.fileBytes = limit(Self.fileBytesKey)
        self.callBytes = limit(Self.callBytesKey)
        self.pathBytes = limit(Self.pathBytesKey)
        self.pathDepth = limit(Self.pathDepthKey)
        self.listEntries = limit(Self.listEntriesKey)
        self.calls = limit(Self.callsKey)
    }

    static let totalBytesKey = SettingKey.integer(
        "max_total_bytes", in: 0...(1 << 50), default: 1 << 30, "Bytes that all files of the plugin hold together.")
    static let filesKey = SettingKey.integer(
        "max_files", in: 1...10_000_000, default: 10_000, "Files and folders that the plugin has.")
    static let fileBytesKey = SettingKey.integer(
        "max_file_bytes", in: 0...(1 << 50), default: 256 << 20, "Bytes of one file.")
    static let callBytesKey = SettingKey.integer(
        "max_call_bytes", in: 1...(1 << 30), default: 8 << 20,
        "Bytes that one call reads or writes. Larger files are read with `fs_read_at` and written with `fs_write_at`.")
    static let pathBytesKey = SettingKey.integer(
        "max_path_bytes", in: 1...4_095, default: 1_024, "Bytes of a path. A longer one is rejected.")
    static let pathDepthKey = SettingKey.integer(
        "max_path_depth", in: 1...128, default: 32, "Folders within each other. A deeper path is rejected.")
    static let listEntriesKey = SettingKey.integer(
        "max_list_entries", in: 1...1_000_000, default: 10_000, "Names that `fs_list` gives; more are no list at all.")
    static let callsKey = SettingKey.integer(
        "max_calls", in: 1...10_000, default: 64, "Calls of all instances that wait for the disk at the same time.")

    static let keys = [
        Self.totalBytesKey, Self.filesKey, Self.fileBytesKey, Self.callBytesKey, Self.pathBytesKey, Self.pathDepthKey,
        Self.listEntriesKey, Self.callsKey,
    ]
}
