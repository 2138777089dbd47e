import PulpWire

extension Database {
    /// Runs a query whose rows are read one by one, in pieces of about 64 KiB: for results of any size.
    ///
    /// ```swift
    /// var rows = try Database.stream("SELECT name FROM people")
    /// while let row = try rows.next() { ... }
    /// ```
    /// - `atOnce`: The most rows that one piece has; 0 leaves it to the host.
    public static func stream(_ sql: SQL, atOnce: UInt32 = 0) throws(PluginError) -> RowStream {
        let values = sql.values.encoded
        var answer = HostAnswer()
        let status = unsafe sql.text.lend { text, textLength in
            unsafe values.lend { value, valueLength in
                unsafe answer.fill { unsafe sqlite_query_stream(text, textLength, value, valueLength, atOnce, $0, $1) }
            }
        }
        return RowStream(try SQLAnswer(answer, status, of: HostCall("sqlite_query_stream", .sqlite)), atOnce: atOnce)
    }

    /// Runs a query and hands its rows to `body` one by one.
    public static func forEach(_ sql: SQL, _ body: (Row) throws(PluginError) -> Void) throws(PluginError) {
        var rows = try Self.stream(sql)
        while let row = try rows.next() { try body(row) }
    }
}

/// The rows of a query, as they are read. Ends with the last row, or when it is no longer used.
public struct RowStream: ~Copyable {
    private var rows: Rows
    private var index = 0
    /// 0 when the host has closed it.
    private var cursor: UInt64
    private let atOnce: UInt32

    init(_ answer: SQLAnswer, atOnce: UInt32) {
        self.rows = answer.rows
        self.cursor = answer.isDone ? 0 : answer.cursor
        self.atOnce = atOnce
    }

    deinit {
        guard self.cursor != 0 else { return }
        _ = sqlite_query_stream_close(
            UInt32(truncatingIfNeeded: self.cursor), UInt32(truncatingIfNeeded: self.cursor >> 32))
    }

    /// The names of the columns, as the query has them.
    public var columns: [String] { self.rows.columns }

    /// The next row; nil after the last one.
    public mutating func next() throws(PluginError) -> Row? {
        while self.index == self.rows.count {
            guard self.cursor != 0 else { return nil }
            try self.readOn()
        }
        self.index += 1
        return self.rows[self.index - 1]
    }

    private mutating func readOn() throws(PluginError) {
        let cursor = self.cursor
        var answer = HostAnswer()
        let status = unsafe answer.fill {
            unsafe sqlite_query_stream_next(
                UInt32(truncatingIfNeeded: cursor), UInt32(truncatingIfNeeded: cursor >> 32), self.atOnce, $0, $1)
        }
        let piece = try SQLAnswer(answer, status, of: HostCall("sqlite_query_stream_next", .sqlite))
        if piece.isDone { self.cursor = 0 }
        self.rows = piece.rows(of: self.rows)
        self.index = 0
    }
}
