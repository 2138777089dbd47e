import CSQLite

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The files that one database may touch, as a file system of SQLite's (a "VFS") in front of the system's.
///
/// It opens the one database, its journal, its log and nameless temporary files, and nothing else, whatever SQL says. It
/// bounds the log and the temporary files. And while the connection is used on an event loop it touches no file at all:
/// what would have to be read or written fails, and the statement is run again where it may wait.
///
/// Confined to whoever has the connection.
@safe final class StorageFileSystem {
    let gate: UnsafeMutablePointer<StorageGate>
    private let vfs: UnsafeMutablePointer<sqlite3_vfs>
    private let name: UnsafeMutablePointer<CChar>

    /// - Parameters:
    ///   - name: Unique in the process.
    ///   - path: Of the database; absolute.
    /// - Returns: Nil when SQLite has no file system to stand on, or no memory.
    init?(name: String, path: String, limits: SQLiteLimits) {
        guard let real = unsafe sqlite3_vfs_find(nil), let ownName = unsafe strdup(name),
            let ownPath = unsafe strdup(path)
        else { return nil }
        unsafe self.name = ownName
        unsafe self.gate = .allocate(capacity: 1)
        unsafe self.gate.initialize(
            to: StorageGate(
                real: real, path: ownPath, logLimit: Int64(limits.logBytes),
                temporaryLimit: Int64(limits.temporaryBytes)))
        unsafe self.vfs = .allocate(capacity: 1)
        unsafe self.vfs.initialize(to: Self.table(real, name: ownName, gate: self.gate))
        unsafe sqlite3_vfs_register(self.vfs, 0)
    }

    deinit {
        unsafe sqlite3_vfs_unregister(self.vfs)
        unsafe free(self.gate.pointee.path)
        unsafe free(self.name)
        unsafe self.vfs.deallocate()
        unsafe self.gate.deallocate()
    }

    var isInline: Bool {
        get { unsafe self.gate.pointee.isInline }
        set { unsafe self.gate.pointee.isInline = newValue }
    }

    /// Which limit was hit since the last call.
    func takeHit() -> StorageGate.Hit {
        defer { unsafe self.gate.pointee.hit = .none }
        return unsafe self.gate.pointee.hit
    }

    private static func table(
        _ real: UnsafeMutablePointer<sqlite3_vfs>, name: UnsafeMutablePointer<CChar>,
        gate: UnsafeMutablePointer<StorageGate>
    ) -> sqlite3_vfs {
        var table = unsafe sqlite3_vfs()
        unsafe table.iVersion = 2
        unsafe table.szOsFile = unsafe Int32(StorageFile.size) + real.pointee.szOsFile
        unsafe table.mxPathname = real.pointee.mxPathname
        unsafe table.zName = UnsafePointer(name)
        unsafe table.pAppData = UnsafeMutableRawPointer(gate)
        unsafe table.xOpen = { unsafe StorageFileSystem.open($0, $1, $2, $3, $4) }
        unsafe table.xDelete = { vfs, path, sync in
            guard let gate = unsafe StorageFileSystem.gate(of: vfs), unsafe !gate.pointee.isInline else {
                return SQLITE_INTERRUPT
            }
            guard unsafe StorageFileSystem.kind(of: path, gate) != nil else { return SQLITE_IOERR }
            return unsafe gate.pointee.real.pointee.xDelete(gate.pointee.real, path, sync)
        }
        unsafe table.xAccess = { vfs, path, flags, result in
            guard let gate = unsafe StorageFileSystem.gate(of: vfs), unsafe !gate.pointee.isInline else {
                return SQLITE_INTERRUPT
            }
            return unsafe gate.pointee.real.pointee.xAccess(gate.pointee.real, path, flags, result)
        }
        unsafe table.xFullPathname = { vfs, path, count, result in
            guard let gate = unsafe StorageFileSystem.gate(of: vfs) else { return SQLITE_ERROR }
            return unsafe gate.pointee.real.pointee.xFullPathname(gate.pointee.real, path, count, result)
        }
        unsafe table.xRandomness = { vfs, count, bytes in
            guard let gate = unsafe StorageFileSystem.gate(of: vfs) else { return 0 }
            return unsafe gate.pointee.real.pointee.xRandomness(gate.pointee.real, count, bytes)
        }
        unsafe table.xSleep = { vfs, microseconds in
            guard let gate = unsafe StorageFileSystem.gate(of: vfs), unsafe !gate.pointee.isInline else {
                return microseconds
            }
            return unsafe gate.pointee.real.pointee.xSleep(gate.pointee.real, microseconds)
        }
        unsafe table.xCurrentTime = { vfs, time in
            guard let gate = unsafe StorageFileSystem.gate(of: vfs) else { return SQLITE_ERROR }
            return unsafe gate.pointee.real.pointee.xCurrentTime(gate.pointee.real, time)
        }
        unsafe table.xCurrentTimeInt64 = { vfs, time in
            guard let gate = unsafe StorageFileSystem.gate(of: vfs) else { return SQLITE_ERROR }
            return unsafe gate.pointee.real.pointee.xCurrentTimeInt64(gate.pointee.real, time)
        }
        unsafe table.xGetLastError = { vfs, count, text in
            guard let gate = unsafe StorageFileSystem.gate(of: vfs) else { return 0 }
            return unsafe gate.pointee.real.pointee.xGetLastError(gate.pointee.real, count, text)
        }
        return unsafe table
    }

    static func gate(of vfs: UnsafeMutablePointer<sqlite3_vfs>?) -> UnsafeMutablePointer<StorageGate>? {
        unsafe vfs?.pointee.pAppData?.assumingMemoryBound(to: StorageGate.self)
    }

    /// What the file at `path` is to the database; nil for one that it has no business with.
    static func kind(
        of path: UnsafePointer<CChar>?, _ gate: UnsafeMutablePointer<StorageGate>
    ) -> StorageFile.Kind? {
        guard let path = unsafe path else { return .temporary }
        let count = unsafe strlen(gate.pointee.path)
        guard unsafe strncmp(path, gate.pointee.path, count) == 0 else { return nil }
        let rest = unsafe path + count
        if unsafe rest.pointee == 0 { return .database }
        if unsafe strcmp(rest, "-wal") == 0 { return .log }
        return unsafe strcmp(rest, "-journal") == 0 || strcmp(rest, "-shm") == 0 ? .other : nil
    }

    private static func open(
        _ vfs: UnsafeMutablePointer<sqlite3_vfs>?, _ path: UnsafePointer<CChar>?,
        _ file: UnsafeMutablePointer<sqlite3_file>?, _ flags: Int32, _ outFlags: UnsafeMutablePointer<Int32>?
    ) -> Int32 {
        guard let gate = unsafe Self.gate(of: vfs), let file = unsafe file else { return SQLITE_ERROR }
        unsafe file.pointee.pMethods = nil
        guard unsafe !gate.pointee.isInline else { return SQLITE_INTERRUPT }
        guard let kind = unsafe Self.kind(of: path, gate) else { return SQLITE_CANTOPEN }
        let ours = unsafe UnsafeMutableRawPointer(file).assumingMemoryBound(to: StorageFile.self)
        let real = unsafe StorageFile.real(of: file)
        let status = unsafe gate.pointee.real.pointee.xOpen(gate.pointee.real, path, real, flags, outFlags)
        unsafe ours.pointee.gate = unsafe gate
        unsafe ours.pointee.kind = kind
        unsafe ours.pointee.byteCount = 0
        // SQLite closes a file that has methods, even one that failed to open.
        if unsafe real.pointee.pMethods != nil { unsafe file.pointee.pMethods = StorageFile.methods }
        return status
    }
}
