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
        let record: MessagePackValue
        do throws(WireError) {
            record = try MessagePackValue(decoding: bytes)
        } catch {
            throw TestFailure(self.run.test.position, "a call of the test cannot be read: \(error)")
        }
        let place = GuestRecord.place(of: record)
        let path = self.code.guest.module.source(named: place?.file ?? "")
        let position = ManifestPosition(file: path, place?.position ?? .start)
        do {
            return try await self.perform(record, at: place == nil ? self.run.test.position : position).encodedBytes()
        } catch let problem as GuestRecord.Problem {
            throw TestFailure(position, "the call cannot be made: \(problem.description)")
        }
    }

    private func perform(_ record: MessagePackValue, at position: ManifestPosition) async throws -> MessagePackValue {
        if let mismatch = record["fail"] { throw Self.failure(mismatch, at: position) }
        if case .string(let what)? = record["read"] {
            await self.run.host.settle()
            return try self.read(what, record, at: position)
        }
        let step = try self.step(record, at: position)
        if self.run.host.isLive, let reason = LiveRules.reason(against: step.action, passed: &self.run.passed) {
            throw TestSkip(reason: reason)
        }
        try await self.run.run(step)
        return self.outcome(of: step)
    }

    private func step(_ record: MessagePackValue, at position: ManifestPosition) throws -> TestStep {
        var fields = StepFields(record)
        let table = try GuestRecord.table(
            try fields.withoutJSON(), without: Self.ownKeys,
            at: SourcePosition(line: position.line, column: position.column, offset: 0))
        let findings = TestFindings(file: position.file)
        var reader = TestStepReader(findings: findings, neighbour: TestFileReader(path: position.file).neighbour)
        let given = record["given"].flatMap { TestAnswer($0) }
        reader.hasAnswer = given != nil
        var step = reader.step(TestTable("a call", table, at: .start, findings))
        if let error = findings.error {
            throw TestFailure(
                position, "the call cannot be made", error.diagnostics.map { Shown.line($0.message) })
        }
        if step.action == nil, let given { step.action = .given(given) }
        step.position = position
        step.checks += fields.checks.map { PlacedCheck(key: $0.key, position: position, check: $0.check) }
        step.mayCrash = record["may_crash"] == .bool(true)
        return step
    }

    private func outcome(of step: TestStep) -> MessagePackValue {
        switch step.action {
        case .request, .answer, .subscribe, .connect: self.run.answer.map { MessagePackValue($0) } ?? .nil
        case .event: if case .returned(let result)? = self.run.result { .int(Int64(result)) } else { .nil }
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
    private static func failure(_ mismatch: MessagePackValue, at position: ManifestPosition) -> TestFailure {
        guard let expected = mismatch["expected"], let got = mismatch["got"] else {
            return TestFailure(position, Shown.line(Self.text(mismatch["title"]) ?? "the test says that it failed"))
        }
        let check = PlacedCheck(key: "expect", position: position, check: .pending)
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

    private func read(
        _ what: String, _ record: MessagePackValue, at position: ManifestPosition
    ) throws -> MessagePackValue {
        self.run.client?.read()
        switch what {
        case "logs": return .array(self.run.host.log.lines.map { MessagePackValue($0) })
        case "fetches": return .array(self.run.host.server.made.map { MessagePackValue($0) })
        case "events": return .array((self.run.client?.received.events ?? []).map { MessagePackValue($0) })
        case "messages":
            return .array((self.run.client?.received.messages ?? []).map { MessagePackValue($0.message, on: $0.on) })
        case "denied": return .array(self.run.host.denials.map { .string($0.name) })
        case "file":
            let name = Self.text(record["name"]) ?? ""
            switch StoredFile.at(name, in: self.run.host.pluginFolder) {
            case .bytes(let bytes): return .binary(bytes)
            case .absent: return .nil
            case .other(let what): throw TestFailure(position, "\(Shown.text(name)) is \(what)")
            }
        case "json":
            guard case .binary(let bytes)? = record["bytes"] else { throw GuestRecord.Problem("it has no bytes") }
            guard let value = JSONValue(bytes) else {
                throw TestFailure(position, "the body is no JSON", ["got       \(Shown.bytes(bytes))"])
            }
            return MessagePackValue(value)
        default: throw GuestRecord.Problem("there is no \(Shown.text(what)) to be read")
        }
    }
}

/// A step's record, with what a test file cannot say (that a value is nil) taken out of it.
private struct StepFields {
    private let record: MessagePackValue
    private(set) var checks: [(key: String, check: TestCheck)] = []

    init(_ record: MessagePackValue) { self.record = record }

    /// The record with its JSON as bytes, and without the checks that are in ``checks`` then.
    mutating func withoutJSON() throws(GuestRecord.Problem) -> MessagePackValue {
        guard case .map(var pairs) = self.record else { throw GuestRecord.Problem("it is no map") }
        if let json = self.record["json"] {
            guard let value = JSONValue(json) else { throw GuestRecord.Problem("there is a value that JSON has not") }
            pairs.removeAll { $0.key == .string("json") || $0.key == .string("headers") }
            pairs.append(.init(key: "base64", value: .binary(value.encoded)))
            pairs.append(.init(key: "headers", value: Self.typed(self.record["headers"])))
        }
        if case .map(var expected)? = self.record["expect"] {
            try self.take(&expected)
            pairs.removeAll { $0.key == .string("expect") }
            pairs.append(.init(key: "expect", value: .map(expected)))
        }
        return .map(pairs)
    }

    private mutating func take(_ expected: inout [MessagePackValue.Pair]) throws(GuestRecord.Problem) {
        for key in ["json", "rows"] {
            guard let value = MessagePackValue.map(expected)[key] else { continue }
            guard let json = JSONValue(value) else { throw GuestRecord.Problem("there is a value that JSON has not") }
            expected.removeAll { $0.key == .string(key) }
            if key == "json" {
                self.checks.append((key, .json(json)))
            } else if case .array(let rows) = json {
                self.checks.append((key, .rows(rows)))
            }
        }
    }

    private static func typed(_ headers: MessagePackValue?) -> MessagePackValue {
        var pairs: [MessagePackValue.Pair] = []
        if case .map(let given)? = headers { pairs = given }
        let hasType = pairs.contains { pair in
            if case .string(let name) = pair.key { name.lowercased() == "content-type" } else { false }
        }
        if !hasType { pairs.append(.init(key: "Content-Type", value: "application/json")) }
        return .map(pairs)
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
