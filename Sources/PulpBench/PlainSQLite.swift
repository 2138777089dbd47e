import CSQLite

/// The yardstick: the same SQL in a loop around the library itself, on the same thread, with prepared statements.
@safe final class PlainSQLite {
    private let handle: OpaquePointer

    init(path: String) throws {
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        guard unsafe sqlite3_open_v2(path, &opened, flags, nil) == SQLITE_OK, let handle = unsafe opened else {
            throw BenchProblem("\(path) cannot be opened")
        }
        unsafe self.handle = unsafe handle
        for pragma in ["journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"] {
            try self.run("PRAGMA \(pragma)")
        }
    }

    deinit {
        unsafe sqlite3_close(self.handle)
    }

    func run(_ sql: String) throws {
        guard unsafe sqlite3_exec(self.handle, sql, nil, nil, nil) == SQLITE_OK else {
            throw BenchProblem("\(sql) failed")
        }
    }

    /// Runs a statement `count` times with one number and, if there is a second parameter, one text; reads all columns.
    func repeated(_ sql: String, count: Int, number: Int64, text: String) throws {
        var prepared: OpaquePointer?
        guard unsafe sqlite3_prepare_v2(self.handle, sql, -1, &prepared, nil) == SQLITE_OK,
            let statement = unsafe prepared
        else { throw BenchProblem("\(sql) cannot be prepared") }
        defer { unsafe sqlite3_finalize(statement) }
        var sum: Int64 = 0
        for _ in 0..<count {
            unsafe sqlite3_bind_int64(statement, 1, number)
            if unsafe sqlite3_bind_parameter_count(statement) > 1 {
                unsafe pulp_sqlite_bind_text(statement, 2, text, UInt64(text.utf8.count))
            }
            while unsafe sqlite3_step(statement) == SQLITE_ROW {
                for column in 0..<(unsafe sqlite3_column_count(statement)) {
                    sum &+= unsafe sqlite3_column_int64(statement, column)
                    sum &+= unsafe Int64(sqlite3_column_bytes(statement, column))
                }
            }
            unsafe sqlite3_reset(statement)
        }
        guard sum != .min else { throw BenchProblem("impossible") }
    }
}
