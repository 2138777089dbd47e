import Foundation
import NIOCore
import PulpCapability
import PulpTesting
import PulpWire
import Testing

@testable import PulpSQLite

/// A test for each row of the list of known mistakes that touches SQL.
@Suite("Hostile SQL")
struct HostileTests {
    @Test("hostile.md: guest SQL reaches no other file: no ATTACH, no VACUUM INTO, no DETACH, no load_extension")
    func otherFiles() async throws {
        try await Database.with { database async throws in
            let stray = database.folder.path + "/stray.db"
            for sql in [
                "ATTACH '\(stray)' AS other", "ATTACH ':memory:' AS other", "ATTACH '' AS other", "DETACH main",
                "VACUUM INTO '\(stray)'", "SELECT load_extension('/lib/x.so')", "SELECT writefile('\(stray)', 'x')",
                "CREATE VIRTUAL TABLE f USING csv(filename='/etc/passwd')", "SELECT readfile('/etc/passwd')",
                "SELECT * FROM fts3_tokenizer('simple')", "SELECT fts3_tokenizer('simple', x'00')",
            ] {
                #expect(try await database.exec(sql).status == 5, "\(sql)")
                #expect(try await database.query(sql).status == 5, "\(sql)")
            }
            #expect(!FileManager.default.fileExists(atPath: stray))
            let text = try await database.exec("ATTACH '\(stray)' AS other").exec().error
            #expect(text.contains("ATTACH and VACUUM is not allowed to plugins"))
        }
    }

    @Test("hostile.md: the file system opens nothing but the database, whatever SQL says")
    func fileSystem() async throws {
        let folder = try Folder()
        try await Database.with(in: folder) { try await $0.must("CREATE TABLE t (a)") }
        let limits = try await Database.with(in: folder) { SQLiteLimits($0.harness.scope) }
        let connection = try Connection.open(folder: folder.path + "/test", limits: limits)
        defer { connection.close() }
        // As if the authorizer were not there.
        connection.hooks.isHost = true
        for sql in ["ATTACH '\(folder.path)/stray.db' AS other", "VACUUM INTO '\(folder.path)/stray.db'"] {
            #expect(throws: SQLiteFailure.self) {
                _ = try unsafe Array(sql.utf8).withUnsafeBytes { unsafe try connection.exec($0, RawSpan()) }
            }
        }
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/stray.db"))
    }

    @Test("no pragma reaches outside, weakens durability or lifts a limit")
    func pragmas() async throws {
        try await Database.with { database async throws in
            for pragma in [
                "journal_mode = OFF", "journal_mode = MEMORY", "journal_mode = DELETE", "synchronous = OFF",
                "synchronous = 0", "max_page_count = 1000000000", "writable_schema = ON", "trusted_schema = ON",
                "cell_size_check = OFF", "temp_store = MEMORY", "temp_store_directory = '/tmp'", "mmap_size = 1000000",
                "locking_mode = EXCLUSIVE", "cache_size = -1000000", "cache_spill = OFF", "hard_heap_limit = 1",
                "soft_heap_limit = 1", "threads = 8", "database_list", "data_store_directory", "page_size = 512",
                "schema_version = 1", "wal_autocheckpoint = 0", "journal_size_limit = -1", "query_only = ON",
                "busy_timeout = 99999", "key = 'x'", "legacy_file_format", "auto_vacuum = FULL",
                "ignore_check_constraints = ON",
            ] {
                #expect(try await database.exec("PRAGMA \(pragma)").status == 5, "\(pragma)")
            }
            #expect(try await database.query("SELECT * FROM pragma_database_list").status == 5)
            for pragma in [
                "table_info(t)", "index_list(t)", "user_version = 7", "user_version", "journal_mode = WAL",
                "synchronous = NORMAL", "busy_timeout = 100", "foreign_keys = ON", "integrity_check", "optimize",
                "page_count", "max_page_count", "journal_mode", "wal_checkpoint",
            ] {
                #expect(try await database.query("PRAGMA \(pragma)").status == 0, "\(pragma)")
            }
            #expect(try await database.rows("PRAGMA user_version") == [[.int(7)]])
            #expect(try await database.rows("PRAGMA journal_mode") == [[.string("wal")]])
        }
    }

    @Test("the schema's own table cannot be written, nor the database's pages")
    func schemaTable() async throws {
        try await Database.with { database async throws in
            try await database.must(
                "CREATE TABLE t (a); CREATE VIRTUAL TABLE f USING fts5(x); INSERT INTO f VALUES ('hi')")
            #expect(try await database.rows("SELECT x FROM f WHERE f MATCH 'hi'") == [[.string("hi")]])
            for sql in [
                "UPDATE sqlite_schema SET sql = 'x'", "DELETE FROM sqlite_master", "DELETE FROM f_data",
                "UPDATE sqlite_dbpage SET data = zeroblob(4096) WHERE pgno = 1", "DROP TABLE sqlite_schema",
            ] {
                #expect(try await database.exec(sql).status == 5, "\(sql)")
            }
        }
    }

    @Test("hostile.md: guest-sized allocations are refused: values, answers, SQL, parameters, rows, statements")
    func sizes() async throws {
        let limits: [SettingKey: Int64] = [
            SQLiteLimits.valueBytes: 100_000, SQLiteLimits.resultBytes: 50_000, SQLiteLimits.rows: 100,
            SQLiteLimits.sqlBytes: 1_000, SQLiteLimits.variables: 5, SQLiteLimits.statements: 10,
        ]
        let numbers = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 1000) SELECT n FROM c"
        try await Database.with(limits: limits) { database async throws in
            let cases: [(String, String)] = [
                ("SELECT zeroblob(1000000000)", "max_value_bytes"),
                ("SELECT hex(randomblob(90000))", "max_value_bytes"),
                ("SELECT zeroblob(60000)", "max_result_bytes"), (numbers, "max_rows"),
                ("SELECT '\(String(repeating: "x", count: 1_000))'", "max_sql_bytes"),
                (String(repeating: "SELECT 1;", count: 11), "max_batch_statements"),
            ]
            for (sql, key) in cases {
                let answer = try await database.query(sql)
                #expect(answer.status == 5)
                #expect(
                    try answer.query().error.contains("raise \(key) in [limits.storage.sqlite]"), "\(sql.prefix(40))")
            }
            // Said with the key.
            #expect(database.isLogged("raise max_value_bytes in [limits.storage.sqlite]"))
            #expect(try await database.query("SELECT ?6").status == 5)
            #expect(try await database.query("SELECT ?", [.binary([UInt8](repeating: 1, count: 100_001))]).status == 5)
            #expect(try await database.rows("SELECT 1") == [[.int(1)]])
        }
    }

    @Test("the database, its log and its temporary files are bounded, and go on after that")
    func disk() async throws {
        let limits: [SettingKey: Int64] = [
            SQLiteLimits.databaseBytes: 1 << 20, SQLiteLimits.logBytes: 4 << 20, SQLiteLimits.temporaryBytes: 65_536,
        ]
        try await Database.with(limits: limits) { database async throws in
            try await database.must("CREATE TABLE t (a)")
            let million = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 100000) "
            let full = try await database.exec(million + "INSERT INTO t SELECT randomblob(100) FROM c")
            #expect(full.status == 5)
            #expect(try full.exec().error.contains("max_database_bytes"))
            let sorted = try await database.exec(
                "SELECT count(*) FROM (\(million) SELECT randomblob(500) AS r FROM c ORDER BY r)")
            #expect(sorted.status == 5)
            #expect(try sorted.exec().error.contains("max_temporary_bytes"))
            try await database.must("INSERT INTO t VALUES (1)")
            #expect(try await database.rows("SELECT count(*) FROM t") == [[.int(1)]])
        }
    }

    @Test("one transaction cannot fill the disk with its log")
    func logSize() async throws {
        try await Database.with(limits: [SQLiteLimits.logBytes: 1 << 20]) { database async throws in
            try await database.must("CREATE TABLE t (a)")
            let rows = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 20000) "
            let full = try await database.exec(rows + "INSERT INTO t SELECT randomblob(500) FROM c")
            #expect(full.status == 5)
            #expect(try full.exec().error.contains("raise max_log_bytes in [limits.storage.sqlite]"))
            try await database.must("INSERT INTO t VALUES (1)")
            #expect(try await database.rows("SELECT count(*) FROM t") == [[.int(1)]])
        }
    }

    @Test("a runaway statement ends: at its limit, when its guest is dropped, when the plugin is closed")
    func runaway() async throws {
        let endless = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT max(n) FROM c"
        try await Database.with(limits: [SQLiteLimits.statementTime: 50]) { database async throws in
            for _ in 0..<3 {
                let answer = try await database.query(endless)
                #expect(answer.status == 5)
                #expect(try answer.query().error.contains("max_statement_ms"))
            }
        }
        try await Database.with { database async throws in
            let sql = [UInt8](endless.utf8)
            _ = try await database.start("sqlite_query", [sql, []])
            try await database.harness.abandon()
            #expect(try await database.rows("SELECT 1") == [[.int(1)]])
            // The test ends only if closing stops it.
            _ = try await database.start("sqlite_query", [sql, []])
        }
    }

    @Test("a function of SQLite's that cannot be stopped does not keep the plugin from ending")
    func unstoppable() async throws {
        let slow = "SELECT instr(zeroblob(1600000), CAST(zeroblob(800000) || 'x' AS BLOB))"
        try await Database.with { database in
            _ = try await database.start("sqlite_query", [[UInt8](slow.utf8), []])
            try await database.harness.abandon()
        }
    }

    @Test("a statement past the step's deadline ends")
    func deadline() async throws {
        try await Database.with { database async throws in
            try await database.harness.withGuest { $0.deadline = .now() + .milliseconds(20) }
            let answer = try await database.query(
                "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT max(n) FROM c")
            #expect(answer.status == 5)
        }
    }

    @Test("a plugin whose statements take for ever delays no other's")
    func fairness() async throws {
        let endless = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT max(n) FROM c"
        try await Database.with { bad async throws in
            let pending = try await bad.start("sqlite_query", [[UInt8](endless.utf8), []])
            try await Database.with { good async throws in
                try await good.must("CREATE TABLE t (a)")
                for number in 0..<50 { try await good.must("INSERT INTO t VALUES (?)", [.int(Int64(number))]) }
                #expect(try await good.rows("SELECT count(*) FROM t") == [[.int(50)]])
            }
            try await bad.harness.abandon()
            _ = try? await pending()
        }
    }

    @Test("hostile.md: a lying length allocates nothing: MessagePack that promises more than it has")
    func liars() async throws {
        try await Database.with { database async throws in
            let sql = [UInt8]("SELECT ?".utf8)
            for liar in [
                [0xdd, 0xff, 0xff, 0xff, 0xff], [0x91, 0xdb, 0xff, 0xff, 0xff, 0xff],
                [0x91, 0xc6, 0xff, 0xff, 0xff, 0xff],
                [0x91, 0xc9, 0xff, 0xff, 0xff, 0xff, 0xff],
            ] as [[UInt8]] {
                #expect(try await database.call("sqlite_query", [sql, liar]).status == 3)
                #expect(
                    try await database.call("sqlite_batch", [[0x81, 0xaa] + Array("statements".utf8) + liar]).status
                        != 0)
            }
        }
    }

    @Test("a file that is no database, and a link in its place, fail the plugin's load")
    func notADatabase() async throws {
        let folder = try Folder()
        let path = folder.database()
        try FileManager.default.createDirectory(
            atPath: folder.path + "/test", withIntermediateDirectories: true)
        try Data("not a database at all, but long enough to look at".utf8).write(to: URL(filePath: path))
        await #expect(throws: (any Error).self) { try await Database.with(in: folder) { _ in } }
        try FileManager.default.removeItem(atPath: path)
        try Data().write(to: URL(filePath: folder.path + "/elsewhere"))
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: folder.path + "/elsewhere")
        await #expect(throws: (any Error).self) { try await Database.with(in: folder) { _ in } }
    }

    @Test("folder and file are for their owner alone")
    func modes() async throws {
        try await Database.with { database async throws in
            try await database.must("CREATE TABLE t (a)")
            for (path, mode) in [
                ("", 0o700), ("/data.db", 0o600), ("/data.db-wal", 0o600), ("/data.db-shm", 0o600),
            ] {
                let attributes = try FileManager.default.attributesOfItem(
                    atPath: database.folder.path + "/test" + path)
                #expect(attributes[.posixPermissions] as? Int == mode, "\(path)")
            }
        }
    }
}
