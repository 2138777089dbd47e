import CSQLite
import PulpWire

/// A prepared statement, and what is known of it. Confined to whoever has its connection.
@safe final class Statement {
    /// How a column's values are read; its declared type decides.
    enum ColumnKind {
        case plain, moment, boolean
    }

    let handle: OpaquePointer
    /// Its text; empty for one that is not kept.
    let sql: [UInt8]
    private(set) var columns: [ColumnKind]
    let isReadOnly: Bool
    let controlsTransaction: Bool
    let parameterCount: Int
    /// Their names, as an array in MessagePack.
    private(set) var columnNames: [UInt8]
    /// SQLite's indices for each parameter's place; nil when the two are the same.
    let placement: [Int: [Int32]]?
    /// A name that no place stands for; such a statement cannot be bound.
    let unknownName: String?
    /// A second one that may run on an event loop; nil until it has been looked at, and for most.
    var inline = InlineStatement()
    var lastUse: UInt64 = 0

    init(_ handle: OpaquePointer, sql: [UInt8], notes: Authorizer) {
        unsafe self.handle = unsafe handle
        self.sql = sql
        self.isReadOnly = unsafe sqlite3_stmt_readonly(handle) != 0
        self.controlsTransaction = notes.controlsTransaction
        self.columns = unsafe Self.kinds(handle)
        self.columnNames = unsafe Self.names(handle)
        self.parameterCount = unsafe Int(sqlite3_bind_parameter_count(handle))
        (self.placement, self.unknownName) = unsafe Self.placement(handle, count: self.parameterCount)
    }

    deinit {
        unsafe sqlite3_finalize(self.handle)
        if let inline = unsafe self.inline.handle { unsafe sqlite3_finalize(inline) }
    }

    /// Bytes of memory that it holds.
    var byteCount: Int { unsafe Int(sqlite3_stmt_status(self.handle, SQLITE_STMTSTATUS_MEMUSED, 0)) }

    /// After the first step: SQLite prepares a statement anew when the schema has changed, and `*` may be other columns.
    func refresh() {
        guard unsafe sqlite3_stmt_status(self.handle, SQLITE_STMTSTATUS_REPREPARE, 1) > 0 else { return }
        self.columns = unsafe Self.kinds(self.handle)
        self.columnNames = unsafe Self.names(self.handle)
        if let inline = unsafe self.inline.handle { unsafe sqlite3_finalize(inline) }
        self.inline = InlineStatement()
    }

    private static func kinds(_ handle: OpaquePointer) -> [ColumnKind] {
        unsafe (0..<sqlite3_column_count(handle)).map { unsafe Self.kind(of: sqlite3_column_decltype(handle, $0)) }
    }

    private static func names(_ handle: OpaquePointer) -> [UInt8] {
        let count = unsafe sqlite3_column_count(handle)
        return MessagePackWriter.encode { writer in
            writer.writeArrayHeader(Int(count))
            for index in 0..<count {
                unsafe writer.writeString(sqlite3_column_name(handle, index).map { unsafe String(cString: $0) } ?? "")
            }
        }
    }

    private static func kind(of declared: UnsafePointer<CChar>?) -> ColumnKind {
        guard let declared = unsafe declared else { return .plain }
        return switch unsafe String(cString: declared).uppercased() {
        case "DATE", "DATETIME", "TIMESTAMP": .moment
        case "BOOLEAN": .boolean
        default: .plain
        }
    }

    /// Where values go: `?` and `?N` by their index, `$N` by its number, as the reference's driver does.
    private static func placement(_ handle: OpaquePointer, count: Int) -> ([Int: [Int32]]?, String?) {
        var placement: [Int: [Int32]] = [:]
        var isPlain = true
        for index in 1..<(Int32(count) + 1) {
            var place = Int(index)
            if let name = unsafe sqlite3_bind_parameter_name(handle, index) {
                let text = unsafe String(cString: name)
                if text.hasPrefix("$"), let number = Int(text.dropFirst()) {
                    place = number
                } else if !text.hasPrefix("?") {
                    return (nil, String(text.prefix(80)))
                }
            }
            if place != Int(index) { isPlain = false }
            placement[place, default: []].append(index)
        }
        return (isPlain ? nil : placement, nil)
    }
}

/// A statement's twin for event loops, and whether it is worth trying.
@safe struct InlineStatement {
    /// Prepared by the old interface, which never prepares anew behind our back: nothing is parsed on a fiber's stack.
    var handle: OpaquePointer?
    /// How often the statement was run elsewhere before it is looked at.
    var runsBeforeCheck = 1
    var isChecked = false
    /// Tries to leave out, since the last ones failed; doubles each time.
    private var skips = 0
    private var penalty = 1

    mutating func mayTry() -> Bool {
        guard self.skips > 0 else { return true }
        self.skips -= 1
        return false
    }

    mutating func succeeded() {
        self.penalty = 1
    }

    mutating func failed() {
        self.skips = self.penalty
        self.penalty = min(self.penalty * 2, 1_024)
    }
}
