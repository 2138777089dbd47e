import PulpCapability
import PulpTesting
import PulpWire
import Testing

@testable import PulpSQLite

@Suite("Short reads on an event loop")
struct InlineTests {
    /// An open database and what is asked of it as an event loop would.
    private static func with(_ setUp: [String], _ body: (Connection) throws -> Void) async throws {
        let folder = try Folder()
        let limits = try await Database.with(in: folder) { database async throws in
            for sql in setUp { try await database.must(sql) }
            return SQLiteLimits(database.harness.scope)
        }
        let connection = try Connection.open(folder: folder.path + "/test", limits: limits)
        defer { connection.close() }
        try body(connection)
    }

    private static let items = [
        "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, big BLOB)",
        """
        WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 5000)
        INSERT INTO item SELECT n, 'name ' || n, CASE WHEN n = 77 THEN zeroblob(20000) ELSE zeroblob(100) END FROM c
        """,
        "CREATE VIRTUAL TABLE f USING fts5(x)", "INSERT INTO f VALUES ('hello')",
    ]

    @Test("answer as the database's thread does, to the byte")
    func same() async throws {
        try await Self.with(Self.items) { connection throws in
            for sql in [
                "SELECT id, name FROM item WHERE id = ?", "SELECT * FROM item WHERE id > ? ORDER BY id LIMIT 10",
                "SELECT count(*), max(id), min(id), sum(id), avg(id) FROM item WHERE id < ?",
                "SELECT name FROM item WHERE id IN (?, 2, 3)", "SELECT DISTINCT id % 3 FROM item WHERE id < ?",
                "SELECT a.id FROM item a JOIN item b ON a.id = b.id WHERE a.id = ?",
                "SELECT id FROM item WHERE id = ? + 100000",
            ] {
                let parameters = MessagePackValue.array([.int(50)]).encodedBytes()
                let slow = try connection.slow(sql, parameters)
                for _ in 0..<3 { #expect(try connection.slow(sql, parameters) == slow) }
                // On a busy machine one may use up its half millisecond, and is left to the thread.
                let quick = (0..<100).lazy.compactMap { _ in connection.quick(sql, parameters) }.first
                #expect(quick == slow, "\(sql)")
            }
        }
    }

    @Test("are not tried for what may take long: functions, virtual tables, pragmas, writes, texts that are not kept")
    func refused() async throws {
        try await Self.with(Self.items) { connection throws in
            for sql in [
                "SELECT replace(name, 'a', 'b') FROM item WHERE id = 1", "SELECT x FROM f WHERE f MATCH 'hello'",
                "PRAGMA user_version", "INSERT INTO item (name) VALUES ('x')", "SELECT 1; SELECT 2",
                "SELECT value FROM json_each('[1]')", "SELECT name FROM item WHERE name LIKE '%a%' AND id = 1",
                "PRAGMA integrity_check", "BEGIN", "SELECT randomblob(10)",
                "DELETE FROM item WHERE id = 1 RETURNING id",
            ] {
                for _ in 0..<4 { _ = try? connection.slow(sql, []) }
                if connection.isInTransaction { try connection.rollBack() }
                #expect(connection.quick(sql, []) == nil, "\(sql)")
            }
        }
    }

    @Test("give up, and are asked of the thread, when they would read files, take long, or have large values")
    func givenUp() async throws {
        try await Self.with(Self.items) { connection throws in
            let large = "SELECT big FROM item WHERE id = ?"
            let number = MessagePackValue.array([.int(77)]).encodedBytes()
            let key = "SELECT id FROM item WHERE id = ?"
            for _ in 0..<3 { _ = try connection.slow(large, number) }
            for _ in 0..<3 { _ = try connection.slow(key, number) }
            #expect(connection.quick(large, number) == nil)
            #expect(connection.quick(key, number) != nil)
            // Nothing in memory: every page would have to be read.
            try connection.run("PRAGMA shrink_memory")
            #expect(connection.quick(key, number) == nil)
            #expect(!connection.isInTransaction)
            _ = try connection.slow(key, number)
            _ = connection.quick(key, number)
            #expect(connection.quick(key, number) != nil)
        }
    }

    @Test("stop after a bounded number of operations")
    func budget() async throws {
        try await Self.with([
            "CREATE TABLE t (a)", "INSERT INTO t VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)",
        ]) { connection throws in
            let long = "SELECT count(*) FROM t a, t b, t c, t d, t e WHERE a.a + b.a + c.a + d.a + e.a > ?"
            let number = MessagePackValue.array([.int(5)]).encodedBytes()
            for _ in 0..<3 { _ = try connection.slow(long, number) }
            #expect(connection.quick(long, number) == nil)
            #expect(try connection.slow(long, number) == connection.slow(long, number))
        }
    }

    @Test("leave the limits, the parameters and the transaction as they were")
    func traces() async throws {
        try await Self.with(Self.items) { connection throws in
            let key = "SELECT id FROM item WHERE id = ?"
            let number = MessagePackValue.array([.int(77)]).encodedBytes()
            for _ in 0..<3 { _ = try connection.slow(key, number) }
            for _ in 0..<100 { _ = connection.quick(key, number) }
            #expect(!connection.files.isInline && !connection.isInTransaction)
            let large = MessagePackValue.array([.binary([UInt8](repeating: 7, count: 100_000))]).encodedBytes()
            #expect(try connection.slow("SELECT ?", large).count > 100_000)
            let file = try connection.slow("INSERT INTO item (name) VALUES ('new') RETURNING name", [])
            #expect(!file.isEmpty)
        }
    }

    @Test("wait for nobody: while somebody has the connection, or a transaction is open, they are not tried")
    func taken() throws {
        var queue = StatementQueue()
        func takes() -> Bool { queue.tryTake() }
        let first = takes()
        #expect(first)
        var isTaken = takes()
        #expect(!isTaken)
        let mustWake = queue.giveBack()
        #expect(!mustWake)
        queue.finished(owner: InstanceID(number: 1))
        isTaken = takes()
        #expect(!isTaken)
        queue.finished(owner: nil)
        let isAppended = queue.append(.housekeeping(.endStep, instance: InstanceID(number: 1)))
        #expect(isAppended)
        isTaken = takes()
        #expect(!isTaken)
        let left = queue.close()
        isTaken = takes()
        #expect(left.count == 1 && !isTaken)
    }
}

extension Connection {
    func slow(_ sql: String, _ parameters: [UInt8]) throws -> [UInt8] {
        let answer = unsafe try [UInt8](sql.utf8).wireBytes.withUnsafeBytes { (text) throws(SQLiteFailure) in
            try unsafe self.query(text, parameters.wireBytes)
        }
        return answer.withBytes { [UInt8](copying: $0) }
    }

    func quick(_ sql: String, _ parameters: [UInt8]) -> [UInt8]? {
        let answer = unsafe [UInt8](sql.utf8).withUnsafeBytes { unsafe self.queryInline($0, parameters.wireBytes) }
        return answer?.withBytes { [UInt8](copying: $0) }
    }
}
