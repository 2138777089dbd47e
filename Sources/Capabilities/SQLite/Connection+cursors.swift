import CSQLite
import PulpCapability
import PulpWire

/// A statement that gives its rows in pieces. Belongs to one instance.
final class Cursor {
    let instance: InstanceID
    let statement: Statement
    /// Whether the statement stands on a row that was not given yet.
    var hasRow: Bool

    init(instance: InstanceID, statement: Statement, hasRow: Bool) {
        self.instance = instance
        self.statement = statement
        self.hasRow = hasRow
    }
}

/// `sqlite_query_stream` and what follows it.
extension Connection {
    /// Bytes after which a piece is full.
    private static let pieceBytes = 64 << 10

    /// Why a cursor gives nothing.
    enum CursorFailure: Error {
        case tooMany, unknown, failed(SQLiteFailure)
    }

    /// Runs a query to its first row, and gives the first piece.
    func openCursor(
        _ sql: UnsafeRawBufferPointer, _ parameters: RawSpan, maximumRows: Int, for instance: InstanceID
    ) throws(CursorFailure) -> AnswerBuffer {
        guard self.cursors.count < self.limits.cursors else { throw .tooMany }
        let cursor: Cursor
        do throws(SQLiteFailure) {
            cursor = try unsafe self.makeCursor(sql, parameters, for: instance)
        } catch {
            throw .failed(error)
        }
        self.lastCursor += 1
        self.cursors[self.lastCursor] = cursor
        return try self.piece(of: cursor, self.lastCursor, isFirst: true, maximumRows: maximumRows)
    }

    private func makeCursor(
        _ sql: UnsafeRawBufferPointer, _ parameters: RawSpan, for instance: InstanceID
    ) throws(SQLiteFailure) -> Cursor {
        // Not from the cache: it stays open while the same text may run elsewhere.
        guard let (statement, used) = unsafe try self.prepare(sql, isKept: false) else {
            throw SQLiteFailure(code: SQLITE_ERROR, text: "the query holds no statement")
        }
        guard unsafe Self.isBlank(sql, from: used) else {
            throw SQLiteFailure(code: SQLITE_ERROR, text: "a stream is of one statement")
        }
        guard statement.isReadOnly, !statement.columns.isEmpty else {
            throw SQLiteFailure(code: SQLITE_ERROR, text: "a stream is of a statement that reads rows")
        }
        try unsafe Parameters.bind(parameters, to: statement, statement.handle)
        return Cursor(instance: instance, statement: statement, hasRow: try self.step(statement))
    }

    /// The next piece. The last one closes the cursor.
    func readCursor(_ number: UInt64, maximumRows: Int, for instance: InstanceID) throws(CursorFailure) -> AnswerBuffer
    {
        guard let cursor = self.cursors[number], cursor.instance == instance else { throw .unknown }
        return try self.piece(of: cursor, number, isFirst: false, maximumRows: maximumRows)
    }

    /// False when the instance has no such cursor.
    func closeCursor(_ number: UInt64, for instance: InstanceID) -> Bool {
        guard self.cursors[number]?.instance == instance else { return false }
        self.cursors[number] = nil
        return true
    }

    func closeCursors(of instance: InstanceID) {
        self.cursors = self.cursors.filter { $0.value.instance != instance }
    }

    private func piece(
        of cursor: Cursor, _ number: UInt64, isFirst: Bool, maximumRows: Int
    ) throws(CursorFailure) -> AnswerBuffer {
        let answer = AnswerBuffer(limit: self.limits.resultBytes, capacity: 4_096)
        let names = cursor.statement.columnNames
        answer.append(names.count + 64) { writer in
            writer.writeMapHeader(isFirst ? 4 : 2)
            if isFirst {
                writer.writeKey(.cursor)
                writer.writeUInt64(number)
                writer.writeKey(.columns)
                writer.writeRaw(names.wireBytes)
            }
            writer.writeKey(.rows)
        }
        let place = answer.beginArray()
        var count = 0
        do throws(SQLiteFailure) {
            while cursor.hasRow, count < maximumRows, answer.count < Self.pieceBytes {
                unsafe RowWriter.append(cursor.statement.handle, cursor.statement.columns, to: answer)
                try self.checkSize(of: answer)
                count += 1
                cursor.hasRow = try self.step(cursor.statement)
            }
        } catch {
            self.cursors[number] = nil
            throw .failed(error)
        }
        answer.endArray(count == 0 ? nil : count, at: place)
        answer.append(16) { writer in
            writer.writeKey(.done)
            writer.writeBool(!cursor.hasRow)
        }
        if !cursor.hasRow { self.cursors[number] = nil }
        return answer
    }
}
