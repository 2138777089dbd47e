import PulpCapability

/// What one plugin may use of its database: `[limits.storage.sqlite]`.
struct SQLiteLimits: Sendable {
    static let databaseBytes = SettingKey.integer(
        "max_database_bytes", in: 65_536...(1 << 46), default: 1 << 30,
        "Bytes of the database; a write beyond fails as when the disk is full.")
    static let logBytes = SettingKey.integer(
        "max_log_bytes", in: 1 << 20...(1 << 46), default: 256 << 20,
        "Bytes of the write-ahead log: what one transaction may write, and what may pile up behind an open cursor.")
    static let temporaryBytes = SettingKey.integer(
        "max_temporary_bytes", in: 65_536...(1 << 46), default: 256 << 20,
        "Bytes of temporary files: large sorts, temporary tables.")
    static let valueBytes = SettingKey.integer(
        "max_value_bytes", in: 4_096...1_000_000_000, default: 8 << 20, "Bytes of one text or blob.")
    static let resultBytes = SettingKey.integer(
        "max_result_bytes", in: 1_024...(1 << 30), default: 8 << 20,
        "Bytes of one answer; `sqlite_query_stream` gives rows in pieces.")
    static let rows = SettingKey.integer(
        "max_rows", in: 1...100_000_000, default: 1_000_000, "Rows of one answer.")
    static let sqlBytes = SettingKey.integer(
        "max_sql_bytes", in: 256...(16 << 20), default: 1 << 20, "Bytes of one text of SQL.")
    static let variables = SettingKey.integer(
        "max_variables", in: 1...250_000, default: 32_766, "Parameters of one statement.")
    static let statements = SettingKey.integer(
        "max_batch_statements", in: 1...1_000_000, default: 100_000,
        "Statements of one `sqlite_batch`, and of one text of SQL.")
    static let cursors = SettingKey.integer(
        "max_cursors", in: 0...1_024, default: 16, "Cursors that `sqlite_query_stream` may hold open.")
    static let statementTime = SettingKey.integer(
        "max_statement_ms", in: 1...3_600_000, default: 30_000,
        "Milliseconds of one call; the step's own deadline counts too.")

    static let keys = [
        Self.databaseBytes, Self.logBytes, Self.temporaryBytes, Self.valueBytes, Self.resultBytes, Self.rows,
        Self.sqlBytes, Self.variables, Self.statements, Self.cursors, Self.statementTime,
    ]

    let databaseBytes: Int
    let logBytes: Int
    let temporaryBytes: Int
    let valueBytes: Int
    let resultBytes: Int
    let rows: Int
    let sqlBytes: Int
    let variables: Int
    let statements: Int
    let cursors: Int
    let statementMilliseconds: Int

    init(_ scope: PluginScope) {
        func limit(_ key: SettingKey) -> Int { scope.limit(key, of: SQLiteCapability.id) }
        self.databaseBytes = limit(Self.databaseBytes)
        self.logBytes = limit(Self.logBytes)
        self.temporaryBytes = limit(Self.temporaryBytes)
        self.valueBytes = limit(Self.valueBytes)
        self.resultBytes = limit(Self.resultBytes)
        self.rows = limit(Self.rows)
        self.sqlBytes = limit(Self.sqlBytes)
        self.variables = limit(Self.variables)
        self.statements = limit(Self.statements)
        self.cursors = limit(Self.cursors)
        self.statementMilliseconds = limit(Self.statementTime)
    }

    /// What to raise when a limit was hit.
    static func remedy(_ key: SettingKey) -> String { "raise \(key.name) in [limits.\(SQLiteCapability.id)]" }
}
