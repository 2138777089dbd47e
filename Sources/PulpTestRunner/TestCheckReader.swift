import PulpManifest
import PulpTOML

/// Reads the `expect` of a step.
struct TestCheckReader {
    private static let answering = ["request", "answer", "subscribe", "connect"]
    /// In the order in which they are looked at, each with the actions that it goes with; none: any.
    private static let keys: [(key: String, actions: [String])] = [
        ("crash", []), ("pending", ["request"]), ("status", Self.answering), ("headers", Self.answering),
        ("body", ["request", "answer"]), ("json", ["request", "answer"]), ("bytes", ["request", "answer"]),
        ("result", ["event"]), ("rows", ["sql"]), ("events", []), ("messages", []), ("closed", []), ("fetches", []),
        ("denied", []), ("files", []), ("logs", []), ("no_logs", []),
    ]

    let table: TestTable
    /// The step's own key.
    let action: String?

    var checks: [PlacedCheck] {
        self.table.allow(Self.keys.map(\.key))
        return Self.keys.flatMap { key, actions -> [PlacedCheck] in
            guard self.table.has(key) else { return [] }
            guard actions.isEmpty || actions.contains(self.action ?? "") else {
                self.table.findings.add(
                    "\(key) can be expected after \(actions.joined(separator: ", ")) only", "move or remove it",
                    at: self.table.position(of: key))
                return []
            }
            return self.checks(key).map {
                PlacedCheck(key: key, position: self.table.place(of: key), check: $0)
            }
        }
    }

    private func checks(_ key: String) -> [TestCheck] {
        switch key {
        case "status": self.one(self.table.integer(key, in: 100...999).map { .status(Int($0)) })
        case "headers": self.headers.map { .header($0.0, $0.1) }
        case "body": self.one(self.table.matcher(key).map { .body($0) })
        case "json": self.one(self.table.json(key).map { .json($0) })
        case "bytes": self.one(self.table.base64(key).map { .bytes($0) })
        case "pending": self.pending
        case "events": [.events(self.events)]
        case "messages": [.messages(self.messages)]
        case "closed": self.closed
        case "logs": [.logs(self.logs)]
        case "no_logs":
            self.table.strings(key, like: "\"error\"").map { .noLogs(.all([.contains($0)])) }
        case "fetches": [.fetches(self.fetches)]
        case "denied": self.one(self.denied)
        case "rows": self.rows
        case "files": self.files.map { .file($0.0, $0.1) }
        case "result":
            self.one(self.table.integer(key, in: Int64(Int32.min)...Int64(Int32.max)).map { .result(Int32($0)) })
        default: self.crash
        }
    }

    private func one(_ check: TestCheck?) -> [TestCheck] { check.map { [$0] } ?? [] }

    private var pending: [TestCheck] {
        guard let flag = self.table.flag("pending") else { return [] }
        if flag { return [.pending] }
        self.table.findings.add("pending is false", "remove it", at: self.table.position(of: "pending"))
        return []
    }

    private var crash: [TestCheck] {
        guard case .boolean(let flag)? = self.table.table["crash"]?.value else {
            guard let matcher = self.table.matcher("crash") else { return [] }
            if case .exactly(let text) = matcher { return [.crash(.all([.contains(text)]))] }
            return [.crash(matcher)]
        }
        if flag { return [.crash(nil)] }
        self.table.findings.add(
            "crash is false", "remove it: a crash fails every test that does not expect it",
            at: self.table.position(of: "crash"))
        return []
    }

    /// Names and matchers; `false` for what must not be there.
    private func matchers(_ key: String, like example: String) -> [(String, TextMatcher?)] {
        guard let table = self.table.subtable(key, like: example) else { return [] }
        return table.table.entries.compactMap { entry in
            if case .boolean(false) = entry.node.value { return (entry.key.name, nil) }
            return table.matcher(entry.node, entry.key.name).map { (entry.key.name, $0) }
        }
    }

    private var headers: [(String, TextMatcher?)] {
        self.matchers("headers", like: "{ Content-Type = \"text/html\" }")
    }

    private var files: [(String, TextMatcher?)] {
        self.matchers("files", like: "{ \"notes.txt\" = \"text\" }")
    }

    private var rows: [TestCheck] {
        guard case .array(let rows)? = self.table.json("rows") else {
            if let node = self.table.table["rows"] {
                self.table.wrong("rows", node, "a list of rows, such as [[1, \"Ada\"]] or [{ name = \"Ada\" }]")
            }
            return []
        }
        return [.rows(rows)]
    }

    private var denied: TestCheck? {
        let names = self.table.strings("denied", like: "\"sqlite_query\"")
        return names.isEmpty ? nil : .denied(names)
    }

    // MARK: Lists of texts or tables

    private func elements<Element>(
        _ key: String, keys: [String], text: (String) -> Element, table: (TestTable) -> Element
    ) -> [Element] {
        guard let nodes = self.table.list(key) else { return [] }
        return nodes.compactMap { node in
            switch node.value {
            case .string(let string): return text(string)
            case .table(let fields):
                let element = TestTable("one of \(key)", fields, at: node.span.start, self.table.findings)
                element.allow(keys)
                return table(element)
            default:
                self.table.wrong(key, node, "a list of texts, or of tables with \(keys.joined(separator: ", "))")
                return nil
            }
        }
    }

    private var events: [EventMatcher] {
        self.elements("events", keys: ["data", "event", "id", "stream"]) {
            EventMatcher(data: .exactly($0))
        } table: {
            EventMatcher(
                data: $0.matcher("data"), event: $0.string("event", like: "\"tick\""),
                id: $0.string("id", like: "\"1\""), stream: $0.string("stream", like: "\"/events\""))
        }
    }

    private var messages: [MessageMatcher] {
        self.elements("messages", keys: ["text", "base64", "on"]) {
            MessageMatcher(text: .exactly($0))
        } table: {
            MessageMatcher(
                text: $0.matcher("text"), bytes: $0.base64("base64"), on: $0.string("on", like: "\"/chat\""))
        }
    }

    private var closed: [TestCheck] {
        self.elements("closed", keys: ["on", "code"]) {
            TestCheck.closed(name: $0, code: nil)
        } table: {
            .closed(
                name: $0.string("on", like: "\"/chat\"") ?? "",
                code: $0.integer("code", in: 1000...4999).map { UInt16($0) })
        }
    }

    private var logs: [LogMatcher] {
        self.elements("logs", keys: ["message", "level", "fields"]) {
            LogMatcher(message: .all([.contains($0)]))
        } table: {
            LogMatcher(
                message: $0.matcher("message"), level: $0.string("level", like: "\"info\""),
                fields: Self.fields($0, "fields"))
        }
    }

    private var fetches: [FetchMatcher] {
        self.elements("fetches", keys: ["method", "url", "headers", "body"]) { text in
            let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { return FetchMatcher(url: .exactly(text)) }
            return FetchMatcher(method: parts[0].uppercased(), url: .exactly(parts[1]))
        } table: {
            FetchMatcher(
                method: $0.string("method", like: "\"GET\"")?.uppercased(), url: $0.matcher("url"),
                headers: Self.fields($0, "headers"), body: $0.matcher("body"))
        }
    }

    private static func fields(_ table: TestTable, _ key: String) -> [(name: String, value: TextMatcher)] {
        guard let fields = table.subtable(key, like: "{ name = \"value\" }") else { return [] }
        return fields.table.entries.compactMap { entry in
            fields.matcher(entry.node, entry.key.name).map { (entry.key.name, $0) }
        }
    }
}
