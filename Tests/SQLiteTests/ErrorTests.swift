import PulpCapability
import PulpTesting
import PulpWire
import Testing

@testable import PulpSQLite

@Suite("sqlite_error")
struct ErrorTests {
    private static func ask(_ database: Database) async throws -> SQLiteError? {
        let answer = try await database.call("sqlite_error", [])
        #expect(answer.status == 0)
        return answer.bytes.isEmpty ? nil : try SQLiteError(decoding: answer.bytes)
    }

    @Test("tells why the last statement failed, by whatever import, and which failure it was")
    func tells() async throws {
        try await Database.with(.plugin) { database async throws in
            #expect(try await Self.ask(database) == nil)
            let table = try await database.query("SELECT * FROM notes")
            #expect(table.status == 5 && table.isPairUntouched)
            #expect(
                try await Self.ask(database)
                    == SQLiteError(status: 5, code: 1, message: "SQL logic error: no such table: notes (1)"))
            try await database.must("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")
            // A statement that works changes nothing.
            #expect(try await Self.ask(database)?.message.contains("no such table") == true)
            try await database.must("INSERT INTO t VALUES (1, 'a')")
            let twice = try await database.exec("INSERT INTO t VALUES (1, 'b')")
            #expect(twice.status == 5 && twice.isPairUntouched)
            let constraint = try #require(try await Self.ask(database))
            #expect(constraint.status == 13 && constraint.code == 1555)
            #expect(constraint.message.contains("UNIQUE constraint failed: t.id"))
            #expect(try await database.batch([.init("INSERT INTO t VALUES (2, NULL)")]).status == 13)
            #expect(try await Self.ask(database)?.code == 1299)
            #expect(try await database.stream("SELECT nonsense").status == 5)
            #expect(try await Self.ask(database)?.message.contains("no such column: nonsense") == true)
            let parameters = try await database.call("sqlite_exec", [[UInt8]("SELECT ?".utf8), [0x80]])
            #expect(parameters.status == 3)
            #expect(try await Self.ask(database)?.status == 3)
        }
    }

    @Test("bounds the sentence, whatever the statement names, and cuts no character")
    func bounded() async throws {
        try await Database.with(.plugin) { database async throws in
            for name in [String(repeating: "n", count: 100_000), String(repeating: "\u{1F600}", count: 10_000)] {
                #expect(try await database.query("SELECT * FROM \"\(name)\"").status == 5)
                let message = try #require(try await Self.ask(database)).message
                #expect((1_000...1_024).contains(message.utf8.count) && message.hasSuffix("..."))
                #expect(!message.contains("\u{FFFD}"))
            }
        }
    }

    @Test("checks its out-pair, and keeps nothing of an instance that has ended")
    func boundary() async throws {
        try await Database.with(.plugin) { database async throws in
            #expect(try await database.query("SELEC").status == 5)
            let far: UInt64 = 0xffff_fffc
            #expect(try await database.harness.call("sqlite_error", far, 68) == 8)
            #expect(try await database.harness.call("sqlite_error", 64, far) == 8)
            try await database.harness.withGuest { $0.allocator = .failing }
            #expect(try await database.harness.call("sqlite_error", 64, 68) == 7)
        }
    }
}
