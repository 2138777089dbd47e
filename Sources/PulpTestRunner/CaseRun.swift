import Foundation
import Logging
import NIOCore
import Pulp
import PulpCapability
import PulpManifest
import PulpTesting

/// Runs the steps of one test.
///
/// Confined to the one task that runs the test.
final class CaseRun {
    /// How long what is expected may be late: a moment once the plugin has settled, or what a busy machine needs.
    private static let patience = (here: Duration.milliseconds(300), live: Duration.seconds(5))

    let host: CaseHost
    let file: TestFile
    let test: TestCase
    private let progress: TestProgress
    var client: TestClient?
    var answer: TestAnswer?
    var rows: [[(name: String, value: JSONValue)]] = []
    var result: EventResult?
    var seen = Seen()
    /// Time that a live test has let pass.
    var passed = Duration.zero

    /// What earlier steps have looked at.
    struct Seen {
        var events = 0
        var messages = 0
        var logs = 0
        /// Before the step: two expectations of one step look at the same lines.
        var logsBefore = 0
        var fetches = 0
        /// Lines of the log in which crashes were looked for.
        var crashes = 0
    }

    /// What became of an event.
    enum EventResult {
        case returned(Int32)
        case failed(String)
        /// For time to pass.
        case waiting
    }

    init(host: CaseHost, file: TestFile, test: TestCase, progress: TestProgress = TestProgress()) {
        self.host = host
        self.file = file
        self.test = test
        self.progress = progress
    }

    /// - Throws: ``TestFailure``.
    func run() async throws {
        try await self.start()
        guard self.test.startFails == nil else { return }
        for step in self.file.setup + self.test.steps {
            try await self.run(step)
        }
    }

    func end() async {
        await self.client?.close()
    }

    /// Starts the plugin, or sees that it does not start when that is the test.
    func start() async throws {
        do {
            try await self.host.start()
        } catch {
            let reason = HostError.explain(error)
            guard let expected = self.test.startFails else {
                throw TestFailure(self.test.position, "the plugin does not start", Self.lines(reason))
            }
            guard !Self.holds(expected, reason) else { return }
            let check = PlacedCheck(key: "start_fails", position: self.test.position, check: .pending)
            throw TestFailure(check, expected: expected, got: reason)
        }
        guard self.test.startFails == nil else {
            throw TestFailure(
                self.test.position, "start_fails", ["expected  the plugin not to start", "got       it did"])
        }
        self.connectClient()
    }

    /// An error is part of a longer text: a text alone is to be found in it.
    private static func holds(_ matcher: TextMatcher, _ text: String) -> Bool {
        if case .exactly(let part) = matcher { text.contains(part) } else { matcher.holds(text) }
    }

    static func lines(_ text: String) -> [String] {
        text.split(separator: "\n").prefix(40).map { Shown.line(String($0)) }
    }

    func connectClient() {
        self.client = self.host.address.map {
            TestClient(address: $0, loop: self.host.loop, signal: self.host.signal)
        }
    }

    // MARK: One step

    func run(_ step: TestStep) async throws {
        try self.checkTime()
        self.progress.begin(step.position)
        (self.answer, self.rows, self.result) = (nil, [], nil)
        self.seen.logsBefore = self.seen.logs
        if let action = step.action { try await self.perform(action, step) }
        await self.host.settle()
        for check in step.checks {
            guard let failure = try await self.failure(of: check, step) else { continue }
            // What happened to the plugin says more than what is missing for it.
            if !step.checks.contains(where: \.isCrash) { try self.refuseSurprises(step) }
            throw failure
        }
        try self.refuseSurprises(step)
        if case .failed(let reason) = self.result, !step.mayCrash, !step.checks.contains(where: \.isCrash) {
            throw TestFailure(step.position, "the plugin did not take the event", Self.lines(reason))
        }
    }

    func overfull(_ what: String, _ step: TestStep) -> TestFailure {
        TestFailure(
            step.position, "more came as \(what) than a test keeps",
            [
                "of one connection \(ClientConnection.mostBytes >> 20) MiB are kept, and 100000 events and messages in all"
            ])
    }

    /// Crashes and fetches that nobody has spoken of.
    private func refuseSurprises(_ step: TestStep) throws {
        if let name = self.client?.received.overfull { throw self.overfull(Shown.text(name), step) }
        if let fetch = self.host.server.unexpected.first {
            throw TestFailure(
                step.position, "unexpected fetch: \(fetch.words)",
                [self.remedy(for: Shown.text("\(fetch.method) \(fetch.url)"))])
        }
        if self.host.server.isOverfull {
            throw TestFailure(
                step.position, "the plugin has sent more with its fetches than a test keeps",
                ["of all bodies \(CannedServer.mostBytes >> 20) MiB are kept"])
        }
        let lines = self.host.log.lines
        guard let crash = lines.dropFirst(self.seen.crashes).first(where: CaseHost.isCrash) else {
            self.seen.crashes = lines.count
            return
        }
        guard !step.mayCrash else { return }
        let backtrace = Self.lines(crash.metadata["backtrace"] ?? "").dropFirst().prefix(12)
        throw TestFailure(step.position, "the plugin crashed", Self.lines(crash.message) + backtrace)
    }

    private func remedy(for request: String) -> String {
        self.file.guest == nil
            ? "answer it: [[test.http]] request = \(request)" : "answer it: http: [FetchAnswer(\(request), ...)]"
    }

    /// - Throws: `CancellationError` when the test's time is over.
    private func checkTime() throws {
        if TestTime.isOver { throw CancellationError() }
    }

    /// Looks until it holds, or for as long as it may be late.
    private func failure(of check: PlacedCheck, _ step: TestStep) async throws -> TestFailure? {
        let end = ContinuousClock.now + (self.host.isLive ? Self.patience.live : Self.patience.here)
        while true {
            self.client?.read()
            let failure = try self.look(check)
            // What was given up for want of time says nothing of the plugin.
            try self.checkTime()
            guard let failure else { return nil }
            guard check.mayComeLate, ContinuousClock.now < end, !Task.isCancelled else { return failure }
            await self.host.pause(.milliseconds(5))
        }
    }
}
