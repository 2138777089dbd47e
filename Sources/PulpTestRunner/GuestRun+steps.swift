import PulpManifest
import PulpTOML
import PulpTesting
import PulpWire

/// What the calls of a test do.
extension GuestRun {
    /// What a record of a module has beside the keys of a step.
    private static let ownKeys: Set<String> = ["given", "fail", "may_crash", "read"]

    /// - Parameter bytes: Of the guest, and not to be trusted.
    /// - Returns: What the guest is told.
    /// - Throws: ``TestFailure`` or ``TestSkip``, either of which ends the test.
    func perform(_ bytes: [UInt8]) async throws -> [UInt8] {
        do {
            return try await self.perform(MessagePackValue(decoding: bytes)).encodedBytes()
        } catch let problem as GuestRecord.Problem {
            throw TestFailure(self.run.test.position, "a call of the test cannot be made: \(problem.description)")
        } catch let error as WireError {
            throw TestFailure(self.run.test.position, "a call of the test cannot be read: \(error)")
        }
    }

    private func perform(_ record: MessagePackValue) async throws -> MessagePackValue {
        let place = GuestRecord.place(of: record)
        let path = self.guest.module.source(named: place?.file ?? "")
        let position = place?.position ?? .start
        let title = Self.text(record["fail"]?["title"]) ?? "expect"
        let check = PlacedCheck(key: Shown.line(title), position: ManifestPosition(file: path, position), check: .pending)
        if let mismatch = record["fail"] { throw Self.failure(mismatch, check) }
        if case .string(let what)? = record["read"] {
            await self.run.host.settle()
            return try self.read(what, record, check)
        }
        let step = try self.step(record, path, position)
        if self.run.host.isLive, let reason = LiveRules.reason(against: step.action, passed: &self.run.passed) {
            throw TestSkip(reason: reason)
        }
        try await self.run.run(step)
        return self.outcome(of: step)
    }

    private func step(_ record: MessagePackValue, _ path: String, _ position: SourcePosition) throws -> TestStep {
        let table = try GuestRecord.table(record, without: Self.ownKeys, at: position)
        let findings = TestFindings(file: path)
        var reader = TestStepReader(findings: findings, neighbour: TestFileReader(path: path).neighbour)
        let given = record["given"].flatMap { TestAnswer($0) }
        reader.hasAnswer = given != nil
        var step = reader.step(TestTable("a call", table, at: position, findings))
        if let error = findings.error {
            throw TestFailure(
                findings.place(position), "the call cannot be made", error.diagnostics.map { Shown.line($0.message) })
        }
        if step.action == nil, let given { step.action = .given(given) }
        step.mayCrash = record["may_crash"] == .bool(true)
        return step
    }

    private func outcome(of step: TestStep) -> MessagePackValue {
        switch step.action {
        case .request, .answer, .subscribe, .connect: self.run.answer.map { MessagePackValue($0) } ?? .nil
        case .event: self.run.result.map { .int(Int64($0)) } ?? .nil
        case .sql:
            .array(
                self.run.rows.map { row in
                    .array(row.map { .array([.string($0.name), MessagePackValue($0.value)]) })
                })
        default: .nil
        }
    }

    // MARK: What the module has compared

    /// The failure that a module has found: a sentence, or two values that are not the same.
    private static func failure(_ mismatch: MessagePackValue, _ check: PlacedCheck) -> TestFailure {
        guard let expected = mismatch["expected"], let got = mismatch["got"] else {
            let sentence = Self.text(mismatch["title"]) ?? "the test says that it failed"
            return TestFailure(check.position, Shown.line(sentence))
        }
        if let expected = Self.text(expected), let got = Self.text(got) {
            return TestFailure(check, expected: TextMatcher.exactly(expected), got: got)
        }
        return TestFailure(check, expected: Self.shown(expected), got: Self.shown(got))
    }

    private static func text(_ value: MessagePackValue?) -> String? {
        if case .string(let text)? = value { text } else { nil }
    }

    private static func shown(_ value: MessagePackValue) -> String {
        switch value {
        case .binary(let bytes): Shown.bytes(bytes)
        // What describes itself comes as the one element of a list: it is shown without quotes.
        case .array(let parts): Shown.line(Self.text(parts.first) ?? "")
        default: Shown.text(Self.text(value) ?? "")
        }
    }

    // MARK: What the module looks at

    private func read(_ what: String, _ record: MessagePackValue, _ check: PlacedCheck) throws -> MessagePackValue {
        self.run.client?.read()
        switch what {
        case "logs": return .array(self.run.host.log.lines.map { MessagePackValue($0) })
        case "fetches": return .array(self.run.host.server.made.map { MessagePackValue($0) })
        case "events": return .array((self.run.client?.received.events ?? []).map { MessagePackValue($0) })
        case "messages":
            return .array((self.run.client?.received.messages ?? []).map { MessagePackValue($0.message, on: $0.on) })
        case "denied": return .array(self.run.host.denials.map { .string($0.name) })
        case "file":
            let bytes = StoredFile.bytes(Self.text(record["name"]) ?? "", in: self.run.host.pluginFolder)
            return bytes.map { .binary($0) } ?? .nil
        case "json":
            guard case .binary(let bytes)? = record["bytes"], let value = JSONValue(bytes) else {
                throw TestFailure(check, "json", expected: "a body that is JSON", got: "another")
            }
            return MessagePackValue(value)
        default: throw GuestRecord.Problem("there is no \(Shown.text(what)) to be read")
        }
    }
}

extension MessagePackValue {
    fileprivate init(_ line: LogLine) {
        let fields = line.metadata.sorted { $0.key < $1.key }.map { TestHeader(name: $0.key, value: $0.value) }
        self = ["level": .string("\(line.level)"), "message": .string(line.message), "fields": Self.fields(fields)]
    }

    fileprivate init(_ fetch: MadeFetch) {
        self = [
            "method": .string(fetch.method), "url": .string(fetch.url), "headers": Self.fields(fetch.headers),
            "body": .binary(fetch.body),
        ]
    }

    fileprivate init(_ event: TestEvent) {
        self = [
            "stream": .string(event.stream), "event": .string(event.event), "data": .string(event.data),
            "id": event.id.map { .string($0) } ?? .nil,
        ]
    }

    fileprivate init(_ message: TestMessage, on name: String) {
        switch message {
        case .text(let text): self = ["on": .string(name), "text": .string(text)]
        case .binary(let bytes): self = ["on": .string(name), "bytes": .binary(bytes)]
        }
    }
}
