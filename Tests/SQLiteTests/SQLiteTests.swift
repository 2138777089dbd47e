import PulpCapability
import PulpTesting
import PulpWire
import Testing

@testable import PulpSQLite

@Suite("sqlite_exec and sqlite_query")
struct SQLiteTests {
    @Test("answer the reference's records to the byte")
    func bytes() async throws {
        try await Database.with { database async throws in
            let create = try await database.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)")
            #expect(create.status == 0)
            let insert = try await database.exec("INSERT INTO t (name) VALUES (?)", [.string("a")])
            let one: [UInt8] = [0xd3, 0, 0, 0, 0, 0, 0, 0, 1]
            #expect(
                insert.bytes == [0x82, 0xad] + Array("rows_affected".utf8) + one + [0xae]
                    + Array("last_insert_id".utf8) + one)
            let some = try await database.query("SELECT id, name FROM t")
            #expect(
                some.bytes == [0x82, 0xa7] + Array("columns".utf8) + [0x92, 0xa2] + Array("id".utf8) + [0xa4]
                    + Array("name".utf8) + [0xa4] + Array("rows".utf8) + [0x91, 0x92] + one + [0xa1, 0x61])
        }
    }

    @Test("have nil for rows when there are none, also where no statement gives any")
    func noRows() async throws {
        try await Database.with { database async throws in
            try await database.must("CREATE TABLE t (id INTEGER)")
            for _ in 0..<5 {
                let none = try await database.query("SELECT id FROM t WHERE id = ?", [.int(7)])
                #expect(none.status == 0)
                #expect(try none.query() == SQLiteQueryResult(columns: ["id"], rows: nil))
                #expect(none.bytes.last == 0xc0)
            }
            let insert = try await database.query("INSERT INTO t VALUES (1)")
            #expect(try insert.query() == SQLiteQueryResult(columns: [], rows: nil))
            #expect(try await database.query("-- nothing").query() == SQLiteQueryResult(columns: [], rows: nil))
        }
    }

    @Test("give values by their type: integers of nine bytes, floats, text, bytes, nil")
    func types() async throws {
        try await Database.with { database async throws in
            for _ in 0..<5 {
                let row = try await database.rows(
                    "SELECT ?, ?, ?, ?, ?, ?, ?",
                    [.int(-5), .double(1.5), .string("ä\0b"), .binary([0, 255]), .nil, .bool(true), .binary([])])
                #expect(
                    row == [[.int(-5), .double(1.5), .string("ä\0b"), .binary([0, 255]), .nil, .int(1), .binary([])]])
            }
            let empty = try await database.rows("SELECT ?, typeof(?)", [.string(""), .string("")])
            #expect(empty == [[.string(""), .string("text")]])
        }
    }

    @Test("give timestamps for text in columns declared DATE, DATETIME or TIMESTAMP, and booleans for BOOLEAN")
    func declared() async throws {
        try await Database.with { database async throws in
            try await database.must("CREATE TABLE t (a date, b DateTime, c TIMESTAMP, d BOOLEAN, e TEXT)")
            try await database.must(
                "INSERT INTO t VALUES ('2024-02-29', '2024-02-29 12:30:00.25', ?, 1, '2024-02-29'), (5, 'soon', NULL, 0, '')",
                [.timestamp(seconds: 1_700_000_000, nanoseconds: 500_000_000)])
            for _ in 0..<4 {
                let rows = try await database.rows("SELECT * FROM t")
                #expect(
                    rows == [
                        [
                            .timestamp(seconds: 1_709_164_800, nanoseconds: 0),
                            .timestamp(seconds: 1_709_209_800, nanoseconds: 250_000_000),
                            .timestamp(seconds: 1_700_000_000, nanoseconds: 500_000_000), .bool(true),
                            .string("2024-02-29"),
                        ], [.int(5), .string("soon"), .nil, .bool(false), .string("")],
                    ])
            }
            #expect(
                try await database.rows("SELECT c || '' FROM t LIMIT 1") == [
                    [.string("2023-11-14 22:13:20.5 +0000 UTC")]
                ])
        }
    }

    @Test("run several statements of one text, with the parameters for each of them")
    func several() async throws {
        try await Database.with { database async throws in
            let answer = try await database.exec(
                "CREATE TABLE t (a); INSERT INTO t VALUES (?); INSERT INTO t VALUES (?1 + 1);", [.int(1), .int(9)])
            #expect(try answer.exec() == SQLiteExecResult(rowsAffected: 1, lastInsertID: 2))
            #expect(try await database.rows("SELECT 1; SELECT a FROM t ORDER BY a; ") == [[.int(1)], [.int(2)]])
            #expect(
                try await database.rows("SELECT $2, $1, ?3", [.int(1), .int(2), .int(3)]) == [
                    [.int(2), .int(1), .int(3)]
                ])
        }
    }

    @Test("say 1 for no query, 2 for one outside the memory, 3 for parameters that are no array")
    func refused() async throws {
        try await Database.with { database async throws in
            for name in ["sqlite_exec", "sqlite_query"] {
                #expect(try await database.call(name, [[], []]).status == 1)
                #expect(try await database.harness.call(name, 0xffff_fff0, 32, 0, 0, 64, 68) == 2)
                #expect(try await database.harness.call(name, 128, 4, 0xffff_fff0, 32, 64, 68) == 2)
                let sql = [UInt8]("SELECT 1".utf8)
                for bad in [[0x81, 0xa1, 0x61, 0x01], [0x01], [0xc1], [0x92, 0x01], [0x91, 0xd4, 5, 5]] as [[UInt8]] {
                    let answer = try await database.call(name, [sql, bad])
                    #expect(answer.status == 3 && answer.isPairUntouched)
                }
                #expect(try await database.call(name, [sql, [0xc0]]).status == 0)
            }
        }
    }

    @Test("fail by SQLite's code: 5, 13, 14 and a text in the cell dialect, 5 and nothing in v0.1")
    func failures() async throws {
        for dialect in [.cell, .plugin] as [PluginScope.Dialect] {
            try await Database.with(dialect) { database async throws in
                try await database.must("CREATE TABLE t (a UNIQUE, b REFERENCES t(a)); INSERT INTO t (a) VALUES (1)")
                let cases: [(String, Int32, String)] = [
                    ("SELEC 1", 5, "SQL logic error: near \"SELEC\": syntax error (1)"),
                    ("INSERT INTO t (a) VALUES (1)", 13, "constraint failed: UNIQUE constraint failed: t.a (2067)"),
                    ("INSERT INTO t VALUES (2, 5)", 13, "constraint failed: FOREIGN KEY constraint failed (787)"),
                    ("SELECT ?", 5, "missing argument with index 1"),
                    ("SELECT :name", 5, "missing named argument \"name\""),
                ]
                for (sql, status, text) in cases {
                    let exec = try await database.exec(sql)
                    let query = try await database.query(sql)
                    guard dialect == .cell else {
                        #expect(exec.status == 5 && exec.isPairUntouched)
                        #expect(query.status == 5 && query.isPairUntouched)
                        continue
                    }
                    #expect(exec.status == status && query.status == status)
                    #expect(try exec.exec() == SQLiteExecResult(rowsAffected: 0, lastInsertID: 0, error: text))
                    #expect(try query.query() == SQLiteQueryResult(columns: nil, rows: nil, error: text))
                }
                let nested = try await database.exec("SELECT ?", [.array([])])
                #expect(nested.status == 5)
                #expect(try await database.exec("SELECT ?", [.uint(.max)]).status == 5)
            }
        }
    }

    @Test("by code, not by text: words in a message change nothing")
    func byCode() async throws {
        try await Database.with { database async throws in
            let answer = try await database.query("SELECT * FROM \"constraint busy locked readonly\"")
            #expect(answer.status == 5)
        }
    }

    @Test("count what a statement changed, and nothing for one that changes nothing")
    func changes() async throws {
        try await Database.with { database async throws in
            try await database.must("CREATE TABLE t (a)")
            #expect(try await database.exec("INSERT INTO t VALUES (1), (2), (3)").exec().rowsAffected == 3)
            #expect(try await database.exec("CREATE TABLE u (a)").exec().rowsAffected == 0)
            #expect(try await database.exec("UPDATE t SET a = 5 WHERE a > 1").exec().rowsAffected == 2)
            #expect(try await database.exec("DELETE FROM t WHERE a = 9").exec().rowsAffected == 0)
        }
    }

    @Test("see columns that came later, also through a statement that was prepared before")
    func schemaChange() async throws {
        try await Database.with { database async throws in
            try await database.must("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1)")
            for _ in 0..<4 { #expect(try await database.rows("SELECT * FROM t") == [[.int(1)]]) }
            try await database.must("ALTER TABLE t ADD COLUMN b BOOLEAN DEFAULT 1")
            for _ in 0..<6 {
                let answer = try await database.query("SELECT * FROM t").query()
                #expect(answer.columns == ["a", "b"] && answer.rows == [[.int(1), .bool(true)]])
            }
            try await database.must("BEGIN; ALTER TABLE t ADD COLUMN c")
            #expect(try await database.query("SELECT * FROM t").query().columns == ["a", "b", "c"])
            try await database.must("ROLLBACK")
            #expect(try await database.query("SELECT * FROM t").query().columns == ["a", "b"])
        }
    }

    @Test("keep what was written when the plugin is opened again")
    func persistence() async throws {
        let folder = try Folder()
        try await Database.with(in: folder) { try await $0.must("CREATE TABLE t (a); INSERT INTO t VALUES (42)") }
        let kept = try await Database.with(in: folder) { try await $0.rows("SELECT a FROM t") }
        #expect(kept == [[.int(42)]])
    }
}
