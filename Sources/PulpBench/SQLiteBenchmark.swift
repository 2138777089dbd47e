import Foundation
import Logging
import NIOCore
import NIOPosix
import Pulp
import PulpEngine
import PulpSandbox

/// Measures SQL as a guest sees it, against the same SQL in a loop around the library, in one process and in turn.
package struct SQLiteBenchmark: Sendable {
    package struct Row: Codable, Sendable {
        package let what: String
        /// Microseconds for each operation: by the clock, and of CPU in the whole process.
        package let latency: Double
        package let cpu: Double
        package let plain: Double
    }

    /// What is measured: one operation, `count` times in one step of the guest.
    private struct Case {
        let name: String
        let function: UInt8
        let sql: String
        var number: Int64 = 500
        var text: String?
        var count = 2_000
        /// Rows of one operation, by which the figures are divided.
        var rows = 1
    }

    private static let cases = [
        Case(name: "one row by key", function: 6, sql: "SELECT id, name FROM item WHERE id = ?"),
        Case(
            name: "one row by key, on the database's thread", function: 6,
            sql: "SELECT id, name FROM item WHERE id = ? AND abs(1) = 1", count: 1_000),
        Case(name: "100 rows", function: 6, sql: "SELECT id, name FROM item WHERE id >= ? LIMIT 100", count: 300),
        Case(
            name: "insert, a transaction each", function: 7, sql: "INSERT INTO log (n, text) VALUES (?, ?)",
            text: "some text of a log", count: 500),
        Case(
            name: "insert in a batch of 1,000, a row", function: 8, sql: "INSERT INTO log (n, text) VALUES (?, ?)",
            text: "some text of a log", count: 1_000, rows: 1_000),
    ]

    package var manifest: String
    package var rounds = 15

    package init(manifest: String) {
        self.manifest = manifest
    }

    package func run(progress: (String) -> Void) async throws -> [Row] {
        let folder = NSTemporaryDirectory() + "pulp-bench-sqlite-\(getpid())"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var logger = Logger(label: "pulp.bench")
        logger.logLevel = .warning
        let registry = Registry.builtins(listeners: nil, storage: StorageRoot(path: folder))
        let environment = try PulpEnvironment.shared(logger: logger, group: group)
        let spec = try Manifest.load(path: self.manifest, knownCapabilities: nil).spec
        let plugin = try await RunningPlugin.load(spec, registry: registry, environment: environment)
        try await plugin.initialize(spec.config)
        let plain = try PlainSQLite(path: folder + "/plain.db")
        for sql in Self.schema {
            try plain.run(sql)
            try await Self.step(plugin, function: 0, sql, [])
        }
        var rows: [Row] = []
        for item in Self.cases {
            progress(item.name)
            rows.append(try await self.measure(item, plugin, plain))
        }
        await plugin.close()
        try await group.shutdownGracefully()
        return rows
    }

    private static let schema = [
        "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT)", "CREATE TABLE log (n INTEGER, text TEXT)",
        """
        WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1000)
        INSERT INTO item SELECT n, 'the name of item ' || n FROM c
        """,
    ]

    private func measure(_ item: Case, _ plugin: RunningPlugin, _ plain: PlainSQLite) async throws -> Row {
        var values: [MessagePackValue] = [.int(item.number)]
        if let text = item.text { values.append(.string(text)) }
        var samples: [(latency: Double, cpu: Double, plain: Double)] = []
        for _ in 0..<(self.rounds + 1) {
            let guest = try await Self.timed {
                try await Self.step(plugin, function: item.function, item.sql, values, count: item.count)
            }
            // What the step itself and the guest's own loop cost.
            let empty = try await Self.timed {
                try await Self.step(plugin, function: 12, item.sql, values, count: item.count)
            }
            let library = try await Self.timed {
                if item.rows > 1 { try plain.run("BEGIN") }
                try plain.repeated(item.sql, count: item.count, number: item.number, text: item.text ?? "")
                if item.rows > 1 { try plain.run("COMMIT") }
            }
            let count = Double(item.count)
            samples.append(
                ((guest.wall - empty.wall) / count, (guest.cpu - empty.cpu) / count, library.wall / count))
        }
        // The first round warms up.
        samples.removeFirst()
        return Row(
            what: item.name, latency: PulpBench.median(samples.map(\.latency)),
            cpu: PulpBench.median(samples.map(\.cpu)), plain: PulpBench.median(samples.map(\.plain)))
    }

    /// Microseconds by the clock and of CPU.
    private static func timed(_ body: () async throws -> Void) async rethrows -> (wall: Double, cpu: Double) {
        let (start, cpu) = (ContinuousClock.now, Self.cpu())
        try await body()
        return (Double((ContinuousClock.now - start) / .nanoseconds(1)) / 1_000, Self.cpu() - cpu)
    }

    private static func cpu() -> Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) / 1e3
    }

    /// One step of the fixture `sqlite-caller`, which must answer 0.
    static func step(
        _ plugin: RunningPlugin, function: UInt8, _ sql: String, _ values: [MessagePackValue], count: Int = 1
    ) async throws {
        let params = values.isEmpty ? [] : MessagePackValue.array(values).encodedBytes()
        func word(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        let text = [UInt8](sql.utf8)
        let payload =
            [function, 0, 0, 0] + word(text.count) + word(params.count) + word(count) + word(0) + word(0) + text
            + params
        let envelope = [UInt8](repeating: 0, count: 16) + word(payload.count) + payload
        let status = try await plugin.call(.step(byteCount: envelope.count), bytes: envelope)
        guard status == 0 else { throw BenchProblem("the guest answers \(status) to \(sql)") }
    }

    package static func table(_ rows: [Row]) -> String {
        var lines = ["what                                         latency us    CPU us   plain library us"]
        for row in rows {
            let name = row.what + String(repeating: " ", count: max(1, 44 - row.what.count))
            lines.append(name + String(format: "%10.2f%10.2f%18.2f", row.latency, row.cpu, row.plain))
        }
        return lines.joined(separator: "\n")
    }
}
