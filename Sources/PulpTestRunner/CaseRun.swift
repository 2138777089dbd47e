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
    private var client: TestClient?
    private var answer: TestAnswer?
    private var rows: [[(name: String, value: JSONValue)]] = []
    private var result: Int32?
    private var seen = Seen()

    /// What earlier steps have looked at.
    private struct Seen {
        var events = 0
        var messages = 0
        var logs = 0
        var fetches = 0
        var denials = 0
        var crashes = 0
    }

    init(host: CaseHost, file: TestFile, test: TestCase) {
        self.host = host
        self.file = file
        self.test = test
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

    private func start() async throws {
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
            throw TestFailure(self.test.position, "start_fails", ["expected  the plugin not to start", "got       it did"])
        }
        self.connectClient()
    }

    /// An error is part of a longer text: a text alone is to be found in it.
    private static func holds(_ matcher: TextMatcher, _ text: String) -> Bool {
        if case .exactly(let part) = matcher { text.contains(part) } else { matcher.holds(text) }
    }

    private static func lines(_ text: String) -> [String] {
        text.split(separator: "\n").prefix(40).map { Shown.line(String($0)) }
    }

    private func connectClient() {
        self.client = self.host.address.map {
            TestClient(address: $0, loop: self.host.loop, signal: self.host.signal)
        }
    }

    // MARK: One step

    func run(_ step: TestStep) async throws {
        (self.answer, self.rows, self.result) = (nil, [], nil)
        if let action = step.action { try await self.perform(action, step) }
        await self.host.settle()
        for check in step.checks {
            guard let failure = try await self.failure(of: check, step) else { continue }
            // What happened to the plugin says more than what is missing for it.
            if !step.checks.contains(where: \.isCrash) { try self.refuseSurprises(step) }
            throw failure
        }
        try self.refuseSurprises(step)
    }

    /// Crashes and fetches that nobody has spoken of.
    private func refuseSurprises(_ step: TestStep) throws {
        if let fetch = self.host.server.unexpected.first {
            throw TestFailure(
                step.position, "unexpected fetch: \(fetch.words)",
                ["answer it: [[test.http]] request = \(Shown.text("\(fetch.method) \(fetch.url)"))"])
        }
        let crashes = self.host.crashes.dropFirst(self.seen.crashes)
        guard let crash = crashes.first else { return }
        throw TestFailure(step.position, "the plugin crashed", Self.lines(crash) + self.backtrace)
    }

    private var backtrace: [String] {
        let line = self.host.log.lines.last { $0.metadata["backtrace"] != nil && $0.source != PluginLog.source }
        return Self.lines(line?.metadata["backtrace"] ?? "").dropFirst().prefix(12).map { $0 }
    }

    /// Looks until it holds, or for as long as it may be late.
    private func failure(of check: PlacedCheck, _ step: TestStep) async throws -> TestFailure? {
        let end = ContinuousClock.now + (self.host.isLive ? Self.patience.live : Self.patience.here)
        while true {
            self.client?.read()
            guard let failure = try self.look(check) else { return nil }
            guard check.mayComeLate, ContinuousClock.now < end, !Task.isCancelled else { return failure }
            await self.host.pause(.milliseconds(5))
        }
    }

    // MARK: Actions

    private func perform(_ action: TestAction, _ step: TestStep) async throws {
        switch action {
        case .request(let request): try await self.request(request, step)
        case .answer(let name): try await self.awaitAnswer(name, step)
        case .subscribe(let path, let headers):
            let client = try self.clientOrFailure(step)
            self.answer = try await client.subscribe(
                path, headers, name: step.name ?? path, within: self.file.timeout)
            try await self.checkOpened(step, wanted: 200)
        case .connect(let path, let headers):
            let client = try self.clientOrFailure(step)
            self.answer = try await client.connect(path, headers, name: step.name ?? path, within: self.file.timeout)
            try await self.checkOpened(step, wanted: 101)
        case .send(let message, let on): try await self.send(message, on, step)
        case .close(let name, let code):
            guard await self.client?.close(name, code: code) == true else { throw self.unknown(name, step) }
        case .advance(let amount):
            if let problem = await self.host.advance(by: amount) { throw TestFailure(step.position, problem) }
        case .event(let kind, let payload):
            // A trap is in the log too, where the test's end or its expectation finds it.
            self.result = try? await self.host.step(kind, payload: payload)
        case .sql(let sql): try self.read(sql, step)
        case .restart: try await self.restart(step)
        }
    }

    private func clientOrFailure(_ step: TestStep) throws -> TestClient {
        if let client { return client }
        throw TestFailure(
            step.position, "the plugin serves nothing",
            ["grant it transport.http.inbound, transport.ws.inbound or transport.sse in the manifest"])
    }

    private func unknown(_ name: String, _ step: TestStep) -> TestFailure {
        let names = (self.client?.names ?? []).map { Shown.text($0) }.joined(separator: ", ")
        return TestFailure(
            step.position, "nothing is open as \(Shown.text(name))", ["open are: \(names.isEmpty ? "none" : names)"])
    }

    private func request(_ request: TestRequest, _ step: TestStep) async throws {
        let client = try self.clientOrFailure(step)
        let name = step.name ?? request.target
        do {
            try await client.begin(request, name: name)
        } catch {
            throw TestFailure(step.position, "the host takes no connection", ["\(error)"])
        }
        guard step.checks.contains(where: \.isPending) else { return try await self.awaitAnswer(name, step) }
        await self.host.settle()
        if self.host.isLive { await self.host.pause(.milliseconds(300)) }
        self.answer = client.answer(to: name)
    }

    private func awaitAnswer(_ name: String, _ step: TestStep) async throws {
        guard let client, client.isOpen(name) else { throw self.unknown(name, step) }
        var isQuiet = 0
        while true {
            if let answer = client.answer(to: name) {
                self.answer = answer
                return
            }
            guard !Task.isCancelled else { throw CancellationError() }
            guard !client.isBroken(name) else {
                throw TestFailure(step.position, "the connection was closed without an answer")
            }
            await self.host.settle()
            await self.host.pause(.milliseconds(isQuiet < 10 ? 1 : 5))
            isQuiet += 1
            // Settled for a fifth of a second: only time can bring the answer, and time stands still.
            guard self.host.isLive || isQuiet < 50 else { throw self.unanswered(name, step) }
        }
    }

    private func unanswered(_ name: String, _ step: TestStep) -> TestFailure {
        let why =
            self.host.clock.sleepingCount > 0
            ? "it sleeps until time passes" : "it has put the answer off (http_defer)"
        return TestFailure(
            step.position, "the plugin does not answer: \(why)",
            ["expect.pending = true, then advance = \"1s\", then answer = \(Shown.text(name)) waits for it"])
    }

    /// A refused subscription or handshake fails the step unless it says what it expects.
    private func checkOpened(_ step: TestStep, wanted: Int) async throws {
        guard let answer else { throw TestFailure(step.position, "the host gave no answer") }
        guard answer.status != wanted, !step.checks.contains(where: \.isStatus) else { return }
        throw TestFailure(step.position, "it was not opened: the host answered with status \(answer.status)")
    }

    private func send(_ message: TestMessage, _ on: String?, _ step: TestStep) async throws {
        guard let client, let name = on ?? client.onlyWebSocket else {
            throw TestFailure(
                step.position, "it is not clear on which WebSocket to send",
                ["open one with connect = \"/path\", or name one of several: on = \"name\""])
        }
        guard await client.send(message, on: name) else { throw self.unknown(name, step) }
    }

    private func read(_ sql: String, _ step: TestStep) throws {
        do throws(DatabaseReader.Problem) {
            self.rows = try DatabaseReader(path: "\(self.host.pluginFolder)/data.db").rows(sql)
        } catch {
            throw TestFailure(step.position, "sql: \(error)")
        }
    }

    private func restart(_ step: TestStep) async throws {
        await self.client?.close()
        do {
            try await self.host.restart()
        } catch {
            throw TestFailure(
                step.position, "the plugin does not start again", Self.lines(HostError.explain(error)))
        }
        self.seen.events = 0
        self.seen.messages = 0
        self.connectClient()
    }

    // MARK: Looking

    /// Why an expectation does not hold now; nil when it does, and what it looked at is seen then.
    private func look(_ check: PlacedCheck) throws -> TestFailure? {
        switch check.check {
        case .status(let status):
            guard self.answer?.status != status else { return nil }
            return TestFailure(check, expected: "\(status)", got: self.answer.map(Self.shown) ?? "no answer")
        case .header(let name, let matcher): return self.header(check, name, matcher)
        case .body, .bytes, .json: return self.body(check)
        case .pending:
            return self.answer.map { TestFailure(check, expected: "no answer yet", got: Self.shown($0)) }
        case .events(let wanted): return self.events(check, wanted)
        case .messages(let wanted): return self.messages(check, wanted)
        case .closed(let name, let code): return self.closed(check, name, code)
        case .logs(let wanted): return self.logs(check, wanted)
        case .noLogs(let matcher):
            let lines = self.host.log.lines.dropFirst(self.seen.logs)
            let line = lines.first { matcher.holds($0.message) }
            return line.map { TestFailure(check, expected: "no such line", got: Self.shown($0)) }
        case .fetches(let wanted): return self.fetches(check, wanted)
        case .denied(let names): return self.denied(check, names)
        case .rows(let wanted): return RowComparison.failure(check, wanted, self.rows)
        case .file(let name, let matcher): return self.stored(check, name, matcher)
        case .result(let wanted):
            guard self.result != wanted else { return nil }
            return TestFailure(check, expected: "\(wanted)", got: self.result.map { "\($0)" } ?? "nothing: it crashed")
        case .crash(let matcher): return self.crash(check, matcher)
        }
    }

    private static func shown(_ answer: TestAnswer) -> String {
        "\(answer.status), with the body \(Shown.bytes(Array(answer.body.prefix(4_096))))"
    }

    private static func shown(_ line: LogLine) -> String {
        let fields = line.metadata.filter { $0.key != "plugin" }.sorted { $0.key < $1.key }
            .map { " \(Shown.line($0.key))=\(Shown.line($0.value))" }
        return Shown.line("\(line.level) \(line.message)\(fields.joined())")
    }

    private func header(_ check: PlacedCheck, _ name: String, _ matcher: TextMatcher?) -> TestFailure? {
        let value = self.answer?.header(name)
        let what = "header \(Shown.line(name))"
        guard let matcher else {
            return value.map { TestFailure(check, what, expected: "no such header", got: Shown.text($0)) }
        }
        guard let value else { return TestFailure(check, what, expected: matcher.words, got: "no such header") }
        return matcher.holds(value) ? nil : TestFailure(check, what, expected: matcher, got: value)
    }

    private func body(_ check: PlacedCheck) -> TestFailure? {
        guard let answer else { return TestFailure(check, expected: "a body", got: "no answer") }
        switch check.check {
        case .body(let matcher):
            let text = String(validating: answer.body, as: UTF8.self)
            guard let text else {
                return TestFailure(check, expected: matcher.words, got: Shown.bytes(answer.body))
            }
            return matcher.holds(text) ? nil : TestFailure(check, expected: matcher, got: text)
        case .bytes(let bytes):
            guard bytes != answer.body else { return nil }
            return TestFailure(check, expected: Shown.bytes(bytes), got: Shown.bytes(answer.body))
        case .json(let wanted):
            guard let found = JSONValue(answer.body) else {
                return TestFailure(check, expected: wanted.text, got: "no JSON: \(Shown.bytes(answer.body))")
            }
            guard let (path, expected, got) = wanted.difference(from: found) else { return nil }
            let what = path.isEmpty ? "json" : "json at \(Shown.line(path))"
            return TestFailure(check, what, expected: expected, got: Shown.line(got))
        default: return nil
        }
    }

    private func events(_ check: PlacedCheck, _ wanted: [EventMatcher]) -> TestFailure? {
        let all = self.client?.received.events ?? []
        let came = Array(all.dropFirst(self.seen.events))
        guard wanted.count == came.count, zip(wanted, came).allSatisfy({ $0.holds($1) }) else {
            return ListComparison.failure(
                check, "events", wanted.map(\.words), came.map(\.words), zip(wanted, came).map { $0.holds($1) })
        }
        self.seen.events = all.count
        return nil
    }

    private func messages(_ check: PlacedCheck, _ wanted: [MessageMatcher]) -> TestFailure? {
        let all = self.client?.received.messages ?? []
        let came = Array(all.dropFirst(self.seen.messages))
        guard wanted.count == came.count, zip(wanted, came).allSatisfy({ $0.holds($1.message, on: $1.on) }) else {
            return ListComparison.failure(
                check, "messages", wanted.map(\.words), came.map { "\($0.message.words) on \(Shown.text($0.on))" },
                zip(wanted, came).map { $0.holds($1.message, on: $1.on) })
        }
        self.seen.messages = all.count
        return nil
    }

    private func closed(_ check: PlacedCheck, _ name: String, _ code: UInt16?) -> TestFailure? {
        guard let came = self.client?.received.closed[name] else {
            return TestFailure(check, expected: "\(Shown.text(name)) to be closed", got: "it is not closed")
        }
        guard let code, code != came else { return nil }
        return TestFailure(check, expected: "code \(code)", got: "code \(came)")
    }

    private func logs(_ check: PlacedCheck, _ wanted: [LogMatcher]) -> TestFailure? {
        let all = self.host.log.lines
        var rest = all.dropFirst(self.seen.logs)
        for matcher in wanted {
            guard let index = rest.firstIndex(where: matcher.holds) else {
                let shown = all.dropFirst(self.seen.logs).filter { $0.source == PluginLog.source }.suffix(10)
                return TestFailure(
                    check, expected: "a line \(matcher.words)",
                    got: shown.isEmpty ? "no line of the plugin" : "these lines of the plugin:",
                    more: shown.map { "  \(Self.shown($0))" })
            }
            rest = rest[(index + 1)...]
        }
        self.seen.logs = all.count
        return nil
    }

    private func fetches(_ check: PlacedCheck, _ wanted: [FetchMatcher]) -> TestFailure? {
        let all = self.host.server.made
        let came = Array(all.dropFirst(self.seen.fetches))
        guard wanted.count == came.count, zip(wanted, came).allSatisfy({ $0.holds($1) }) else {
            return ListComparison.failure(
                check, "fetches", wanted.map(\.words), came.map(\.words), zip(wanted, came).map { $0.holds($1) })
        }
        self.seen.fetches = all.count
        return nil
    }

    private func denied(_ check: PlacedCheck, _ names: [String]) -> TestFailure? {
        let came = Set(self.host.denials.map(\.name))
        guard let missing = names.first(where: { !came.contains($0) }) else { return nil }
        let got = came.isEmpty ? "no call was refused" : "refused were \(came.sorted().joined(separator: ", "))"
        return TestFailure(check, expected: "\(Shown.line(missing)) to be refused", got: Shown.line(got))
    }

    private func stored(_ check: PlacedCheck, _ name: String, _ matcher: TextMatcher?) -> TestFailure? {
        let what = "file \(Shown.line(name))"
        let bytes = StoredFile.bytes(name, in: self.host.pluginFolder)
        guard let matcher else {
            return bytes.map { TestFailure(check, what, expected: "no such file", got: "one of \($0.count) bytes") }
        }
        guard let bytes else { return TestFailure(check, what, expected: matcher.words, got: "no such file") }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            return TestFailure(check, what, expected: matcher.words, got: Shown.bytes(bytes))
        }
        return matcher.holds(text) ? nil : TestFailure(check, what, expected: matcher, got: text)
    }

    private func crash(_ check: PlacedCheck, _ matcher: TextMatcher?) -> TestFailure? {
        let all = self.host.crashes
        guard let crash = all.dropFirst(self.seen.crashes).first else {
            return TestFailure(check, expected: "the plugin to crash", got: "it did not")
        }
        guard matcher?.holds(crash) ?? true else {
            return TestFailure(check, expected: matcher?.words ?? "", got: Shown.text(crash))
        }
        self.seen.crashes = all.count
        return nil
    }
}
