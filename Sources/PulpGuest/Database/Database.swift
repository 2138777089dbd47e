import PulpWire

/// The plugin's own database: `storage.sqlite`.
///
/// The plugin sleeps until a statement is done, and its host does not. What is interpolated is a parameter, never text.
///
/// ```swift
/// let note = try Database.execute("INSERT INTO notes (text) VALUES (\(text))").lastInsertID
/// for row in try Database.query("SELECT id, text FROM notes WHERE done = \(false)") { ... }
/// ```
public enum Database {
    /// What a statement has changed.
    public struct Change: Hashable, Sendable {
        public let rowsAffected: Int64
        /// The row id of the last row that was inserted.
        public let lastInsertID: Int64
    }

    /// Runs SQL that gives no rows: one statement, or several of which the last one counts.
    @discardableResult
    public static func execute(_ sql: SQL) throws(PluginError) -> Change {
        try unsafe Self.call(HostCall("sqlite_exec", .sqlite), sql, sqlite_exec).change
    }

    /// Runs a query and reads every row that it gives.
    ///
    /// - Throws: Status 5 also for an answer beyond `max_result_bytes`: ``stream(_:atOnce:)`` has no such bound.
    public static func query(_ sql: SQL) throws(PluginError) -> Rows {
        try unsafe Self.call(HostCall("sqlite_query", .sqlite), sql, sqlite_query).rows
    }

    /// The first row that a query gives; the query should ask for one.
    public static func queryOne(_ sql: SQL) throws(PluginError) -> Row? {
        try Self.query(sql).first
    }

    /// Runs `body` between `BEGIN IMMEDIATE` and `COMMIT`; what it throws rolls everything back.
    ///
    /// To be ended in the step in which it begins. For statements that are known beforehand, ``batch(_:)`` does the same
    /// in one call.
    public static func transaction<Result>(
        _ body: () throws(PluginError) -> Result
    ) throws(PluginError) -> Result {
        try Self.execute("BEGIN IMMEDIATE")
        do throws(PluginError) {
            let result = try body()
            try Self.execute("COMMIT")
            return result
        } catch {
            _ = try? Self.execute("ROLLBACK")
            throw error
        }
    }

    private static func call(
        _ call: HostCall, _ sql: SQL,
        _ function:
            @convention(c) (
                UnsafeRawPointer?, UInt32, UnsafeRawPointer?, UInt32,
                UnsafeMutablePointer<UnsafeMutableRawPointer?>, UnsafeMutablePointer<UInt32>
            ) -> Int32
    ) throws(PluginError) -> SQLAnswer {
        let values = sql.values.encoded
        var answer = HostAnswer()
        let status = unsafe sql.text.lend { text, textLength in
            unsafe values.lend { value, valueLength in
                unsafe answer.fill { unsafe function(text, textLength, value, valueLength, $0, $1) }
            }
        }
        return try SQLAnswer(answer, status, of: call)
    }
}

extension Literal {
    static var sqlite: Literal {
        """
        storage.sqlite
        1 the statement is empty
        2 statement or values are too long
        5 SQLite refused the statement
        9 the database is closed, or there is no such cursor
        12 the database is busy
        13 a constraint forbids it
        14 the database can only be read
        15 too many cursors are open; `max_cursors` is the limit
        """
    }
}
