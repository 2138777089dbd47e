import PulpWire

/// What any of the imports of `storage.sqlite` has answered: one reader for all of them.
struct SQLAnswer {
    var rowsAffected: Int64 = 0
    var lastInsertID: Int64 = 0
    var cursor: UInt64 = 0
    var isDone = false
    /// The answers of a batch, whose bytes are the same.
    var results: [SQLAnswer] = []
    private var header = RowHeader()
    private var starts: [UInt32] = []
    private var bytes: [UInt8]
    private var failed: Int64?
    private var error: [UInt8] = []

    /// - Throws: For a status that is not 0, with SQLite's own message where the host sends it.
    init(_ answer: borrowing HostAnswer, _ status: Int32, of call: HostCall) throws(PluginError) {
        self.bytes = answer.bytes
        // No bytes: refused before SQLite was asked, or by an import that gives a status only.
        if !self.bytes.isEmpty {
            var reader = MessagePackReader(answer.span)
            do throws(WireError) {
                try self.read(&reader)
            } catch {
                throw PluginError(status: .decodeFailed, call: call)
            }
        }
        guard status != 0 else { return }
        if self.bytes.isEmpty, let failure = Self.lastFailure(after: status) {
            throw PluginError(
                status: Status(rawValue: failure.status), call: call, detail: [UInt8](copying: failure.message))
        }
        var detail: [UInt8] = []
        if let failed {
            Literal("statement ").append(to: &detail)
            appendDecimal(Int32(truncatingIfNeeded: failed), to: &detail)
            Literal(": ").append(to: &detail)
        }
        try call.check(status, detail: detail + self.error)
    }

    /// What the host keeps about a statement that failed: `sqlite_exec` and `sqlite_query` say only that it has.
    private static func lastFailure(after status: Int32) -> SQLiteError? {
        guard status == Status.encodeFailed.rawValue else { return nil }
        var answer = HostAnswer()
        guard unsafe answer.fill({ unsafe sqlite_error($0, $1) }) == 0, !answer.isEmpty else { return nil }
        return try? answer.decode(SQLiteError.self, of: HostCall("sqlite_error", .sqlite))
    }

    var change: Database.Change {
        Database.Change(rowsAffected: self.rowsAffected, lastInsertID: self.lastInsertID)
    }

    var rows: Rows { Rows(self.bytes, self.header, starts: self.starts) }

    /// The rows of a later piece, whose columns the first one named.
    func rows(of first: Rows?) -> Rows {
        Rows(self.bytes, first?.header ?? self.header, starts: self.starts)
    }

    private init(partOf bytes: [UInt8]) {
        self.bytes = bytes
    }

    private mutating func read(_ reader: inout MessagePackReader) throws(WireError) {
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.rowsAffected: self.rowsAffected = try reader.readInt64()
            case WireKey.lastInsertID: self.lastInsertID = try reader.readInt64()
            case WireKey.columns: self.header.bytes = [UInt8](copying: try reader.readRawValue())
            case WireKey.rows:
                for _ in 0..<(try reader.readArrayHeader()) {
                    self.starts.append(UInt32(reader.offset))
                    try reader.skipValue()
                }
            case WireKey.cursor: self.cursor = try reader.readUInt64()
            case WireKey.done: self.isDone = try reader.readBool()
            case WireKey.failed: self.failed = try reader.readInt64()
            case WireKey.error: self.error = try reader.readBytes()
            case WireKey.results:
                for _ in 0..<(try reader.readArrayHeader()) {
                    var result = SQLAnswer(partOf: self.bytes)
                    try result.read(&reader)
                    self.results.append(result)
                }
            default: try reader.skipValue()
            }
        }
    }
}
