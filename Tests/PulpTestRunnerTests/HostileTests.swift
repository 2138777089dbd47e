import Pulp
import PulpTestRunner
import PulpTestSupport
import Testing

/// Guests that never come back, at every place where a test waits for them.
@Suite("A guest that never comes back", .timeLimit(.minutes(5)))
struct HostileTests {
    static let guests = [
        "loop-start", "loop-initialize", "loop-init", "loop-step", "loop-alloc", "loop-shutdown", "sleep-initialize",
        "sleep-init", "sleep-step", "sleep-shutdown", "yield-loop", "imports-loop",
    ]

    private static func report(_ guest: String, _ steps: String, isLive: Bool) async throws -> TestReport {
        var spec = try Fixture.hostileSpec(guest, capabilities: ["entropy.read"])
        spec.limits.callTimeout = .seconds(600)
        let tests = ["one", "two"].map { "[[test]]\nname = \"\($0)\"\n\(steps)\n" }.joined()
        return try await Bench.run(spec, "timeout = \"2s\"\n\(tests)") { $0.isLive = isLive }
    }

    @Test("keeps no test from its end, nor the next one from its beginning", arguments: Self.guests)
    func here(guest: String) async throws {
        let report = try await Self.report(
            guest, "[[test.step]]\nevent = \"any\"\n[[test.step]]\nadvance = \"1s\"", isLive: false)
        #expect(report.results.count == 2)
        // Those that come back from everything but their shutdown, or when time passes, do nothing wrong here.
        let isPatient = ["loop-shutdown", "sleep-shutdown", "sleep-step"].contains(guest)
        #expect(report.failureCount == (isPatient ? 0 : 2), "\(report.text(.text))")
    }

    @Test("keeps no real host from its end", arguments: ["loop-start", "loop-init", "sleep-init", "sleep-shutdown"])
    func live(guest: String) async throws {
        let report = try await Self.report(guest, "[[test.step]]\nrestart = true", isLive: true)
        #expect(report.results.count == 2)
        // How long a real host waits for a shutdown is its own affair.
        #expect(report.failureCount == 2 || guest == "sleep-shutdown", "\(report.text(.text))")
    }
}
