import CSQLite
import PulpWire

/// `sqlite_batch`: many statements, one transaction, one crossing.
extension Connection {
    /// A statement of the batch has failed, and with it all of them.
    struct BatchFailure: Error {
        /// From 0; the number of statements when it was the end of the transaction that failed.
        let index: Int
        let failure: SQLiteFailure
    }

    func batch(_ request: RawSpan) throws(BatchFailure) -> AnswerBuffer {
        var reader = MessagePackReader(request)
        let count = try Self.at(0) { () throws(SQLiteFailure) in try Self.beginStatements(&reader) }
        let answer = AnswerBuffer(limit: self.limits.resultBytes, capacity: 4_096)
        answer.append(16) { writer in
            writer.writeMapHeader(1)
            writer.writeKey(.results)
            writer.writeArrayHeader(count)
        }
        guard count <= self.limits.statements else {
            let key = SQLiteLimits.statements
            throw BatchFailure(
                index: self.limits.statements,
                failure: SQLiteFailure(limit: key, "the batch has more than \(self.limits.statements) statements"))
        }
        try Self.at(0) { () throws(SQLiteFailure) in try self.run("SAVEPOINT pulp_batch") }
        var index = 0
        do throws(SQLiteFailure) {
            var last: Statement?
            while index < count {
                last = try self.runNext(&reader, again: last, into: answer)
                index += 1
            }
            try self.run("RELEASE pulp_batch")
        } catch {
            try? self.run("ROLLBACK TO pulp_batch")
            try? self.run("RELEASE pulp_batch")
            throw BatchFailure(index: index, failure: error)
        }
        return answer
    }

    private static func at<Value>(
        _ index: Int, _ body: () throws(SQLiteFailure) -> Value
    ) throws(BatchFailure) -> Value {
        do throws(SQLiteFailure) {
            return try body()
        } catch {
            throw BatchFailure(index: index, failure: error)
        }
    }

    /// Moves to the first statement; how many there are.
    private static func beginStatements(_ reader: inout MessagePackReader) throws(SQLiteFailure) -> Int {
        do throws(WireError) {
            for _ in 0..<(try reader.readMapHeader()) {
                // What follows the statements is not looked at.
                if WireKey.statements ~= (try reader.readKey()) { return try reader.readArrayHeader() }
                try reader.skipValue()
            }
            return 0
        } catch {
            throw SQLiteFailure.undecodable
        }
    }

    /// Runs the next statement of the request.
    private func runNext(
        _ reader: inout MessagePackReader, again last: Statement?, into answer: AnswerBuffer
    ) throws(SQLiteFailure) -> Statement {
        var query = RawSpan()
        var parameters = RawSpan()
        do throws(WireError) {
            for _ in 0..<(try reader.readMapHeader()) {
                switch try reader.readKey() {
                case WireKey.query: query = try reader.readStringSpan()
                case WireKey.params: parameters = try reader.readRawValue()
                default: try reader.skipValue()
                }
            }
        } catch {
            throw SQLiteFailure.undecodable
        }
        let statement: Statement
        if query.isEmpty {
            guard let last else { throw SQLiteFailure(code: SQLITE_ERROR, text: "the first statement has no query") }
            statement = last
        } else {
            statement = try self.single(query)
        }
        guard !statement.controlsTransaction else {
            throw SQLiteFailure(
                code: SQLITE_ERROR, text: "a batch is a transaction already: no BEGIN, COMMIT, ROLLBACK or SAVEPOINT")
        }
        try self.run(statement, parameters, into: answer)
        return statement
    }

    /// The one statement that `query` is.
    private func single(_ query: RawSpan) throws(SQLiteFailure) -> Statement {
        try unsafe query.withUnsafeBytes { (text) throws(SQLiteFailure) in
            if let known = unsafe self.cache.find(text) { return known }
            guard let (statement, used) = unsafe try self.prepare(text, isKept: true) else {
                throw SQLiteFailure(code: SQLITE_ERROR, text: "a query holds no statement")
            }
            guard unsafe Self.isBlank(text, from: used) else {
                throw SQLiteFailure(code: SQLITE_ERROR, text: "a query of a batch holds more than one statement")
            }
            return statement
        }
    }

    private func run(
        _ statement: Statement, _ parameters: RawSpan, into answer: AnswerBuffer
    ) throws(SQLiteFailure) {
        let before = unsafe sqlite3_total_changes64(self.handle)
        defer { self.reset(statement) }
        try unsafe Parameters.bind(parameters, to: statement, statement.handle)
        var hasRow = try self.step(statement)
        statement.refresh()
        guard !statement.columns.isEmpty else {
            answer.append(64) { self.execResult(since: before).encode(into: &$0) }
            return try self.checkSize(of: answer)
        }
        let names = statement.columnNames
        answer.append(names.count + 32) { writer in
            writer.writeMapHeader(4)
            writer.writeKey(.columns)
            writer.writeRaw(names.wireBytes)
            writer.writeKey(.rows)
        }
        let place = answer.beginArray()
        var count = 0
        while hasRow, !answer.isOverfull, count < self.limits.rows {
            unsafe RowWriter.append(statement.handle, statement.columns, to: answer)
            count += 1
            hasRow = try self.step(statement)
        }
        guard !hasRow || answer.isOverfull else {
            throw SQLiteFailure(limit: SQLiteLimits.rows, "a statement gives more than \(count) rows")
        }
        answer.endInnerArray(count, at: place)
        // Known only now: a statement counts its changes when it has given its last row.
        answer.append(64) { writer in
            let result = self.execResult(since: before)
            writer.writeKey(.rowsAffected)
            writer.writeInt64(result.rowsAffected)
            writer.writeKey(.lastInsertID)
            writer.writeInt64(result.lastInsertID)
        }
        try self.checkSize(of: answer)
    }

    static func isBlank(_ text: UnsafeRawBufferPointer, from start: Int) -> Bool {
        unsafe text.dropFirst(start).allSatisfy { $0 == 0x20 || $0 == 0x3b || 0x09...0x0d ~= $0 }
    }
}
