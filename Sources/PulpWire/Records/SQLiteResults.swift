/// What `sqlite_exec` answers.
///
/// Keys in order: `rows_affected`, `last_insert_id`, and `error`, absent when there is none.
public struct SQLiteExecResult: Hashable, Sendable {
    public var rowsAffected: Int64
    public var lastInsertID: Int64
    /// Why the statement failed; empty when it did not.
    public var error: String

    public init(rowsAffected: Int64, lastInsertID: Int64, error: String = "") {
        self.rowsAffected = rowsAffected
        self.lastInsertID = lastInsertID
        self.error = error
    }
}

extension SQLiteExecResult: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(self.error.isEmpty ? 2 : 3)
        writer.writeKey(.rowsAffected)
        writer.writeInt64(self.rowsAffected)
        writer.writeKey(.lastInsertID)
        writer.writeInt64(self.lastInsertID)
        guard !self.error.isEmpty else { return }
        writer.writeKey(.error)
        writer.writeString(self.error)
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(rowsAffected: 0, lastInsertID: 0)
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.rowsAffected: self.rowsAffected = try reader.readInt64()
            case WireKey.lastInsertID: self.lastInsertID = try reader.readInt64()
            case WireKey.error: self.error = try reader.readString()
            default: try reader.skipValue()
            }
        }
    }
}

/// What `sqlite_query` answers, and a piece of what `sqlite_query_stream` does.
///
/// Keys in order: `cursor` (of a stream's first piece), `columns` (not of later pieces), `rows`, nil when there are none,
/// `done` (of a stream's pieces), and `error`, absent when there is none.
public struct SQLiteQueryResult: Hashable, Sendable {
    /// Nil when the statement failed.
    public var columns: [String]?
    /// Nil when there are no rows.
    public var rows: [[MessagePackValue]]?
    /// Why the statement failed; empty when it did not.
    public var error: String
    /// Names the cursor of a stream; 0 for none.
    public var cursor: UInt64 = 0
    /// Whether a stream has given its last row.
    public var isDone = false

    public init(columns: [String]?, rows: [[MessagePackValue]]?, error: String = "") {
        self.columns = columns
        self.rows = rows
        self.error = error
    }
}

extension SQLiteQueryResult: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(self.error.isEmpty ? 2 : 3)
        writer.writeKey(.columns)
        if let columns {
            writer.writeArrayHeader(columns.count)
            for column in columns { writer.writeString(column) }
        } else {
            writer.writeNil()
        }
        writer.writeKey(.rows)
        if let rows {
            writer.writeArrayHeader(rows.count)
            for row in rows { MessagePackValue.array(row).encode(into: &writer) }
        } else {
            writer.writeNil()
        }
        guard !self.error.isEmpty else { return }
        writer.writeKey(.error)
        writer.writeString(self.error)
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(columns: nil, rows: nil)
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.columns where !reader.readNil():
                var columns: [String] = []
                for _ in 0..<(try reader.readArrayHeader()) { columns.append(try reader.readString()) }
                self.columns = columns
            case WireKey.rows where !reader.readNil(): self.rows = try Self.readRows(&reader)
            case WireKey.columns, WireKey.rows: break
            case WireKey.error: self.error = try reader.readString()
            case WireKey.cursor: self.cursor = try reader.readUInt64()
            case WireKey.done: self.isDone = try reader.readBool()
            default: try reader.skipValue()
            }
        }
    }

    static func readRows(_ reader: inout MessagePackReader) throws(WireError) -> [[MessagePackValue]] {
        var rows: [[MessagePackValue]] = []
        for _ in 0..<(try reader.readArrayHeader()) {
            var row: [MessagePackValue] = []
            for _ in 0..<(try reader.readArrayHeader()) {
                try reader.countValue()
                row.append(try MessagePackValue(from: &reader))
            }
            rows.append(row)
        }
        return rows
    }
}

/// What `sqlite_error` answers: why this instance's last statement failed.
///
/// Keys in order: `status`, `code`, `message`.
public struct SQLiteError: Hashable, Sendable {
    /// The status that tells failures apart, which `sqlite_exec` and `sqlite_query` of a `pulp.plugin.toml` do not give:
    /// 12 busy or locked, 13 a constraint, 14 read-only, 3 parameters that are none, 5 anything else.
    public var status: Int32
    /// SQLite's extended result code; 0 for a refusal of the host's own.
    public var code: Int32
    /// A sentence for whoever wrote the statement.
    public var message: String

    /// A failure; what is not given is 0 or empty.
    public init(status: Int32 = 0, code: Int32 = 0, message: String = "") {
        self.status = status
        self.code = code
        self.message = message
    }
}

extension SQLiteError: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(3)
        writer.writeKey(.status)
        writer.writeInt64(Int64(self.status))
        writer.writeKey(.code)
        writer.writeInt64(Int64(self.code))
        writer.writeKey(.message)
        writer.writeString(self.message)
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init()
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.status: self.status = try reader.readInt32()
            case WireKey.code: self.code = try reader.readInt32()
            case WireKey.message: self.message = try reader.readString()
            default: try reader.skipValue()
            }
        }
    }
}
