import Foundation
import Pulp
import PulpCapability
import PulpTesting
import PulpWire

/// Runs one test of a module: the module's code says what is to be done, a ``CaseRun`` does it.
///
/// The module's guest sleeps while a step is done, and runs on a loop that is not the plugin's. Confined to the one task
/// that runs the test.
struct GuestRun {
    /// The last lines that a test has printed; more are not for reading.
    private static let mostPrinted = 20

    let run: CaseRun
    let code: TestCode
    private let log = LogCollector()

    init(run: CaseRun, code: TestCode) {
        self.run = run
        self.code = code
    }

    /// - Throws: ``TestFailure`` or ``TestSkip``.
    func execute() async throws {
        try await self.run.start()
        guard self.run.test.startFails == nil else { return }
        let (calls, feed) = AsyncStream.makeStream(of: StepCall.self)
        let (code, test, log) = (self.code, self.run.test, self.log)
        async let ending = Self.end(of: code, test, log, feed)
        var problem: (any Error)?
        for await call in calls {
            do {
                if let problem { throw problem }
                call.reply(.done(try await self.perform(call.bytes)))
            } catch {
                problem = error
                call.reply(.over)
            }
        }
        // What a test has found wrong ends its guest, which says nothing new then.
        let end = await ending
        guard let error = problem ?? end else { return }
        guard let failure = error as? TestFailure else { throw error }
        throw TestFailure(failure.position, failure.title, failure.details + Self.printed(self.log))
    }

    /// Runs the guest, and closes the feed of its steps when it has ended.
    ///
    /// - Returns: Why it ended before the test did.
    private static func end(
        of code: TestCode, _ test: TestCase, _ log: LogCollector, _ feed: AsyncStream<StepCall>.Continuation
    ) async -> TestFailure? {
        defer { feed.finish() }
        let config = MessagePackWriter.encode { $0.writeInt64(Int64(test.number)) }
        let capability = GuestTestCapability { _ in
        } called: { call in
            guard case .enqueued = feed.yield(call) else { return call.reply(.over) }
        }
        do {
            // The test's own limit comes first, and says more.
            try await code.guest.run(
                config, within: code.limit + .seconds(5), seed: code.seed, log: log, capability)
            return nil
        } catch {
            return TestFailure(test.position, "the test's own code failed", Self.explain(error))
        }
    }

    /// What ended the guest, as far as its author's own code goes.
    private static func explain(_ error: any Error) -> [String] {
        let message = (error as? PluginError).map { [$0.message] } ?? []
        var lines = message + CaseRun.lines(HostError.explain(error)).dropFirst(message.count)
        while let last = lines.last, ["at $e16PulpGuestTesting", "at pulp_init"].contains(where: last.contains) {
            lines.removeLast()
        }
        if lines.count > 1, ProcessInfo.processInfo.environment["PULP_BACKTRACE"] != "1" {
            lines.append("with PULP_BACKTRACE=1 in the environment these have lines")
        }
        return lines
    }

    /// For whoever looks why a test failed.
    static func printed(_ log: LogCollector) -> [String] {
        let lines = log.lines.filter { $0.source == PluginLog.source }.suffix(Self.mostPrinted)
        return lines.isEmpty ? [] : ["printed:"] + lines.map { "  \(Shown.line($0.message))" }
    }
}

/// A test that is code: the module, and how it is run.
struct TestCode: Sendable {
    let guest: TestGuest
    /// Where the guest's random numbers start.
    let seed: UInt64
    /// The real time that the test may take.
    let limit: Duration
}

/// Why a test is not run after all.
struct TestSkip: Error {
    let reason: String
}
