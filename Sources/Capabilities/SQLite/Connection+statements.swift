import CSQLite
import PulpWire

/// `sqlite_exec` and `sqlite_query`.
extension Connection {
    /// Runs all statements of `sql`; the answer is about the last one.
    func exec(_ sql: UnsafeRawBufferPointer, _ parameters: RawSpan) throws(SQLiteFailure) -> AnswerBuffer {
        try Self.check(parameters)
        let before = unsafe sqlite3_total_changes64(self.handle)
        unsafe try self.forEachStatement(sql) { (statement) throws(SQLiteFailure) in
            defer { self.reset(statement) }
            try unsafe Parameters.bind(parameters, to: statement, statement.handle)
            _ = try self.step(statement)
        }
        return self.changes(since: before)
    }

    /// Runs all statements of `sql`; the answer has the rows of the last one that gives any.
    func query(_ sql: UnsafeRawBufferPointer, _ parameters: RawSpan) throws(SQLiteFailure) -> AnswerBuffer {
        try Self.check(parameters)
        let answer = AnswerBuffer(limit: self.limits.resultBytes)
        unsafe try self.forEachStatement(sql) { (statement) throws(SQLiteFailure) in
            defer { self.reset(statement) }
            try unsafe Parameters.bind(parameters, to: statement, statement.handle)
            let hasRow = try self.step(statement)
            guard !statement.columns.isEmpty || answer.count == 0 else { return }
            statement.refresh()
            answer.reset()
            try self.appendRows(of: statement, hasRow, to: answer)
            self.considerInline(statement)
        }
        if answer.count == 0 { Self.appendNoColumns(to: answer) }
        return answer
    }

    /// The shape of an answer: `{columns, rows}`.
    private func appendRows(of statement: Statement, _ hasRow: Bool, to answer: AnswerBuffer) throws(SQLiteFailure) {
        let place = Self.beginRows(of: statement, in: answer)
        var hasRow = hasRow
        var count = 0
        while hasRow {
            count += 1
            guard count <= self.limits.rows else {
                throw SQLiteFailure(
                    limit: SQLiteLimits.rows,
                    "the answer has more than \(self.limits.rows) rows; ask for fewer, use sqlite_query_stream")
            }
            unsafe RowWriter.append(statement.handle, statement.columns, to: answer)
            if answer.isOverfull { break }
            hasRow = try self.step(statement)
        }
        try self.checkSize(of: answer)
        answer.endArray(count == 0 ? nil : count, at: place)
    }

    func checkSize(of answer: AnswerBuffer) throws(SQLiteFailure) {
        guard answer.isOverfull else { return }
        throw SQLiteFailure(
            limit: SQLiteLimits.resultBytes,
            "the answer has more than \(self.limits.resultBytes) bytes; ask for less, use sqlite_query_stream")
    }

    static func beginRows(of statement: Statement, in answer: AnswerBuffer) -> Int {
        let names = statement.columnNames
        answer.append(names.count + 32) { writer in
            writer.writeMapHeader(2)
            writer.writeKey(.columns)
            writer.writeRaw(names.wireBytes)
            writer.writeKey(.rows)
        }
        return answer.beginArray()
    }

    private static func appendNoColumns(to answer: AnswerBuffer) {
        answer.append(32) { SQLiteQueryResult(columns: [], rows: nil).encode(into: &$0) }
    }

    private func changes(since before: Int64) -> AnswerBuffer {
        let answer = AnswerBuffer(limit: self.limits.resultBytes, capacity: 64)
        answer.append(64) { self.execResult(since: before).encode(into: &$0) }
        return answer
    }

    /// What the last statement has changed. SQLite's own count is of the last one that changed anything.
    func execResult(since before: Int64) -> SQLiteExecResult {
        let hasChanged = unsafe sqlite3_total_changes64(self.handle) != before
        return SQLiteExecResult(
            rowsAffected: hasChanged ? unsafe sqlite3_changes64(self.handle) : 0,
            lastInsertID: unsafe sqlite3_last_insert_rowid(self.handle))
    }

    /// Parameters that are no array are refused before anything of the SQL runs.
    private static func check(_ parameters: RawSpan) throws(SQLiteFailure) {
        guard !parameters.isEmpty else { return }
        var reader = MessagePackReader(parameters)
        do throws(WireError) {
            for _ in 0..<(try reader.readArrayHeader()) {
                if reader.peekKind() == .extension { _ = try reader.readTimestamp() } else { try reader.skipValue() }
            }
        } catch {
            throw SQLiteFailure.undecodable
        }
    }
}
