/// What a guest hands to `sqlite_batch`: statements that take effect together or not at all.
public struct SQLiteBatchRequest: Hashable, Sendable {
    /// One statement.
    ///
    /// Keys: `query`, empty or absent for the statement before again, and `params`.
    public struct Statement: Hashable, Sendable {
        public var query: String
        public var params: [MessagePackValue]

        public init(_ query: String, _ params: [MessagePackValue] = []) {
            self.query = query
            self.params = params
        }
    }

    /// Key `statements`.
    public var statements: [Statement]

    public init(statements: [Statement]) {
        self.statements = statements
    }
}

extension SQLiteBatchRequest: WireEncodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(1)
        writer.writeKey(.statements)
        writer.writeArrayHeader(self.statements.count)
        for statement in self.statements {
            writer.writeMapHeader(statement.query.isEmpty ? 1 : 2)
            if !statement.query.isEmpty {
                writer.writeKey(.query)
                writer.writeString(statement.query)
            }
            writer.writeKey(.params)
            MessagePackValue.array(statement.params).encode(into: &writer)
        }
    }
}

/// What `sqlite_batch` answers.
///
/// Keys: `results`, one for each statement, nil when one failed; then also `failed`, its number from 0, and `error`.
public struct SQLiteBatchResult: Hashable, Sendable {
    /// One statement's result; `columns` and `rows` only for a statement that gives rows.
    public struct Statement: Hashable, Sendable {
        public var rowsAffected: Int64 = 0
        public var lastInsertID: Int64 = 0
        public var columns: [String]?
        public var rows: [[MessagePackValue]]?
    }

    public var results: [Statement]?
    public var failed: Int64?
    public var error = ""
}

extension SQLiteBatchResult: WireDecodable {
    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init()
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.results where !reader.readNil():
                var results: [Statement] = []
                for _ in 0..<(try reader.readArrayHeader()) { results.append(try Statement(from: &reader)) }
                self.results = results
            case WireKey.results: break
            case WireKey.failed: self.failed = try reader.readInt64()
            case WireKey.error: self.error = try reader.readString()
            default: try reader.skipValue()
            }
        }
    }

    /// A statement of the batch has failed, and with it all of them.
    public static func write(failed: Int, _ error: String, into writer: inout MessagePackWriter) {
        writer.writeMapHeader(3)
        writer.writeKey(.results)
        writer.writeNil()
        writer.writeKey(.failed)
        writer.writeInt64(Int64(failed))
        writer.writeKey(.error)
        writer.writeString(error)
    }
}

extension SQLiteBatchResult.Statement: WireDecodable {
    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init()
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.rowsAffected: self.rowsAffected = try reader.readInt64()
            case WireKey.lastInsertID: self.lastInsertID = try reader.readInt64()
            case WireKey.columns where !reader.readNil():
                var columns: [String] = []
                for _ in 0..<(try reader.readArrayHeader()) { columns.append(try reader.readString()) }
                self.columns = columns
            case WireKey.rows where !reader.readNil(): self.rows = try SQLiteQueryResult.readRows(&reader)
            case WireKey.columns, WireKey.rows: break
            default: try reader.skipValue()
            }
        }
    }
}
