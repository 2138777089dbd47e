import PulpWire

extension Database {
    /// What one statement of a batch has done.
    public struct BatchResult {
        public let change: Change
        /// None for a statement that gives no rows.
        public let rows: Rows
    }

    /// Runs statements in one transaction and one call: they take effect together or not at all.
    ///
    /// ```swift
    /// try Database.batch(names.map { "INSERT INTO people (name) VALUES (\($0))" })
    /// ```
    /// - Returns: What each has done, in order.
    /// - Throws: The first failure, whose sentence counts statements from 0.
    @discardableResult
    public static func batch(_ statements: [SQL]) throws(PluginError) -> [BatchResult] {
        let call = HostCall("sqlite_batch", .sqlite)
        let request = Self.request(of: statements)
        var answer = HostAnswer()
        let status = unsafe request.lend { start, count in
            unsafe answer.fill { unsafe sqlite_batch(start, count, $0, $1) }
        }
        return try SQLAnswer(answer, status, of: call).results.map { BatchResult(change: $0.change, rows: $0.rows) }
    }

    private static func request(of statements: [SQL]) -> [UInt8] {
        MessagePackWriter.encode { writer in
            writer.writeMapHeader(1)
            writer.writeKey(.statements)
            writer.writeArrayHeader(statements.count)
            var previous: [UInt8] = []
            for statement in statements {
                // A text that is the same again need not be sent again.
                let isNew = statement.text != previous
                let values = statement.values.encoded
                writer.writeMapHeader((isNew ? 1 : 0) + (values.isEmpty ? 0 : 1))
                if isNew {
                    writer.writeKey(.query)
                    writer.writeString(utf8: statement.text.wireBytes)
                }
                if !values.isEmpty {
                    writer.writeKey(.params)
                    writer.writeRaw(values.wireBytes)
                }
                previous = statement.text
            }
        }
    }
}
