import CSQLite
import PulpWire

/// Short reads on the guest's own event loop, where a hop to the database's thread would cost more than the statement.
///
/// What makes it safe, whatever the guest sends (docs/decisions/0011): only statements whose whole program consists of
/// operations that are known to be short; no file is touched (``StorageFileSystem``), so all pages must be in memory;
/// values are 4 KiB at most; and the program is stopped after 10,000 operations or half a millisecond. Whatever does not
/// fit is run again on the database's thread, which costs what was tried so far.
extension Connection {
    private static let valueBytes: Int32 = 4_096
    private static let answerBytes = 65_536

    /// The answer to a query, or nil: it must be asked of the database's thread.
    func queryInline(_ sql: UnsafeRawBufferPointer, _ parameters: RawSpan) -> AnswerBuffer? {
        guard let statement = unsafe self.cache.find(sql), let twin = unsafe statement.inline.handle,
            statement.inline.mayTry()
        else { return nil }
        self.files.isInline = true
        self.hooks.beginInline()
        let usual = unsafe sqlite3_limit(self.handle, SQLITE_LIMIT_LENGTH, Self.valueBytes)
        let answer = try? unsafe self.rows(of: statement, twin, parameters)
        unsafe sqlite3_reset(twin)
        if statement.parameterCount > 0 { unsafe sqlite3_clear_bindings(twin) }
        unsafe sqlite3_limit(self.handle, SQLITE_LIMIT_LENGTH, usual)
        self.hooks.end()
        self.files.isInline = false
        if answer == nil { statement.inline.failed() } else { statement.inline.succeeded() }
        return answer
    }

    private func rows(
        of statement: Statement, _ twin: OpaquePointer, _ parameters: RawSpan
    ) throws(SQLiteFailure) -> AnswerBuffer? {
        try unsafe Parameters.bind(parameters, to: statement, twin)
        let answer = AnswerBuffer(limit: min(self.limits.resultBytes, Self.answerBytes))
        let place = Self.beginRows(of: statement, in: answer)
        var count = 0
        while true {
            switch unsafe sqlite3_step(twin) {
            case SQLITE_ROW:
                count += 1
                unsafe RowWriter.append(twin, statement.columns, to: answer)
                guard !answer.isOverfull, count <= self.limits.rows else { return nil }
            case SQLITE_DONE:
                answer.endArray(count == 0 ? nil : count, at: place)
                return answer
            default: return nil
            }
        }
    }

    /// Looks at a statement that has run before: may it run on an event loop?
    func considerInline(_ statement: Statement) {
        guard statement.isReadOnly, !statement.sql.isEmpty, !statement.inline.isChecked else { return }
        guard statement.inline.runsBeforeCheck == 0 else {
            statement.inline.runsBeforeCheck -= 1
            return
        }
        statement.inline.isChecked = true
        self.hooks.isHost = true
        defer { self.hooks.isHost = false }
        guard self.isShort(statement) else { return }
        var twin: OpaquePointer?
        let code = unsafe statement.sql.withUnsafeBytes { bytes in
            unsafe sqlite3_prepare(
                self.handle, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count), &twin, nil)
        }
        guard code == SQLITE_OK else { return }
        unsafe statement.inline.handle = unsafe twin
    }

    private func isShort(_ statement: Statement) -> Bool {
        let text = [UInt8]("EXPLAIN ".utf8) + statement.sql
        var program: OpaquePointer?
        let code = unsafe text.withUnsafeBytes { bytes in
            unsafe sqlite3_prepare_v2(
                self.handle, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count), &program, nil)
        }
        defer { unsafe sqlite3_finalize(program) }
        guard code == SQLITE_OK else { return false }
        var count = 0
        while unsafe sqlite3_step(program) == SQLITE_ROW {
            count += 1
            guard count <= ShortOperations.maximumCount, let name = unsafe sqlite3_column_text(program, 1) else {
                return false
            }
            let argument = unsafe sqlite3_column_text(program, 5).map { unsafe String(cString: $0) } ?? ""
            guard unsafe ShortOperations.contains(String(cString: name), argument: argument) else { return false }
        }
        return count > 0
    }
}
