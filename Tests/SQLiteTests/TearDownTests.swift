import Foundation
import NIOCore
import NIOPosix
import PulpCapability
import PulpTesting
import PulpWire
import Testing

@testable import PulpSQLite

@Suite("The end of a plugin", .serialized)
struct TearDownTests {
    private static func count(_ folder: String, _ isCounted: (String) -> Bool = { _ in true }) -> Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { name in
            isCounted((try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(name)")) ?? "")
        }.count
    }

    private static func residentKilobytes() -> Int {
        let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
        return Int(line.split(separator: " ").dropFirst().first ?? "") ?? 0
    }

    #if os(Linux)
        @Test("leaves no descriptor, thread, file or memory behind, 1,000 times")
        func nothingLeft() async {
            // In a process of its own: other suites run beside this one, and what is weighed is the process.
            await #expect(processExitsWith: .success) { try await Self.nothingLeftAlone() }
        }

        private static func nothingLeftAlone() async throws {
            let folder = try Folder()
            func cycle(_ number: Int) async throws {
                try await Database.with(.plugin, in: folder) { database async throws in
                    if number % 10 == 0 {
                        try await database.must("CREATE TABLE IF NOT EXISTS t (a); INSERT INTO t VALUES (1); BEGIN")
                        _ = try await database.stream("SELECT 1 UNION SELECT 2", rows: 1)
                    }
                    if number % 10 == 1 { _ = try await database.start("sqlite_query", [Array("SELECT 1".utf8), []]) }
                }
            }
            for number in 0..<50 { try await cycle(number) }
            let isOurs: (String) -> Bool = { $0.hasPrefix(folder.path) }
            #expect(await eventuallyEqual(0) { Self.count("/proc/self/fd", isOurs) })
            let threads = Self.count("/proc/self/task")
            let memory = Self.residentKilobytes()
            for number in 0..<1_000 { try await cycle(number) }
            #expect(await eventuallyEqual(0) { Self.count("/proc/self/fd", isOurs) })
            #expect(Self.count("/proc/self/task") < threads + 10)
            #expect(Self.residentKilobytes() < memory + 100_000)
            // The last to leave has moved the log into the database.
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/test") == ["data.db"])
        }
    #endif

    @Test("every import stands hostile words, and answers a documented status")
    func conformance() async throws {
        for dialect in [.plugin, .cell] as [PluginScope.Dialect] {
            let folder = try Folder()
            var setting = PluginSetting()
            setting.dialect = dialect
            let batch = SQLiteBatchRequest(statements: [.init("SELECT ?", [.int(1)])]).encodedBytes()
            let report = try await CapabilityConformance.check(
                SQLiteCapability(storage: folder.storage), setting, samples: ["sqlite_batch": batch],
                on: { MultiThreadedEventLoopGroup.singleton.any() })
            #expect(report.callCount > 1_000)
            // A batch that fails says why: its out-pair is written then, as documented.
            let failures = report.failures.filter { !$0.finding.hasPrefix("the out-pair was written in spite") }
            #expect(failures.isEmpty, "\(failures.prefix(5))")
        }
    }
}

func eventuallyEqual(_ expected: Int, _ value: () -> Int) async -> Bool {
    let end = ContinuousClock.now + .seconds(30)
    while value() != expected {
        guard ContinuousClock.now < end else { return false }
        await Task.yield()
    }
    return true
}
