import CSQLite

/// Reads the database that the plugin under test has written.
@safe final class DatabaseReader {
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    /// More rows are not for comparing.
    private static let mostRows = 10_000
    /// Steps of SQLite's machine, in thousands, that a query may take: seconds.
    private static let mostThousands = 1_000_000

    private let handle: OpaquePointer
    private let budget: UnsafeMutablePointer<Int>

    init(path: String) throws(Problem) {
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX
        let code = unsafe sqlite3_open_v2(path, &opened, flags, nil)
        guard code == SQLITE_OK, let handle = unsafe opened else {
            unsafe sqlite3_close(opened)
            throw Problem(description: "the plugin has no database yet")
        }
        unsafe self.handle = unsafe handle
        unsafe self.budget = .allocate(capacity: 1)
        unsafe self.budget.initialize(to: Self.mostThousands)
        unsafe sqlite3_busy_timeout(handle, 2_000)
        // The budget outlives the handle, which alone calls this.
        unsafe sqlite3_progress_handler(
            handle, 1_000,
            { context in
                guard let left = unsafe context?.assumingMemoryBound(to: Int.self) else { return 1 }
                unsafe left.pointee -= 1
                return unsafe left.pointee < 0 ? 1 : 0
            }, self.budget)
        guard unsafe sqlite3_exec(handle, "PRAGMA query_only = ON", nil, nil, nil) == SQLITE_OK else {
            throw Problem(description: "the plugin's database cannot be read")
        }
    }

    deinit {
        unsafe sqlite3_close(self.handle)
        unsafe self.budget.deallocate()
    }

    /// The rows of one statement: values in the order of the columns, with their names.
    func rows(_ sql: String) throws(Problem) -> [[(name: String, value: JSONValue)]] {
        var prepared: OpaquePointer?
        guard unsafe sqlite3_prepare_v2(self.handle, sql, -1, &prepared, nil) == SQLITE_OK,
            let statement = unsafe prepared
        else { throw self.problem }
        defer { unsafe sqlite3_finalize(statement) }
        var rows: [[(name: String, value: JSONValue)]] = []
        while true {
            let code = unsafe sqlite3_step(statement)
            guard code == SQLITE_ROW else {
                guard code == SQLITE_DONE else { throw self.problem }
                return rows
            }
            guard rows.count < Self.mostRows else {
                throw Problem(description: "there are more than \(Self.mostRows) rows; ask for fewer")
            }
            rows.append(
                (0..<(unsafe sqlite3_column_count(statement))).map { column in
                    let name = unsafe sqlite3_column_name(statement, column).map { unsafe String(cString: $0) } ?? ""
                    return (name, unsafe Self.value(statement, column))
                })
        }
    }

    private var problem: Problem {
        unsafe Problem(description: "SQLite says: \(Shown.line(String(cString: sqlite3_errmsg(self.handle))))")
    }

    @unsafe private static func value(_ statement: OpaquePointer, _ column: Int32) -> JSONValue {
        switch unsafe sqlite3_column_type(statement, column) {
        case SQLITE_INTEGER: return .integer(unsafe sqlite3_column_int64(statement, column))
        case SQLITE_FLOAT: return .number(unsafe sqlite3_column_double(statement, column))
        case SQLITE_TEXT:
            return .string(unsafe sqlite3_column_text(statement, column).map { unsafe String(cString: $0) } ?? "")
        case SQLITE_BLOB:
            let count = Int(unsafe sqlite3_column_bytes(statement, column))
            guard let start = unsafe sqlite3_column_blob(statement, column) else { return .string("") }
            let bytes = unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: count))
            return .string(Base64Text.text(bytes))
        default: return .null
        }
    }
}
