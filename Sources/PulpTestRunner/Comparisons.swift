import Foundation
import PulpTesting

typealias LogLine = LogCollector.Line

extension PlacedCheck {
    var isPending: Bool { if case .pending = self.check { true } else { false } }
    var isCrash: Bool { if case .crash = self.check { true } else { false } }
    var isStatus: Bool { if case .status = self.check { true } else { false } }

    /// Whether what is expected may still be on its way when the step is over.
    var mayComeLate: Bool {
        switch self.check {
        case .status, .header, .body, .json, .bytes, .pending, .rows, .result, .noLogs: false
        case .events, .messages, .closed, .logs, .fetches, .denied, .file, .crash: true
        }
    }
}

extension CaseRun.EventResult {
    var words: String {
        switch self {
        case .returned(let result): "\(result)"
        case .failed(let reason): "nothing: \(Shown.line(reason))"
        case .waiting: "nothing yet: it waits for time to pass"
        }
    }
}

extension EventMatcher {
    func holds(_ event: TestEvent) -> Bool {
        self.data?.holds(event.data) ?? true && self.event ?? event.event == event.event
            && (self.id == nil || self.id == event.id) && self.stream ?? event.stream == event.stream
    }

    var words: String {
        let parts = [
            self.data.map { "data = \($0.words)" }, self.event.map { "event = \(Shown.text($0))" },
            self.id.map { "id = \(Shown.text($0))" },
        ]
        let stream = self.stream.map { " on \(Shown.text($0))" } ?? ""
        return "{ \(parts.compactMap { $0 }.joined(separator: ", ")) }\(stream)"
    }
}

extension TestMessage {
    var words: String {
        switch self {
        case .text(let text): Shown.text(text)
        case .binary(let bytes): "binary \(Shown.bytes(bytes))"
        }
    }
}

extension MessageMatcher {
    func holds(_ message: TestMessage, on name: String) -> Bool {
        guard self.on ?? name == name else { return false }
        switch message {
        case .text(let text): return self.bytes == nil && self.text?.holds(text) ?? true
        case .binary(let bytes): return self.text == nil && self.bytes ?? bytes == bytes
        }
    }

    var words: String {
        let what = self.text?.words ?? self.bytes.map { "binary \(Shown.bytes($0))" } ?? "any message"
        return what + (self.on.map { " on \(Shown.text($0))" } ?? "")
    }
}

extension LogMatcher {
    func holds(_ line: LogLine) -> Bool {
        self.message?.holds(line.message) ?? true && self.level ?? "\(line.level)" == "\(line.level)"
            && self.fields.allSatisfy { name, matcher in line.metadata[name].map(matcher.holds) ?? false }
    }

    var words: String {
        let parts = [self.message?.words, self.level.map { "of level \($0)" }].compactMap { $0 }
        let fields = self.fields.map { "with the field \(Shown.line($0.name)): \($0.value.words)" }
        return (parts + fields).joined(separator: ", ")
    }
}

extension FetchMatcher {
    func holds(_ fetch: MadeFetch) -> Bool {
        let hasHeaders = self.headers.allSatisfy { name, matcher in
            fetch.headers.contains { $0.name.lowercased() == name.lowercased() && matcher.holds($0.value) }
        }
        return self.method ?? fetch.method == fetch.method && self.url?.holds(fetch.url) ?? true && hasHeaders
            && self.body?.holds(String(decoding: fetch.body, as: UTF8.self)) ?? true
    }

    var words: String {
        var parts: [String] = []
        if case .exactly(let url)? = self.url {
            parts.append("\(self.method ?? "any method") \(Shown.line(url))")
        } else {
            parts.append("\(self.method ?? "any method") \(self.url?.words ?? "any URL")")
        }
        parts += self.headers.map { "header \(Shown.line($0.name)) = \($0.value.words)" }
        if let body { parts.append("body = \(body.words)") }
        return parts.joined(separator: ", ")
    }
}

/// Two lists that are to be the same.
struct ListComparison<Wanted, Came> {
    let wanted: [Wanted]
    let came: [Came]
    let holds: (Wanted, Came) -> Bool

    init(wanted: [Wanted], came: [Came], holds: @escaping (Wanted, Came) -> Bool) {
        (self.wanted, self.came, self.holds) = (wanted, came, holds)
    }

    /// What came on several connections: which of two was read first says nothing, so only the order on each counts.
    init(wanted: [Wanted], came: [Came], on name: (Came) -> String, holds: @escaping (Wanted, Came) -> Bool) {
        var rest = came
        var ordered: [Came] = []
        for one in wanted where wanted.count == came.count {
            var seen: Set<String> = []
            // The next one of each connection.
            let next = rest.indices.first { seen.insert(name(rest[$0])).inserted && holds(one, rest[$0]) }
            ordered.append(rest.remove(at: next ?? 0))
        }
        self.init(wanted: wanted, came: ordered + rest, holds: holds)
    }

    var isSame: Bool { self.wanted.count == self.came.count && zip(self.wanted, self.came).allSatisfy(self.holds) }

    /// Both lists side by side.
    func failure(
        _ check: PlacedCheck, _ noun: String, wanted wantedWords: (Wanted) -> String, came cameWords: (Came) -> String
    ) -> TestFailure {
        // More are not for reading.
        let mostPairs = 40
        let count = max(self.wanted.count, self.came.count)
        var lines = ["expected \(self.wanted.count), got \(self.came.count):"]
        for index in 0..<min(count, mostPairs) {
            let wanted = index < self.wanted.count ? self.wanted[index] : nil
            let came = index < self.came.count ? self.came[index] : nil
            if let wanted, let came, self.holds(wanted, came) {
                lines.append("    \(cameWords(came))")
            } else {
                lines += wanted.map { ["  - \(wantedWords($0))"] } ?? []
                lines += came.map { ["  + \(cameWords($0))"] } ?? []
            }
        }
        if count > mostPairs { lines.append("... (\(count - mostPairs) more)") }
        return TestFailure(check.position, noun, lines)
    }
}

/// Rows of SQL.
enum RowComparison {
    static func failure(
        _ check: PlacedCheck, _ wanted: [JSONValue], _ rows: [[(name: String, value: JSONValue)]]
    ) -> TestFailure? {
        let both = ListComparison(wanted: wanted, came: rows, holds: Self.holds)
        guard !both.isSame else { return nil }
        return both.failure(check, "rows", wanted: \.text) { row in
            "{" + row.map { "\(Shown.line($0.name)): \($0.value.text)" }.joined(separator: ", ") + "}"
        }
    }

    private static func holds(_ wanted: JSONValue, _ row: [(name: String, value: JSONValue)]) -> Bool {
        switch wanted {
        case .array(let values):
            return values.count == row.count && zip(values, row).allSatisfy { $0.difference(from: $1.value) == nil }
        case .object(let columns):
            return columns.allSatisfy { name, value in
                row.contains { $0.name == name && value.difference(from: $0.value) == nil }
            }
        default: return row.count == 1 && wanted.difference(from: row[0].value) == nil
        }
    }
}

/// A file that the plugin has stored.
enum StoredFile {
    case bytes([UInt8])
    case absent
    /// What is there instead of a file that can be read.
    case other(String)

    private static let largest = 16 << 20

    /// What is at `name` below `folder`.
    static func at(_ name: String, in folder: String) -> StoredFile {
        let root = URL(filePath: folder).resolvingSymlinksInPath()
        let file = root.appending(path: name).resolvingSymlinksInPath()
        guard file.path.hasPrefix(root.path + "/") else {
            return .other("a name that leads out of the plugin's folder")
        }
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: file.path) else { return .absent }
        guard attributes[.type] as? FileAttributeType == .typeRegular else { return .other("a folder") }
        guard let size = attributes[.size] as? Int, size <= Self.largest else {
            return .other("a file of more than \(Self.largest >> 20) MiB")
        }
        guard let bytes = FileManager.default.contents(atPath: file.path) else {
            return .other("a file that cannot be read")
        }
        return .bytes([UInt8](bytes))
    }
}
