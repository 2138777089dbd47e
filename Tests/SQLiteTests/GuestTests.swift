import Foundation
import PulpCapability
import PulpManifest
import PulpRuntime
import PulpSandbox
import PulpTestSupport
import PulpTesting
import PulpWire
import Testing

@testable import PulpSQLite

/// The fixture `sqlite-caller`: a guest in C that calls as the reference's guests do.
@Suite("A guest with a database")
struct GuestTests {
    private static func payload(
        _ function: UInt8, _ sql: String = "", _ params: [UInt8] = [], a: UInt32 = 0, b: UInt32 = 0, c: UInt32 = 0
    ) -> [UInt8] {
        func word(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        let text = [UInt8](sql.utf8)
        let body =
            [function, 0, 0, 0] + word(UInt32(text.count)) + word(UInt32(params.count)) + word(a) + word(b) + word(c)
            + text + params
        return [UInt8](repeating: 0, count: 16) + word(UInt32(body.count)) + body
    }

    private static func step(
        _ plugin: RunningPlugin, _ function: UInt8, _ sql: String = "", _ params: [MessagePackValue] = [],
        a: UInt32 = 0, b: UInt32 = 0, c: UInt32 = 0
    ) async throws -> Int64 {
        let bytes = params.isEmpty ? [] : MessagePackValue.array(params).encodedBytes()
        let envelope = Self.payload(function, sql, bytes, a: a, b: b, c: c)
        return try await plugin.call(.step(byteCount: envelope.count), bytes: envelope)
    }

    private static func with(
        _ change: (inout PluginSpec) -> Void = { _ in }, loops: Int = 1,
        _ body: @escaping @Sendable (RunningPlugin, World, Folder) async throws -> Void
    ) async throws {
        let folder = try Folder()
        var spec = try Fixture.spec("sqlite-caller")
        change(&spec)
        let final = spec
        try await withWorld(loops: loops) { world in
            let registry = Registry.builtins(listeners: nil, storage: folder.storage)
            try await world.with(final, registry: registry) { plugin in try await body(plugin, world, folder) }
        }
    }

    @Test("uses every import", arguments: [ManifestDialect.plugin, .cell])
    func everything(dialect: ManifestDialect) async throws {
        try await Self.with({ $0.dialect = dialect }) { plugin, _, _ async throws in
            let isCell = dialect == .cell
            #expect(try await Self.step(plugin, 0, "CREATE TABLE t (id INTEGER PRIMARY KEY, a UNIQUE)") == 0)
            #expect(try await Self.step(plugin, 0, "INSERT INTO t (a) VALUES (?)", [.string("x")]) == 0)
            #expect(try await Self.step(plugin, 0, "INSERT INTO t (a) VALUES (?)", [.string("x")]) == (isCell ? 13 : 5))
            #expect(try await Self.step(plugin, 0, "SELEC") == 5)
            #expect(try await Self.step(plugin, 6, "SELECT a FROM t WHERE id = ?", [.int(1)], a: 500) == 0)
            #expect(try await Self.step(plugin, 8, "INSERT INTO t (a) VALUES (?)", [.nil], a: 500) == 0)
            let batch = SQLiteBatchRequest(statements: [.init("INSERT INTO t (a) VALUES ('x')")]).encodedBytes()
            let envelope = Self.payload(2, "", batch)
            #expect(try await plugin.call(.step(byteCount: envelope.count), bytes: envelope) == 13)
            // 501 rows, 100 at a time.
            #expect(try await Self.step(plugin, 11, "SELECT id FROM t", c: 100) == 1_006)
            #expect(try await Self.step(plugin, 3, "SELECT id FROM t", c: 1) == 0)
            #expect(try await Self.step(plugin, 4, a: 2, c: 5) == 0)
            #expect(try await Self.step(plugin, 5, a: 2) == 0)
            #expect(try await Self.step(plugin, 5, a: 2) == 9)
            #expect(try await Self.step(plugin, 1) == 1)
        }
    }

    @Test("gets 99 from every import without the grant")
    func stub() async throws {
        try await Self.with({ $0.capabilities = [] }) { plugin, _, folder async throws in
            for function in 0..<6 as Range<UInt8> { #expect(try await Self.step(plugin, function, "SELECT 1") == 99) }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        }
    }

    @Test("loses a transaction that its step or its pulp_init leaves open, unless the dialect is the cells'")
    func openTransaction() async throws {
        for dialect in [ManifestDialect.plugin, .cell] {
            try await Self.with({
                $0.dialect = dialect
                $0.config = MessagePackValue.map([.init(key: .string("note"), value: .bool(true))]).encodedBytes()
            }) { plugin, world, _ async throws in
                // 5: there is no transaction to commit any more.
                #expect(try await Self.step(plugin, 0, "COMMIT") == (dialect == .cell ? 0 : 5))
                #expect(
                    world.log.messages.contains { $0.contains("a transaction was open when the step ended") }
                        == (dialect == .plugin))
                #expect(try await Self.step(plugin, 0, "BEGIN; INSERT INTO notes (text) VALUES ('x')") == 0)
                #expect(try await Self.step(plugin, 0, "COMMIT") == (dialect == .cell ? 0 : 5))
            }
        }
    }

    @Test("crashes inside a transaction, and the next instance finds it rolled back")
    func crash() async throws {
        try await Self.with({ $0.dialect = .cell }) { plugin, _, _ async throws in
            #expect(try await Self.step(plugin, 0, "CREATE TABLE t (a)") == 0)
            await #expect(throws: (any Error).self) {
                _ = try await Self.step(plugin, 9, "BEGIN; INSERT INTO t VALUES (1)")
            }
            #expect(await eventually { plugin.availability == .ready })
            #expect(try await Self.step(plugin, 0, "COMMIT") == 5)
            #expect(try await Self.step(plugin, 0, "INSERT INTO t VALUES (2)") == 0)
        }
    }

    @Test("is dropped at its deadline while its statement runs, and others find the database free")
    func timeout() async throws {
        let endless = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT max(n) FROM c"
        try await Self.with({ $0.limits.callTimeout = .seconds(2) }) { plugin, _, _ async throws in
            // The statement ends with the step's deadline: whichever is seen first, the next statement runs.
            _ = try? await Self.step(plugin, 1, endless)
            #expect(await eventually { plugin.availability == .ready })
            #expect(try await Self.step(plugin, 0, "CREATE TABLE t (a)") == 0)
        }
    }

    @Test("shares one database among its instances, on several loops at once")
    func instances() async throws {
        try await Self.with(
            {
                $0.instances = .count(4)
                $0.limits.queue = 1_000
            }, loops: 2
        ) { plugin, _, _ async throws in
            #expect(try await Self.step(plugin, 0, "CREATE TABLE t (a)") == 0)
            try await withThrowingTaskGroup(of: Int64.self) { group in
                for number in 0..<40 {
                    group.addTask {
                        try await Self.step(plugin, 7, "INSERT INTO t VALUES (?)", [.int(Int64(number))], a: 25)
                    }
                    group.addTask {
                        try await Self.step(plugin, 6, "SELECT a FROM t WHERE rowid = ?", [.int(1)], a: 100)
                    }
                }
                for try await status in group { #expect(status == 0) }
            }
            // Fails by division with nothing; 5 unless all rows are there.
            let all = "INSERT INTO t SELECT CASE count(*) WHEN 1000 THEN 1 ELSE abs(-9223372036854775808) END FROM t"
            #expect(try await Self.step(plugin, 0, all) == 0)
        }
    }

    @Test("hostile.md: leaves nothing open when it is closed in the middle of a statement, again and again")
    func closedMidCall() async throws {
        let folder = try Folder()
        let endless = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT max(n) FROM c"
        let spec = try Fixture.spec("sqlite-caller")
        try await withWorld { world async throws in
            let registry = Registry.builtins(listeners: nil, storage: folder.storage)
            for _ in 0..<10 {
                try await world.with(spec, registry: registry) { plugin async throws in
                    async let pending = Self.step(plugin, 1, endless)
                    #expect(await plugin.memoryByteCount() > 0)
                    await plugin.close()
                    _ = try? await pending
                }
            }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/sqlite-caller") == ["data.db"])
    }
}
