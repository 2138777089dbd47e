import NIOCore
import Pulp

/// What steps do.
extension CaseRun {
    func perform(_ action: TestAction, _ step: TestStep) async throws {
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
        case .given(let answer): self.answer = answer
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
        // An answer that is on its way is given the time to come.
        for _ in 0..<20 where self.answer == nil {
            await self.host.settle()
            await self.host.pause(.milliseconds(self.host.isLive ? 15 : 1))
            self.answer = client.answer(to: name)
        }
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
            [
                self.file.guest == nil
                    ? "expect.pending = true, then advance = \"1s\", then answer = \(Shown.text(name)) waits for it"
                    : "send it with host.pending(...), then host.advance(.seconds(1)), then its answer() waits for it"
            ])
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
}
