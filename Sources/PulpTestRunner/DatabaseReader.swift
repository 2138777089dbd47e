import CSQLite

/// Reads the database that the plugin under test has written.
@safe final class DatabaseReader {
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    /// More rows are not for comparing.
    private static let mostRows = 10_000
    /// Nor are longer values, in bytes.
    private static let longestValue: Int32 = 16 << 20

    private let handle: OpaquePointer

    init(path: String) throws(Problem) {
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX
        let code = unsafe sqlite3_open_v2(path, &opened, flags, nil)
        guard code == SQLITE_OK, let handle = unsafe opened else {
            unsafe sqlite3_close(opened)
            throw Problem(description: "the plugin has no database yet")
        }
        unsafe self.handle = unsafe handle
        unsafe sqlite3_busy_timeout(handle, 2_000)
        unsafe sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, Self.longestValue)
        // Called on the thread that asks, which runs the test's task.
        unsafe sqlite3_progress_handler(handle, 1_000, { _ in TestTime.isOver ? 1 : 0 }, nil)
        guard unsafe sqlite3_exec(handle, "PRAGMA query_only = ON", nil, nil, nil) == SQLITE_OK else {
            throw Problem(description: "the plugin's database cannot be read")
        }
    }

    deinit {
        unsafe sqlite3_close(self.handle)
    }

    /// The rows of one statement: values in the order of the columns, with their names.
    func rows(_ sql: String) throws(Problem) -> [[(name: String, value: JSONValue)]] {
        var prepared: OpaquePointer?
        var isAlone = true
        let code = unsafe sql.withCString { text in
            var rest: UnsafePointer<CChar>?
            let code = unsafe sqlite3_prepare_v2(self.handle, text, -1, &prepared, &rest)
            // Space and comments make no statement.
            var second: OpaquePointer?
            let secondCode = unsafe code == SQLITE_OK ? sqlite3_prepare_v2(self.handle, rest, -1, &second, nil) : code
            isAlone = unsafe secondCode == SQLITE_OK && second == nil
            unsafe sqlite3_finalize(second)
            return code
        }
        guard code == SQLITE_OK else { throw self.problem }
        guard let statement = unsafe prepared else { throw Problem(description: "there is no statement in it") }
        defer { unsafe sqlite3_finalize(statement) }
        guard isAlone else { throw Problem(description: "there is more than one statement; make a step of each") }
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
            let text = unsafe UnsafeRawPointer(sqlite3_column_text(statement, column))
            return .string(String(decoding: unsafe Self.bytes(text, statement, column), as: UTF8.self))
        case SQLITE_BLOB:
            let blob = unsafe sqlite3_column_blob(statement, column)
            return .string(Base64Text.text(unsafe Self.bytes(blob, statement, column)))
        default: return .null
        }
    }

    /// A text or a blob: both may have a 0 in them.
    @unsafe private static func bytes(
        _ start: UnsafeRawPointer?, _ statement: OpaquePointer, _ column: Int32
    ) -> [UInt8] {
        guard let start = unsafe start else { return [] }
        let count = Int(unsafe sqlite3_column_bytes(statement, column))
        return unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: count))
    }
}
