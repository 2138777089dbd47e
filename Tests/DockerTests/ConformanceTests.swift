import Foundation
import NIOPosix
import PulpTestSupport
import Testing

extension DockerSuite {
    @Suite("Conformance")
    struct ConformanceTests {
        @Test("no guest can make an import of spawn.docker misbehave", .timeLimit(.minutes(15)))
        func conformance() async throws {
            try await FakeEngine.with({ FakeEngine.sound($0) }) { engine in
                var plugin = TestPlugin()
                plugin.environment["TEMPLATES_DIR"] = Fixture.root.appendingPathComponent("Tests/Fixtures/callee").path
                // More calls are dropped than are waited for.
                plugin.limits["calls"] = 1_024
                var setting = plugin.setting
                setting.memoryBytes = 65_536
                let report = try await CapabilityConformance.check(
                    plugin.capability(on: engine.socketPath), setting, samples: Samples.all
                ) { MultiThreadedEventLoopGroup.singleton.next() }
                #expect(report.failures.isEmpty, "\(report.failures)")
                #expect(report.callCount > 3_000)
            }
        }
    }
}
