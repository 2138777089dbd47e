import PulpManifest
import PulpTOML

/// Reads one step of a test.
struct TestStepReader {
    private static let actions = [
        "request", "answer", "subscribe", "connect", "send", "send_base64", "close", "advance", "event", "sql",
        "restart",
    ]
    /// What goes with which action.
    private static let details: [String: [String]] = [
        "headers": ["request", "subscribe", "connect"], "body": ["request"], "json": ["request"],
        "base64": ["request"], "file": ["request"], "as": ["request", "subscribe", "connect"],
        "on": ["send", "send_base64"], "code": ["close"], "payload": ["event"],
    ]

    let findings: TestFindings
    /// Reads a file beside the tests.
    let neighbour: (String) -> [UInt8]?
    /// An answer of before is looked at, when the step itself does nothing.
    var hasAnswer = false

    func step(_ table: TestTable) -> TestStep {
        table.allow(Self.actions + Self.details.keys.sorted() + ["expect"])
        var step = TestStep(position: self.findings.place(table.position))
        let given = Self.actions.filter(table.has)
        if given.count > 1 {
            self.findings.add(
                "the step does two things, \(given[0]) and \(given[1])", "make two steps of it",
                at: table.position(of: given[1]))
        } else if given.isEmpty, !table.has("expect") {
            self.findings.add(
                "the step does nothing and expects nothing",
                "add one of \(Self.actions.joined(separator: ", ")), or expect", at: table.position)
        }
        for (detail, actions) in Self.details.sorted(by: { $0.key < $1.key })
        where table.has(detail) && !actions.contains(where: given.contains) {
            self.findings.add(
                "\(detail) goes with \(actions.joined(separator: ", "))", "add one of these, or remove it",
                at: table.position(of: detail))
        }
        if let action = given.first {
            step.position = table.place(of: action)
            step.action = self.action(action, table)
        }
        step.name = table.string("as", like: "\"ada\"") ?? given.first.flatMap { Self.ownName($0, table) }
        if let expect = table.subtable("expect", like: "{ status = 200 }") {
            step.checks =
                TestCheckReader(table: expect, action: given.first ?? (self.hasAnswer ? "answer" : nil)).checks
        }
        if given.first == "request", table.has("as"), !step.checks.contains(where: \.isPending) {
            self.findings.add(
                "as names a request for later steps, and this one is answered in its own",
                "add expect.pending = true, or remove as", at: table.position(of: "as"))
        }
        return step
    }

    /// What later steps call what the step opens when `as` does not say: its text, so that a request is never taken for
    /// the stream of the same path.
    private static func ownName(_ action: String, _ table: TestTable) -> String? {
        guard ["request", "subscribe", "connect"].contains(action), case .string(let text)? = table.table[action]?.value
        else { return nil }
        return text
    }

    private func action(_ key: String, _ table: TestTable) -> TestAction? {
        switch key {
        case "request": return self.request(table).map { .request($0) }
        case "answer": return table.string(key, like: "\"slow\"").map { .answer(name: $0) }
        case "subscribe":
            return self.path(key, table).map { .subscribe(path: $0, headers: table.headers("headers")) }
        case "connect": return self.path(key, table).map { .connect(path: $0, headers: table.headers("headers")) }
        case "send":
            let on = table.string("on", like: "\"/chat\"")
            return table.string(key, like: "\"hello\"").map { .send(.text($0), on: on) }
        case "send_base64":
            let on = table.string("on", like: "\"/chat\"")
            return table.base64(key).map { .send(.binary($0), on: on) }
        case "close":
            let code = table.integer("code", in: 1000...4999).map { UInt16($0) } ?? 1000
            return table.string(key, like: "\"/chat\"").map { .close(name: $0, code: code) }
        case "advance": return table.duration(key).map { .advance($0) }
        case "event": return self.event(table)
        case "sql": return table.string(key, like: "\"SELECT * FROM notes\"").map { .sql($0) }
        default: return self.restart(table)
        }
    }

    private func restart(_ table: TestTable) -> TestAction? {
        guard let flag = table.flag("restart") else { return nil }
        if flag { return .restart }
        self.findings.add("restart is false", "remove it", at: table.position(of: "restart"))
        return nil
    }

    private func event(_ table: TestTable) -> TestAction? {
        guard let kind = table.string("event", like: "\"ws.open\"") else { return nil }
        var payload: [UInt8] = [0xC0]
        if let node = table.table["payload"] {
            guard let bytes = TOMLPacking.bytes(node.value) else {
                self.findings.add(
                    "the payload has a date without an offset", "add the offset, such as Z", at: node.span.start)
                return nil
            }
            payload = bytes
        }
        return .event(kind: kind, payload: payload)
    }

    private func request(_ table: TestTable) -> TestRequest? {
        guard let text = table.string("request", like: "\"GET /hello/world\"") else { return nil }
        let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
        let isMethod = parts.first?.utf8.allSatisfy { 0x41...0x5A ~= $0 || $0 == 0x2D } == true
        guard parts.count == 2, isMethod, parts[1].hasPrefix("/") else {
            self.findings.add(
                "request is no method and path", "write one such as \"GET /hello/world\"",
                at: table.position(of: "request"))
            return nil
        }
        var request = TestRequest(method: parts[0], target: RequestText.target(parts[1]))
        request.headers = table.headers("headers")
        request.body = table.content(readingFile: self.neighbour) ?? []
        if table.has("json"), !request.headers.contains(where: { $0.name.lowercased() == "content-type" }) {
            request.headers.append(TestHeader(name: "Content-Type", value: "application/json"))
        }
        return request
    }

    private func path(_ key: String, _ table: TestTable) -> String? {
        guard let path = table.string(key, like: "\"/events\"") else { return nil }
        if path.hasPrefix("/") { return path }
        self.findings.add("\(key) is no path", "begin it with /", at: table.position(of: key))
        return nil
    }
}

/// A request's parts as they go over the wire.
enum RequestText {
    /// The path with what a request line cannot carry percent-encoded.
    static func target(_ path: String) -> String {
        var target = ""
        for byte in path.utf8 {
            if byte > 0x20, byte < 0x7F {
                target.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                target += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return target
    }
}
