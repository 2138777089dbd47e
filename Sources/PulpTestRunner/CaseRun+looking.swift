import Logging
import Pulp
import PulpCapability
import PulpTesting

/// Whether what is expected is there.
extension CaseRun {
    /// Why an expectation does not hold now; nil when it does, and what it looked at is seen then.
    func look(_ check: PlacedCheck) throws -> TestFailure? {
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
            let lines = self.host.log.lines.dropFirst(self.seen.logsBefore)
            let line = lines.first { matcher.holds($0.message) }
            return line.map { TestFailure(check, expected: "no such line", got: Self.shown($0)) }
        case .fetches(let wanted): return self.fetches(check, wanted)
        case .denied(let names): return self.denied(check, names)
        case .rows(let wanted): return RowComparison.failure(check, wanted, self.rows)
        case .file(let name, let matcher): return self.stored(check, name, matcher)
        case .result(let wanted):
            if case .returned(wanted) = self.result { return nil }
            return TestFailure(check, expected: "\(wanted)", got: self.result?.words ?? "nothing")
        case .crash(let matcher): return self.crash(check, matcher)
        }
    }

    static func shown(_ answer: TestAnswer) -> String {
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
        let both = ListComparison(wanted: wanted, came: came, on: \.stream) { $0.holds($1) }
        guard both.isSame else { return both.failure(check, "events", wanted: \.words, came: \.words) }
        self.seen.events = all.count
        return nil
    }

    private func messages(_ check: PlacedCheck, _ wanted: [MessageMatcher]) -> TestFailure? {
        let all = self.client?.received.messages ?? []
        let came = Array(all.dropFirst(self.seen.messages))
        let both = ListComparison(wanted: wanted, came: came, on: \.on) { $0.holds($1.message, on: $1.on) }
        guard both.isSame else {
            return both.failure(check, "messages", wanted: \.words) {
                "\($0.message.words) on \(Shown.text($0.on))"
            }
        }
        self.seen.messages = all.count
        return nil
    }

    private func closed(_ check: PlacedCheck, _ name: String, _ code: UInt16?) -> TestFailure? {
        guard let came = self.client?.received.closed[name] else {
            let isOpen = self.client?.isOpen(name) ?? false
            return TestFailure(
                check, expected: "\(Shown.text(name)) to be closed",
                got: isOpen ? "it is open" : "nothing was opened under this name", more: [self.openLine])
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
        let both = ListComparison(wanted: wanted, came: came) { $0.holds($1) }
        guard both.isSame else { return both.failure(check, "fetches", wanted: \.words, came: \.words) }
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
        let expected = matcher?.words ?? "no such file"
        switch (StoredFile.at(name, in: self.host.pluginFolder), matcher) {
        case (.absent, nil): return nil
        case (.absent, _): return TestFailure(check, what, expected: expected, got: "no such file")
        case (.other(let other), _): return TestFailure(check, what, expected: expected, got: other)
        case (.bytes(let bytes), nil):
            return TestFailure(check, what, expected: expected, got: "one of \(bytes.count) bytes")
        case (.bytes(let bytes), let matcher?):
            guard let text = String(validating: bytes, as: UTF8.self) else {
                return TestFailure(check, what, expected: expected, got: Shown.bytes(bytes))
            }
            return matcher.holds(text) ? nil : TestFailure(check, what, expected: matcher, got: text)
        }
    }

    private func crash(_ check: PlacedCheck, _ matcher: TextMatcher?) -> TestFailure? {
        let lines = self.host.log.lines
        guard let crash = lines.dropFirst(self.seen.crashes).first(where: CaseHost.isCrash)?.message else {
            return TestFailure(check, expected: "the plugin to crash", got: "it did not")
        }
        guard matcher?.holds(crash) ?? true else {
            return TestFailure(check, expected: matcher?.words ?? "", got: Shown.text(crash))
        }
        self.seen.crashes = lines.count
        return nil
    }
}
