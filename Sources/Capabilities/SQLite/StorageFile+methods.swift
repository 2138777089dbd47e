import CSQLite

/// What SQLite calls on an open file: the limits and the ban on the event loop, then the real file.
extension StorageFile {
    typealias Handle = UnsafeMutablePointer<sqlite3_file>

    static func real(of file: Handle) -> Handle {
        unsafe (UnsafeMutableRawPointer(file) + Self.size).assumingMemoryBound(to: sqlite3_file.self)
    }

    private static func ours(_ file: Handle) -> UnsafeMutablePointer<StorageFile> {
        unsafe UnsafeMutableRawPointer(file).assumingMemoryBound(to: StorageFile.self)
    }

    /// The real file, when it may be touched now.
    private static func usable(_ file: Handle?) -> (real: Handle, methods: UnsafePointer<sqlite3_io_methods>)? {
        guard let file = unsafe file, unsafe !Self.ours(file).pointee.gate.pointee.isInline else { return nil }
        return unsafe Self.any(file)
    }

    /// The real file, for what never waits.
    private static func any(_ file: Handle?) -> (real: Handle, methods: UnsafePointer<sqlite3_io_methods>)? {
        guard let file = unsafe file else { return nil }
        let real = unsafe Self.real(of: file)
        guard let methods = unsafe real.pointee.pMethods else { return nil }
        return unsafe (real, methods)
    }

    /// Counts what a write of `end` bytes in all makes of the file; false when that is beyond its limit.
    private static func admits(_ file: Handle, end: Int64) -> Bool {
        let ours = unsafe Self.ours(file)
        let gate = unsafe ours.pointee.gate
        switch unsafe ours.pointee.kind {
        case .database, .other: return true
        case .log:
            guard unsafe end > gate.pointee.logLimit else { return true }
            unsafe gate.pointee.hit = .log
            return false
        case .temporary:
            let growth = unsafe max(0, end - ours.pointee.byteCount)
            guard unsafe gate.pointee.temporaryBytes + growth <= gate.pointee.temporaryLimit else {
                unsafe gate.pointee.hit = .temporary
                return false
            }
            unsafe gate.pointee.temporaryBytes += growth
            unsafe ours.pointee.byteCount += growth
            return true
        }
    }

    private static func shrink(_ file: Handle, to count: Int64) {
        let ours = unsafe Self.ours(file)
        guard unsafe ours.pointee.kind == .temporary, unsafe count < ours.pointee.byteCount else { return }
        unsafe ours.pointee.gate.pointee.temporaryBytes -= ours.pointee.byteCount - count
        unsafe ours.pointee.byteCount = count
    }

    private static func makeMethods() -> sqlite3_io_methods {
        var methods = sqlite3_io_methods()
        // Version 2: no memory mapping, whose faults are signals.
        methods.iVersion = 2
        unsafe methods.xClose = { file in
            guard let file = unsafe file, let (real, methods) = unsafe StorageFile.any(file) else { return SQLITE_OK }
            unsafe StorageFile.shrink(file, to: 0)
            return unsafe methods.pointee.xClose(real)
        }
        unsafe methods.xRead = { file, bytes, count, offset in
            guard let (real, methods) = unsafe StorageFile.usable(file) else { return SQLITE_INTERRUPT }
            return unsafe methods.pointee.xRead(real, bytes, count, offset)
        }
        unsafe methods.xWrite = { file, bytes, count, offset in
            guard let file = unsafe file, let (real, methods) = unsafe StorageFile.usable(file) else {
                return SQLITE_INTERRUPT
            }
            guard unsafe StorageFile.admits(file, end: offset + Int64(count)) else { return SQLITE_FULL }
            return unsafe methods.pointee.xWrite(real, bytes, count, offset)
        }
        unsafe methods.xTruncate = { file, count in
            guard let file = unsafe file, let (real, methods) = unsafe StorageFile.usable(file) else {
                return SQLITE_INTERRUPT
            }
            unsafe StorageFile.shrink(file, to: count)
            return unsafe methods.pointee.xTruncate(real, count)
        }
        unsafe methods.xSync = { file, flags in
            guard let (real, methods) = unsafe StorageFile.usable(file) else { return SQLITE_INTERRUPT }
            return unsafe methods.pointee.xSync(real, flags)
        }
        // The size of an open file is in the system's memory: never waits.
        unsafe methods.xFileSize = { file, count in
            guard let (real, methods) = unsafe StorageFile.any(file) else { return SQLITE_IOERR }
            return unsafe methods.pointee.xFileSize(real, count)
        }
        unsafe Self.addLocks(&methods)
        return methods
    }

    /// Locks are asked for, never waited for; and none may stay behind.
    private static func addLocks(_ methods: inout sqlite3_io_methods) {
        unsafe methods.xLock = { file, level in
            guard let (real, methods) = unsafe StorageFile.any(file) else { return SQLITE_ERROR }
            return unsafe methods.pointee.xLock(real, level)
        }
        unsafe methods.xUnlock = { file, level in
            guard let (real, methods) = unsafe StorageFile.any(file) else { return SQLITE_ERROR }
            return unsafe methods.pointee.xUnlock(real, level)
        }
        unsafe methods.xCheckReservedLock = { file, result in
            guard let (real, methods) = unsafe StorageFile.any(file) else { return SQLITE_ERROR }
            return unsafe methods.pointee.xCheckReservedLock(real, result)
        }
        unsafe methods.xFileControl = { file, operation, argument in
            guard let (real, methods) = unsafe StorageFile.any(file) else { return SQLITE_NOTFOUND }
            return unsafe methods.pointee.xFileControl(real, operation, argument)
        }
        unsafe methods.xSectorSize = { file in
            guard let (real, methods) = unsafe StorageFile.any(file) else { return 4_096 }
            return unsafe methods.pointee.xSectorSize(real)
        }
        unsafe methods.xDeviceCharacteristics = { file in
            guard let (real, methods) = unsafe StorageFile.any(file) else { return 0 }
            return unsafe methods.pointee.xDeviceCharacteristics(real)
        }
        unsafe methods.xShmMap = { file, region, count, extends, result in
            guard let (real, methods) = unsafe StorageFile.usable(file) else { return SQLITE_INTERRUPT }
            return unsafe methods.pointee.xShmMap(real, region, count, extends, result)
        }
        unsafe methods.xShmLock = { file, offset, count, flags in
            guard let (real, methods) = unsafe StorageFile.any(file) else { return SQLITE_ERROR }
            return unsafe methods.pointee.xShmLock(real, offset, count, flags)
        }
        unsafe methods.xShmBarrier = { file in
            guard let (real, methods) = unsafe StorageFile.any(file) else { return }
            unsafe methods.pointee.xShmBarrier(real)
        }
        unsafe methods.xShmUnmap = { file, deletes in
            guard let (real, methods) = unsafe StorageFile.any(file) else { return SQLITE_OK }
            return unsafe methods.pointee.xShmUnmap(real, deletes)
        }
    }

    /// One table for all files, never freed.
    // Written once, before it is read; SQLite only reads it.
    nonisolated(unsafe) static let methods: UnsafePointer<sqlite3_io_methods> = {
        let table = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
        unsafe table.initialize(to: Self.makeMethods())
        return unsafe UnsafePointer(table)
    }()
}
