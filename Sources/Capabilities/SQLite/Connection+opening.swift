import CSQLite
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

extension Connection {
    /// Memory that all databases of the process may use together; SQLite refuses more, and the statement fails.
    private static let heapBytes: Int64 = 1 << 30
    private static let fileName = "data.db"
    private static let numbers = Atomic<UInt64>(0)

    /// Why a database could not be opened.
    struct OpeningError: Error, CustomStringConvertible {
        let description: String
    }

    /// Opens the database in `folder`, which is made if it is not there. Waits for the disk.
    static func open(folder: String, limits: SQLiteLimits) throws -> Connection {
        let path = try Self.prepareFile(in: folder)
        sqlite3_hard_heap_limit64(Self.heapBytes)
        let name = "pulp-\(Self.numbers.add(1, ordering: .relaxed).newValue)"
        guard let files = StorageFileSystem(name: name, path: path, limits: limits) else {
            throw OpeningError(description: "SQLite could not be set up")
        }
        var opened: OpaquePointer?
        let flags =
            SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW
            | SQLITE_OPEN_EXRESCODE
        let code = unsafe sqlite3_open_v2(path, &opened, flags, name)
        guard let handle = unsafe opened else { throw OpeningError(description: "\(path): no memory") }
        let connection = unsafe Connection(handle, files, ConnectionHooks(), limits)
        do {
            guard code == SQLITE_OK else { throw connection.failure(code) }
            try connection.configure()
        } catch {
            connection.close()
            let reason = (error as? SQLiteFailure)?.text ?? "\(error)"
            throw OpeningError(description: "the database \(path) cannot be opened: \(reason)")
        }
        return connection
    }

    private func configure() throws(SQLiteFailure) {
        self.hooks.isHost = true
        unsafe sqlite3_busy_timeout(self.handle, 5_000)
        for (option, value) in [
            (SQLITE_DBCONFIG_DEFENSIVE, Int32(1)), (SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0),
            (SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0), (SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0),
            (SQLITE_DBCONFIG_DQS_DDL, 1), (SQLITE_DBCONFIG_DQS_DML, 1),
        ] {
            let code = unsafe pulp_sqlite_db_config(self.handle, option, value)
            guard code == SQLITE_OK else { throw self.failure(code) }
        }
        try self.run("PRAGMA cell_size_check = ON")
        try self.run("PRAGMA journal_mode = WAL")
        try self.run("PRAGMA synchronous = NORMAL")
        try self.run("PRAGMA foreign_keys = ON")
        try self.run("PRAGMA journal_size_limit = 4194304")
        unsafe sqlite3_wal_autocheckpoint(self.handle, 1_000)
        try self.limitPages()
        self.limitSizes()
        unsafe self.hooks.install(self.handle)
        self.hooks.isHost = false
    }

    private func limitPages() throws(SQLiteFailure) {
        let sql = "PRAGMA page_size"
        var statement: OpaquePointer?
        let code = unsafe sqlite3_prepare_v2(self.handle, sql, -1, &statement, nil)
        guard code == SQLITE_OK, let statement = unsafe statement else { throw self.failure(code) }
        let pageSize = unsafe sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 4_096
        unsafe sqlite3_finalize(statement)
        let pages = min(max(Int64(self.limits.databaseBytes) / max(pageSize, 512), 1), 1_073_741_823)
        let failed = unsafe sqlite3_exec(self.handle, "PRAGMA max_page_count = \(pages)", nil, nil, nil)
        guard failed == SQLITE_OK else { throw self.failure(failed) }
    }

    private func limitSizes() {
        for (limit, value) in [
            (SQLITE_LIMIT_LENGTH, self.limits.valueBytes), (SQLITE_LIMIT_SQL_LENGTH, self.limits.sqlBytes),
            (SQLITE_LIMIT_VARIABLE_NUMBER, self.limits.variables), (SQLITE_LIMIT_ATTACHED, 0),
            (SQLITE_LIMIT_WORKER_THREADS, 0), (SQLITE_LIMIT_TRIGGER_DEPTH, 100), (SQLITE_LIMIT_EXPR_DEPTH, 500),
            (SQLITE_LIMIT_COMPOUND_SELECT, 200), (SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1_000),
            (SQLITE_LIMIT_VDBE_OP, 1_000_000),
        ] {
            unsafe sqlite3_limit(self.handle, limit, Int32(clamping: value))
        }
    }

    // MARK: The file

    /// Makes the folder (mode 0700) and an empty database (0600) where they are missing; the path without links.
    private static func prepareFile(in folder: String) throws -> String {
        var made = folder.hasPrefix("/") ? "" : "."
        for (index, part) in folder.split(separator: "/").enumerated() {
            made += index == 0 && made.isEmpty ? "/\(part)" : "/\(part)"
            let isLast = made.hasSuffix("/" + (folder.split(separator: "/").last ?? ""))
            guard unsafe mkdir(made, isLast ? 0o700 : 0o755) == 0 || errno == EEXIST else {
                throw OpeningError(description: "the folder \(made) cannot be made: \(Self.reason())")
            }
        }
        guard let real = unsafe realpath(folder, nil) else {
            throw OpeningError(description: "the folder \(folder) cannot be found: \(Self.reason())")
        }
        defer { unsafe free(real) }
        let path = unsafe String(cString: real) + "/\(Self.fileName)"
        // Exclusively: closing a file that a database has open would drop its locks.
        let file = Self.create(path)
        guard file >= 0 || errno == EEXIST else {
            throw OpeningError(description: "\(path) cannot be made: \(Self.reason())")
        }
        if file >= 0 { _ = Self.closeFile(file) }
        return path
    }

    private static func create(_ path: String) -> Int32 {
        openFile(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    }

    private static func reason() -> String {
        unsafe strerror(errno).map { unsafe String(cString: $0) } ?? "error \(errno)"
    }
}

// Inside the extension these names are others.
private func openFile(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 { unsafe open(path, flags, mode) }

extension Connection {
    fileprivate static func closeFile(_ file: Int32) -> Int32 { endFile(file) }
}

private func endFile(_ file: Int32) -> Int32 { close(file) }
