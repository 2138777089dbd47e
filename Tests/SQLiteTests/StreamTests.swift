import PulpCapability
import PulpTesting
import PulpWire
import Testing

@testable import PulpSQLite

@Suite("sqlite_query_stream")
struct StreamTests {
    private static let numbers =
        "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT ?) SELECT n FROM c"

    @Test("gives all rows in order, in pieces of the size that was asked for")
    func pieces() async throws {
        try await Database.with(.plugin) { database async throws in
            var piece = try await database.stream(Self.numbers, [.int(1_000)], rows: 64).query()
            #expect(piece.columns == ["n"] && piece.cursor != 0)
            let cursor = piece.cursor
            var rows = piece.rows ?? []
            while !piece.isDone {
                piece = try await database.next(cursor, rows: 64).query()
                #expect((piece.rows ?? []).count <= 64)
                rows += piece.rows ?? []
            }
            #expect(rows == (1...1_000).map { [.int($0)] })
            // The last piece has closed it.
            #expect(try await database.next(cursor).status == 9)
            #expect(try await database.endStream(cursor) == 9)
        }
    }

    @Test("bounds a piece by itself when nothing is asked for")
    func bytes() async throws {
        try await Database.with { database async throws in
            let first = try await database.stream(
                "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 500) SELECT zeroblob(1000) FROM c"
            )
            #expect(first.bytes.count < 80_000)
            #expect(try first.query().isDone == false)
            let empty = try await database.stream("SELECT 1 WHERE 0")
            #expect(try empty.query().isDone && empty.query().rows == nil)
        }
    }

    @Test("is of one statement that reads")
    func reads() async throws {
        try await Database.with(.plugin) { database async throws in
            try await database.must("CREATE TABLE t (a)")
            for sql in ["INSERT INTO t VALUES (1) RETURNING a", "SELECT 1; SELECT 2", "", "SELEC", "BEGIN", "-- x"] {
                let answer = try await database.stream(sql)
                #expect(answer.status == (sql.isEmpty ? 1 : 5), "\(sql)")
                if !sql.isEmpty { #expect(try !answer.query().error.isEmpty) }
            }
            #expect(
                try await database.call("sqlite_query_stream", [[UInt8]("SELECT ?".utf8), [0x80]], [0]).status == 3)
        }
    }

    @Test("bounds the open cursors, which close with their instance")
    func bounded() async throws {
        try await Database.with(limits: [SQLiteLimits.cursors: 3]) { database async throws in
            var cursors: [UInt64] = []
            for _ in 0..<3 {
                cursors.append(try await database.stream(Self.numbers, [.int(100)], rows: 1).query().cursor)
            }
            #expect(try await database.stream(Self.numbers, [.int(100)], rows: 1).status == 15)
            #expect(database.isLogged("raise max_cursors in [limits.storage.sqlite]"))
            #expect(try await database.endStream(cursors[0]) == 0)
            #expect(try await database.stream(Self.numbers, [.int(100)], rows: 1).status == 0)
            try await database.harness.endInstance()
            #expect(try await database.next(cursors[1]).status == 9)
            #expect(try await database.stream(Self.numbers, [.int(100)], rows: 1).status == 0)
        }
    }

    @Test("may be read while the same instance writes")
    func besideWrites() async throws {
        try await Database.with { database async throws in
            try await database.must("CREATE TABLE t (a); CREATE TABLE u (a)")
            for number in 0..<200 { try await database.must("INSERT INTO t VALUES (?)", [.int(Int64(number))]) }
            var piece = try await database.stream("SELECT a FROM t ORDER BY a", rows: 10).query()
            let cursor = piece.cursor
            var count = 10
            while !piece.isDone {
                try await database.must("INSERT INTO u VALUES (1)")
                piece = try await database.next(cursor, rows: 10).query()
                count += piece.rows?.count ?? 0
            }
            #expect(count == 200)
            #expect(try await database.exec("BEGIN; ROLLBACK").status == 0)
        }
    }

    @Test("knows no cursor that was made up")
    func strangers() async throws {
        try await Database.with { database async throws in
            for cursor in [0, 1, .max, 1 << 63] as [UInt64] {
                #expect(try await database.next(cursor).status == 9)
                #expect(try await database.endStream(cursor) == 9)
            }
        }
    }
}
