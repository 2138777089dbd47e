import PulpWire

/// The plugin's own database: `storage.sqlite`.
///
/// The plugin sleeps until a statement is done. Values go in as parameters, never into the text of a statement.
///
/// ```swift
/// try Database.execute("INSERT INTO notes (text) VALUES (?)", [.string(text)])
/// let rows = try Database.query("SELECT id, text FROM notes")
/// ```
public enum Database {
    /// What a statement has changed.
    public struct Change: WireDecodable {
        public private(set) var rowsAffected: Int64 = 0
        /// The row id of the last row that was inserted.
        public private(set) var lastInsertID: Int64 = 0

        public init(from reader: inout MessagePackReader) throws(WireError) {
            for _ in 0..<(try reader.readMapHeader()) {
                switch try reader.readKey() {
                case WireKey.rowsAffected: self.rowsAffected = try reader.readInt64()
                case WireKey.lastInsertID: self.lastInsertID = try reader.readInt64()
                default: try reader.skipValue()
                }
            }
        }
    }

    /// What a query has found.
    public struct Rows: WireDecodable {
        public private(set) var columns: [String] = []
        /// One value for each column.
        public private(set) var rows: [[MessagePackValue]] = []

        public init(from reader: inout MessagePackReader) throws(WireError) {
            for _ in 0..<(try reader.readMapHeader()) {
                switch try reader.readKey() {
                case WireKey.columns:
                    for _ in 0..<(try reader.readArrayHeader()) { self.columns.append(try reader.readString()) }
                case WireKey.rows:
                    for _ in 0..<(try reader.readArrayHeader()) {
                        guard case .array(let row) = try MessagePackValue(from: &reader) else { continue }
                        self.rows.append(row)
                    }
                default: try reader.skipValue()
                }
            }
        }
    }

    /// Runs one statement that gives no rows.
    @discardableResult
    public static func execute(_ sql: String, _ parameters: [MessagePackValue] = []) throws(HostError) -> Change {
        try unsafe Self.call(sqlite_exec, sql, parameters).decode(Change.self)
    }

    /// Runs one statement and reads every row of its result.
    public static func query(_ sql: String, _ parameters: [MessagePackValue] = []) throws(HostError) -> Rows {
        try unsafe Self.call(sqlite_query, sql, parameters).decode(Rows.self)
    }

    private static func call(
        _ function: (
            UnsafeRawPointer?, UInt32, UnsafeRawPointer?, UInt32,
            UnsafeMutablePointer<UnsafeMutableRawPointer?>, UnsafeMutablePointer<UInt32>
        ) -> Int32, _ sql: String, _ parameters: [MessagePackValue]
    ) throws(HostError) -> HostAnswer {
        let values = parameters.isEmpty ? [] : MessagePackValue.array(parameters).encodedBytes()
        return try unsafe HostAnswer { block, length in
            unsafe sql.lend { text, textLength in
                unsafe values.lend { value, valueLength in
                    unsafe function(text, textLength, value, valueLength, block, length)
                }
            }
        }
    }
}
