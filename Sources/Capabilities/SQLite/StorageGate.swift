import CSQLite

/// What a database's file system needs to know in C callbacks that carry no context but an address. Lives outside
/// Swift's memory from the opening of the database to its end; read and written by whoever has the connection.
@unsafe struct StorageGate {
    /// No file may be touched: the connection is used on an event loop.
    var isInline = false
    var real: UnsafeMutablePointer<sqlite3_vfs>
    /// Zero-terminated: the only database that may be opened, with its journal and its log.
    var path: UnsafeMutablePointer<CChar>
    var logLimit: Int64
    var temporaryLimit: Int64
    var temporaryBytes: Int64 = 0
    /// Which limit was hit last.
    var hit = Hit.none

    enum Hit {
        case none, log, temporary
    }
}

/// An open file: SQLite's part, ours, and behind it the real file's.
@unsafe struct StorageFile {
    var base: sqlite3_file
    var gate: UnsafeMutablePointer<StorageGate>
    var kind: Kind
    /// Bytes of a temporary file.
    var byteCount: Int64

    enum Kind: Int {
        case database, log, other, temporary
    }

    static var size: Int { unsafe (MemoryLayout<StorageFile>.size + 15) & ~15 }
}
