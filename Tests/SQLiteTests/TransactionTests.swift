import NIOCore
import PulpCapability
import PulpTesting
import PulpWire
import Testing

@testable import PulpSQLite

@Suite("Transactions")
struct TransactionTests {
    @Test("left open when a step ends are rolled back, and that is said with the key that allows them")
    func rolledBack() async throws {
        try await Database.with(.plugin) { database async throws in
            try await database.must("CREATE TABLE t (a); BEGIN; INSERT INTO t VALUES (1)")
            try await database.harness.endStep()
            #expect(try await database.rows("SELECT count(*) FROM t") == [[.int(0)]])
            #expect(database.isLogged("set transactions = \"across-steps\" in [sqlite]"))
            try await database.must("BEGIN; INSERT INTO t VALUES (1); COMMIT")
            try await database.harness.endStep()
            #expect(try await database.rows("SELECT count(*) FROM t") == [[.int(1)]])
        }
    }

    @Test("stay open across steps in the cell dialect, or where the manifest says so")
    func acrossSteps() async throws {
        for (dialect, setting) in [(.cell, nil), (.plugin, "across-steps")] as [(PluginScope.Dialect, String?)] {
            try await Database.with(dialect, transactions: setting) { database async throws in
                try await database.must("CREATE TABLE t (a); BEGIN; INSERT INTO t VALUES (1)")
                try await database.harness.endStep()
                try await database.must("INSERT INTO t VALUES (2); COMMIT")
                #expect(try await database.rows("SELECT count(*) FROM t") == [[.int(2)]])
            }
        }
        try await Database.with(.cell, transactions: "within-step") { database async throws in
            try await database.must("CREATE TABLE t (a); BEGIN; INSERT INTO t VALUES (1)")
            try await database.harness.endStep()
            #expect(try await database.rows("SELECT count(*) FROM t") == [[.int(0)]])
        }
    }

    @Test("end with their instance, even across steps")
    func instanceEnds() async throws {
        try await Database.with(.cell) { database async throws in
            try await database.must("CREATE TABLE t (a); BEGIN; INSERT INTO t VALUES (1)")
            try await database.harness.endInstance()
            #expect(try await database.rows("SELECT count(*) FROM t") == [[.int(0)]])
            #expect(database.isLogged("a transaction was open when its instance ended"))
        }
    }

    @Test("of one instance keep the others waiting, and do not swallow their statements")
    func twoInstances() async throws {
        let folder = try Folder()
        let limits = try await Database.with(in: folder) { database async throws in
            try await database.must("CREATE TABLE t (a)")
            return SQLiteLimits(database.harness.scope)
        }
        let logs = LogCollector()
        let executor = StatementExecutor(
            path: folder.path + "/test", limits: limits, keepsTransactions: true, logger: logs.logger())
        try await executor.start()
        let (one, two) = (InstanceID(number: 1), InstanceID(number: 2))
        #expect(await executor.exec("BEGIN; INSERT INTO t VALUES (1)", by: one).isAnswered)
        async let other = executor.exec("INSERT INTO t VALUES (2)", by: two)
        // Ordered behind the other's statement by its queue, not by a clock.
        #expect(await executor.exec("INSERT INTO t VALUES (3)", by: one).isAnswered)
        #expect(await executor.exec("ROLLBACK", by: one).isAnswered)
        #expect(await other.isAnswered)
        #expect(await executor.exec("SELECT 1 / (SELECT count(*) = 1 FROM t)", by: one).isAnswered)
        // Busy when its patience ends first.
        #expect(await executor.exec("BEGIN", by: one).isAnswered)
        guard case .failed(let failure) = await executor.exec("SELECT 1", by: two, for: .milliseconds(20)) else {
            Issue.record("a statement ran inside another instance's transaction")
            return
        }
        #expect(failure.status == .sqlBusy)
        executor.instanceEnded(one)
        #expect(await executor.exec("SELECT 1", by: two).isAnswered)
        await executor.stop()
        guard case .status(.notRegistered) = await executor.exec("SELECT 1", by: two) else {
            Issue.record("a closed database answers")
            return
        }
    }

    @Test("a batch takes effect as a whole, and answers for each statement")
    func batch() async throws {
        try await Database.with(.plugin) { database async throws in
            try await database.must("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)")
            let answer = try await database.batch([
                .init("INSERT INTO t VALUES (?, ?)", [.int(1), .string("x")]), .init("", [.int(2), .string("y")]),
                .init("UPDATE t SET b = 'z'"), .init("SELECT a, b FROM t"),
                .init("DELETE FROM t WHERE a = 1 RETURNING b"),
            ])
            #expect(answer.status == 0)
            let results = try #require(try answer.batch().results)
            #expect(results.map(\.rowsAffected) == [1, 1, 2, 0, 1])
            #expect(results[1].lastInsertID == 2 && results[2].columns == nil)
            #expect(results[3].columns == ["a", "b"])
            #expect(results[3].rows == [[.int(1), .string("z")], [.int(2), .string("z")]])
            #expect(results[4].rows == [[.string("z")]])
        }
    }

    @Test("a batch that fails has no effect, and says which statement failed and why")
    func failedBatch() async throws {
        try await Database.with(.plugin) { database async throws in
            try await database.must("CREATE TABLE t (a UNIQUE, b REFERENCES t(a) DEFERRABLE INITIALLY DEFERRED)")
            let cases: [([SQLiteBatchRequest.Statement], Int32, Int64, String)] = [
                ([.init("INSERT INTO t (a) VALUES (?)", [.int(1)]), .init("", [.int(1)])], 13, 1, "UNIQUE"),
                ([.init("INSERT INTO t (a) VALUES (1)"), .init("COMMIT")], 5, 1, "a batch is a transaction"),
                ([.init("SAVEPOINT pulp_batch")], 5, 0, "a batch is a transaction"),
                ([.init("INSERT INTO t (a) VALUES (1)"), .init("SELEC")], 5, 1, "syntax"),
                ([.init("INSERT INTO t (a) VALUES (1); DELETE FROM t")], 5, 0, "more than one"),
                ([.init("")], 5, 0, "no query"), ([.init("INSERT INTO t VALUES (1, 99)")], 13, 1, "FOREIGN KEY"),
                ([.init("INSERT INTO t (a) VALUES (1)"), .init("ATTACH 'x' AS y")], 5, 1, "not allowed"),
            ]
            for (statements, status, failed, text) in cases {
                let answer = try await database.batch(statements)
                #expect(answer.status == status, "\(statements)")
                let result = try answer.batch()
                #expect(result.results == nil && result.failed == failed, "\(statements)")
                #expect(result.error.contains(text), "\(result.error)")
                #expect(try await database.rows("SELECT count(*) FROM t") == [[.int(0)]])
            }
            // Inside a transaction of the guest's own, which goes on.
            try await database.must("BEGIN; INSERT INTO t (a) VALUES (5)")
            #expect(try await database.batch([.init("INSERT INTO t (a) VALUES (6)"), .init("SELEC")]).status == 5)
            #expect(try await database.batch([.init("INSERT INTO t (a) VALUES (7)")]).status == 0)
            try await database.must("COMMIT")
            #expect(try await database.rows("SELECT a FROM t ORDER BY a") == [[.int(5)], [.int(7)]])
            #expect(try await database.batch([]).status == 0)
        }
    }
}

extension StatementExecutor {
    /// Runs SQL for an instance, as its import does.
    func exec(_ sql: String, by instance: InstanceID, for time: TimeAmount = .seconds(30)) async -> StatementOutcome {
        await withCheckedContinuation { continuation in
            self.submit(
                StatementJob(
                    .exec(sql: [UInt8](sql.utf8), parameters: []), instance: instance, now: .now(),
                    deadline: .now() + time
                ) { continuation.resume(returning: $0) })
        }
    }
}

extension StatementOutcome {
    var isAnswered: Bool { if case .answered = self { true } else { false } }
}
