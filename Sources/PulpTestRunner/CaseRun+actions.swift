import NIOCore
import Pulp
import Synchronization

/// What steps do.
extension CaseRun {
    func perform(_ action: TestAction, _ step: TestStep) async throws {
        // What has ended by now leaves its name to others.
        self.client?.read()
        switch action {
        case .request(let request): try await self.request(request, step)
        case .answer(let name):
            try self.require(name, [.request], step)
            try await self.awaitAnswer(name, step)
        case .subscribe(let path, let headers):
            let name = step.name ?? path
            try await self.open(step, wanted: 200) {
                try await $0.subscribe(path, headers, name: name, within: TestTime.left)
            }
        case .connect(let path, let headers):
            let name = step.name ?? path
            try await self.open(step, wanted: 101) {
                try await $0.connect(path, headers, name: name, within: TestTime.left)
            }
        case .send(let message, let on): try await self.send(message, on, step)
        case .close(let name, let code):
            try self.require(name, [.eventStream, .webSocket, .request], step)
            _ = await self.client?.close(name, code: code)
        case .advance(let amount):
            if let problem = await self.host.advance(by: amount) { throw TestFailure(step.position, problem) }
        case .event(let kind, let payload): try await self.event(kind, payload, step)
        case .sql(let sql): try self.read(sql, step)
        case .restart: try await self.restart(step)
        case .given(let answer): self.answer = answer
        }
    }

    // MARK: Requests

    private func request(_ request: TestRequest, _ step: TestStep) async throws {
        let isPending = step.checks.contains(where: \.isPending)
        // One that is answered in its own step needs no name, and takes none from others.
        let name = isPending ? step.name ?? "\(request.method) \(request.target)" : "\(step.position)"
        try await self.opening(step) { try await $0.begin(request, name: name) }
        guard isPending else { return try await self.awaitAnswer(name, step) }
        // An answer that is on its way is given the time to come.
        for _ in 0..<20 where self.answer == nil {
            await self.host.settle()
            await self.host.pause(.milliseconds(self.host.isLive ? 15 : 1))
            self.answer = self.client?.answer(to: name)
        }
    }

    private func awaitAnswer(_ name: String, _ step: TestStep) async throws {
        guard let client else { return }
        var quiet = 0
        var count = 0
        while true {
            // Before the answer is looked at: what came with the connection's end counts.
            let isBroken = client.isBroken(name)
            if let answer = client.answer(to: name) {
                self.answer = answer
                return
            }
            guard !Task.isCancelled else { throw CancellationError() }
            guard !isBroken else { throw self.broken(name, step) }
            await self.host.settle()
            await self.host.pause(.milliseconds(quiet < 10 ? 1 : 5))
            let earlier = count
            count = client.count(on: name)
            quiet = count > earlier ? 0 : quiet + 1
            // Settled, and nothing came for half a second: only time can bring the answer, and time stands still.
            guard self.host.isLive || quiet < 100 else { throw self.unanswered(name, step) }
        }
    }

    private func broken(_ name: String, _ step: TestStep) -> TestFailure {
        if self.client?.isOverfull(name) == true { return self.overfull("the answer", step) }
        guard let part = self.client?.part(of: name) else {
            return TestFailure(step.position, "the connection was closed without an answer")
        }
        return TestFailure(
            step.position, "the connection was closed in the middle of the answer", ["got  \(Self.shown(part))"])
    }

    private func unanswered(_ name: String, _ step: TestStep) -> TestFailure {
        if let part = self.client?.part(of: name) {
            return TestFailure(
                step.position, "the answer does not end",
                ["got  \(Self.shown(part))", "an event stream is read with subscribe = \"/path\""])
        }
        let why =
            self.host.clock.sleepingCount > 0
            ? "it sleeps until time passes" : "it has put the answer off (http_defer)"
        let name = Shown.text(step.name ?? "name")
        return TestFailure(
            step.position, "the plugin does not answer: \(why)",
            [
                self.file.guest == nil
                    ? "expect.pending = true, then advance = \"1s\", then answer = \(name) waits for it"
                    : "send it with host.pending(...), then host.advance(.seconds(1)), then its answer() waits for it"
            ])
    }

    // MARK: Streams and WebSockets

    /// Opens something under a name that is free; a refusal fails the step unless it says what it expects.
    private func open(
        _ step: TestStep, wanted: Int, _ body: (TestClient) async throws -> TestAnswer?
    ) async throws {
        self.answer = try await self.opening(step, body)
        guard let answer else { throw TestFailure(step.position, "the host gave no answer") }
        guard answer.status != wanted, !step.checks.contains(where: \.isStatus) else { return }
        throw TestFailure(step.position, "it was not opened: the host answered with status \(answer.status)")
    }

    private func send(_ message: TestMessage, _ on: String?, _ step: TestStep) async throws {
        let client = try self.clientOrFailure(step)
        guard let name = on ?? client.onlyWebSocket else {
            throw TestFailure(
                step.position, "it is not clear on which WebSocket to send",
                [self.openLine, "open one with connect = \"/path\", or name one of several: on = \"name\""])
        }
        try self.require(name, [.webSocket], step)
        _ = await client.send(message, on: name)
    }

    // MARK: The plugin and what it has stored

    /// Steps the plugin; one that waits for time to pass goes on when a later step lets it.
    private func event(_ kind: String, _ payload: [UInt8], _ step: TestStep) async throws {
        let call = EventCall(self.host, kind, payload)
        var quiet = 0
        // Settled all the while, it waits for time to pass: asleep, or until the plugin is started again after a crash.
        while call.outcome == nil, quiet < (self.host.clock.sleepingCount > 0 ? 10 : 200) {
            try Task.checkCancellation()
            await self.host.settle()
            _ = await self.host.signal.wait(within: .milliseconds(5)) { call.outcome != nil }
            quiet += 1
        }
        switch call.outcome {
        case .success(let result)?: self.result = .returned(result)
        case .failure(let error)?: self.result = .failed(HostError.explain(error))
        case nil: self.result = .waiting
        }
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
}

/// A step of the plugin that goes on while the test does.
private final class EventCall: Sendable {
    private let state = Mutex<Result<Int32, any Error>?>(nil)

    init(_ host: CaseHost, _ kind: String, _ payload: [UInt8]) {
        // Ends with the plugin at the latest, which the end of the test ends.
        Task {
            do {
                let result = try await host.step(kind, payload: payload)
                self.state.withLock { $0 = .success(result) }
            } catch {
                self.state.withLock { $0 = .failure(error) }
            }
            host.signal.fire()
        }
    }

    /// nil while it goes on.
    var outcome: Result<Int32, any Error>? { self.state.withLock { $0 } }
}
