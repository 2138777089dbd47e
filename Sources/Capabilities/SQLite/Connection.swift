import CSQLite
import PulpCapability
import PulpWire

/// One open database: the thin wrapper around SQLite's connection. Confined to whoever has it, one thread at a time.
@safe final class Connection {
    let handle: OpaquePointer
    let files: StorageFileSystem
    let hooks: ConnectionHooks
    let limits: SQLiteLimits
    var cache = StatementCache()
    var cursors: [UInt64: Cursor] = [:]
    var lastCursor: UInt64 = 0
    /// Statements of the host's own, by their text.
    private var own: [String: Statement] = [:]

    /// Takes over what ``open(path:limits:)`` has made.
    init(_ handle: OpaquePointer, _ files: StorageFileSystem, _ hooks: ConnectionHooks, _ limits: SQLiteLimits) {
        unsafe self.handle = unsafe handle
        self.files = files
        self.hooks = hooks
        self.limits = limits
    }

    /// Ends what is open, moves the log's contents into the database, and closes it.
    func close() {
        self.cursors = [:]
        self.cache.removeAll()
        self.own = [:]
        self.hooks.isHost = true
        unsafe sqlite3_close(self.handle)
    }

    var isInTransaction: Bool { unsafe sqlite3_get_autocommit(self.handle) == 0 }

    // MARK: Preparing

    /// Calls `body` with each statement of `sql`, prepared; one that stands alone is kept.
    func forEachStatement(
        _ sql: UnsafeRawBufferPointer, _ body: (Statement) throws(SQLiteFailure) -> Void
    ) throws(SQLiteFailure) {
        if let known = unsafe self.cache.find(sql) {
            return try body(known)
        }
        var rest = unsafe sql[...]
        var count = 0
        while unsafe !rest.isEmpty {
            let text = unsafe UnsafeRawBufferPointer(rebasing: rest)
            guard let (statement, used) = unsafe try self.prepare(text, isKept: count == 0) else { return }
            count += 1
            guard count <= self.limits.statements else {
                throw SQLiteFailure(limit: SQLiteLimits.statements, "the text has more than \(count - 1) statements")
            }
            try body(statement)
            unsafe rest = unsafe rest.dropFirst(used)
        }
    }

    /// The first statement of `sql` and its length; nil when there is none.
    func prepare(_ sql: UnsafeRawBufferPointer, isKept: Bool) throws(SQLiteFailure) -> (Statement, used: Int)? {
        guard sql.count <= self.limits.sqlBytes else {
            throw SQLiteFailure(
                limit: SQLiteLimits.sqlBytes, "the SQL has more than \(self.limits.sqlBytes) bytes")
        }
        guard let start = unsafe sql.baseAddress?.assumingMemoryBound(to: CChar.self) else { return nil }
        var prepared: OpaquePointer?
        var tail: UnsafePointer<CChar>?
        self.hooks.authorizer = Authorizer()
        let flags = isKept ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0
        let code = unsafe sqlite3_prepare_v3(self.handle, start, Int32(sql.count), flags, &prepared, &tail)
        guard code == SQLITE_OK else { throw self.failure(code) }
        guard let prepared = unsafe prepared else { return nil }
        let used = unsafe tail.map { unsafe start.distance(to: $0) } ?? sql.count
        let isAlone =
            unsafe isKept && sql.count <= StatementCache.maximumSQLBytes
            && sql[min(used, sql.count)...].allSatisfy { $0 == 0x20 || $0 == 0x3b || 0x09...0x0d ~= $0 }
        let text = isAlone ? unsafe [UInt8](sql) : []
        let statement = unsafe Statement(prepared, sql: text, notes: self.hooks.authorizer)
        if isAlone, statement.byteCount <= StatementCache.maximumStatementBytes { self.cache.insert(statement) }
        return (statement, max(used, 1))
    }

    // MARK: Running

    /// Moves to the next row; false when there is none.
    func step(_ statement: Statement) throws(SQLiteFailure) -> Bool {
        let code = unsafe sqlite3_step(statement.handle)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw self.failure(code)
        }
    }

    /// Makes the statement ready for its next run; its parameters are forgotten.
    func reset(_ statement: Statement) {
        unsafe sqlite3_reset(statement.handle)
        if statement.parameterCount > 0 { unsafe sqlite3_clear_bindings(statement.handle) }
    }

    /// Runs a statement of the host's own.
    func run(_ sql: StaticString) throws(SQLiteFailure) {
        self.hooks.isHost = true
        defer { self.hooks.isHost = false }
        let key = sql.description
        if self.own[key] == nil {
            let text = unsafe UnsafeRawBufferPointer(start: sql.utf8Start, count: sql.utf8CodeUnitCount)
            self.own[key] = unsafe try self.prepare(text, isKept: false)?.0
        }
        guard let statement = self.own[key] else { return }
        defer { self.reset(statement) }
        _ = try self.step(statement)
    }

    /// Ends an open transaction without effect.
    func rollBack() throws(SQLiteFailure) {
        guard self.isInTransaction else { return }
        try self.run("ROLLBACK")
    }

    // MARK: Failures

    /// What went wrong, in the words of SQLite and, where the host has stopped it, in ours.
    func failure(_ code: Int32) -> SQLiteFailure {
        let extended = unsafe code == SQLITE_MISUSE ? code : sqlite3_extended_errcode(self.handle)
        if code & 0xff == SQLITE_INTERRUPT { return self.interruption(extended) }
        let general = unsafe sqlite3_errstr(code).map { unsafe String(cString: $0) } ?? "error"
        let special = unsafe sqlite3_errmsg(self.handle).map { unsafe String(cString: $0) } ?? general
        var text = special == general ? general : "\(general): \(special)"
        var limit: SettingKey?
        switch code & 0xff {
        case SQLITE_AUTH: if let refusal = self.hooks.authorizer.refusal { text = "\(general): \(refusal)" }
        case SQLITE_FULL:
            limit =
                switch self.files.takeHit() {
                case .log: SQLiteLimits.logBytes
                case .temporary: SQLiteLimits.temporaryBytes
                case .none: SQLiteLimits.databaseBytes
                }
        case SQLITE_TOOBIG: limit = SQLiteLimits.valueBytes
        default: break
        }
        if let limit { text += "; raise \(limit.name) in [limits.storage.sqlite]" }
        return SQLiteFailure(code: extended, text: "\(text) (\(extended))", limit: limit)
    }

    private func interruption(_ code: Int32) -> SQLiteFailure {
        guard case .timedOut = self.hooks.stop else { return SQLiteFailure(code: code, text: "interrupted (\(code))") }
        let key = SQLiteLimits.statementTime
        return SQLiteFailure(
            code: code,
            text: "interrupted: the statement took too long; make it shorter, or raise \(key.name) in "
                + "[limits.storage.sqlite] and call_timeout_ms (\(code))", limit: key)
    }
}
