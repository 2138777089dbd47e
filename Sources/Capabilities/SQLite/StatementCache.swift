/// The statements that a connection keeps prepared, by their text; the one unused for longest goes first.
@safe struct StatementCache {
    private struct Entry {
        let hash: Int
        let statement: Statement
    }

    /// Few enough to be looked through.
    static let capacity = 64
    /// What is longer is hardly run twice.
    static let maximumSQLBytes = 16 << 10
    /// Memory of one statement that is kept.
    static let maximumStatementBytes = 256 << 10

    private var entries: [Entry] = []
    private var clock: UInt64 = 0

    var count: Int { self.entries.count }

    mutating func find(_ sql: UnsafeRawBufferPointer) -> Statement? {
        guard sql.count <= Self.maximumSQLBytes else { return nil }
        let hash = unsafe Self.hash(sql)
        for entry in self.entries where unsafe entry.hash == hash && entry.statement.sql.elementsEqual(sql) {
            self.clock += 1
            entry.statement.lastUse = self.clock
            return entry.statement
        }
        return nil
    }

    mutating func insert(_ statement: Statement) {
        if self.entries.count >= Self.capacity,
            let oldest = self.entries.indices.min(by: {
                self.entries[$0].statement.lastUse < self.entries[$1].statement.lastUse
            })
        {
            self.entries.swapAt(oldest, self.entries.count - 1)
            self.entries.removeLast()
        }
        self.clock += 1
        statement.lastUse = self.clock
        let hash = unsafe statement.sql.withUnsafeBytes { unsafe Self.hash($0) }
        self.entries.append(Entry(hash: hash, statement: statement))
    }

    mutating func removeAll() {
        self.entries.removeAll()
    }

    /// Seeded by the process: a guest cannot choose collisions.
    private static func hash(_ sql: UnsafeRawBufferPointer) -> Int {
        var hasher = Hasher()
        unsafe hasher.combine(bytes: sql)
        return hasher.finalize()
    }
}
