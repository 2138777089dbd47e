import PulpCapability

/// The functions that guests import.
extension SQLiteCapability {
    package static let imports: [HostImport<SQLiteSession>] = [
        .suspendingWords(
            ImportSignature(
                "sqlite_exec", Self.statementWords + Self.outPair,
                summary: "Runs SQL: `{rows_affected, last_insert_id}` of its last statement.",
                statuses: Self.referenceStatuses)
        ) { session, call in session.exec(&call) },
        .suspendingWords(
            ImportSignature(
                "sqlite_query", Self.statementWords + Self.outPair,
                summary: "Runs SQL: `{columns, rows}` of its last statement with columns; `rows` is nil without any.",
                statuses: Self.referenceStatuses)
        ) { session, call in session.query(&call) },
        .suspendingWords(
            ImportSignature(
                "sqlite_batch", [.init("req_ptr"), .init("req_len")] + Self.outPair,
                summary: "Runs `{statements}`, each `{query, params}`, in one transaction: `{results}`, or "
                    + "`{failed, error}` and nothing has happened.",
                statuses: Self.ownStatuses.merging([9: "the database is closed"]) { $1 })
        ) { session, call in session.batch(&call) },
        .suspendingWords(
            ImportSignature(
                "sqlite_query_stream", Self.statementWords + [.init("max_rows")] + Self.outPair,
                summary: "Begins to read rows in pieces: `{cursor, columns, rows, done}`.",
                statuses: Self.ownStatuses.merging([
                    9: "the database is closed", 15: "too many cursors are open (`max_cursors`)",
                ]) { $1 })
        ) { session, call in session.openStream(&call) },
        .suspendingWords(
            ImportSignature(
                "sqlite_query_stream_next", Self.cursorWords + [.init("max_rows")] + Self.outPair,
                summary: "The next piece of a stream: `{rows, done}`; the last one closes it.",
                statuses: Self.ownStatuses)
        ) { session, call in session.readStream(&call) },
        .suspendingWords(
            ImportSignature(
                "sqlite_query_stream_close", Self.cursorWords,
                summary: "Ends a stream before its last row.",
                statuses: [
                    0: "done", 9: "this instance has no such cursor, or the database is closed",
                    5: "failed", 12: "busy: another instance has a transaction open", 99: "not granted",
                ])
        ) { session, call in session.closeStream(&call) },
        .words(
            ImportSignature(
                "sqlite_error", Self.outPair,
                summary: "Why this instance's last statement failed: `{status, code, message}`; no bytes when "
                    + "none has.",
                statuses: [
                    0: "done", 7: "`pulp_alloc` gave no room", 8: "answer or out-pair outside the memory",
                    99: "not granted",
                ])
        ) { session, call in session.lastError(&call) },
    ]

    private static let statementWords: [ImportSignature.Parameter] = [
        .init("query_ptr"), .init("query_len"), .init("params_ptr"), .init("params_len"),
    ]
    private static let cursorWords: [ImportSignature.Parameter] = [.init("cursor_lo"), .init("cursor_hi")]
    private static let outPair: [ImportSignature.Parameter] = [.init("resp_ptr_out"), .init("resp_len_out")]

    private static let commonStatuses: [Int32: String] = [
        0: "done", 1: "empty query", 2: "query or parameters outside the memory",
        3: "the parameters are not an array of values", 7: "`pulp_alloc` gave no room",
        8: "answer or out-pair outside the memory", 9: "no such cursor, or the database is closed", 99: "not granted",
    ]
    private static let referenceStatuses = Self.commonStatuses.merging([
        5: "the SQL failed; in v0.1 for any reason, which `sqlite_error` tells", 9: "the database is closed",
        12: "busy or locked (cell)",
        13: "a constraint (cell)", 14: "read-only (cell)",
    ]) { $1 }
    private static let ownStatuses = Self.commonStatuses.merging([
        5: "the SQL failed", 12: "busy or locked", 13: "a constraint", 14: "read-only",
    ]) { $1 }
}
