import PulpManifest
import PulpTOML

/// The mistakes met while a test file is read.
final class TestFindings {
    /// Nobody reads more.
    private static let limit = 50

    let file: String
    private var mistakes: [(position: SourcePosition, message: String)] = []

    init(file: String) {
        self.file = file
    }

    /// - Parameter remedy: What to do, as a sentence without its full stop.
    func add(_ message: String, _ remedy: String, at position: SourcePosition) {
        guard self.mistakes.count < Self.limit else { return }
        self.mistakes.append((position, "\(message); \(remedy)"))
    }

    func place(_ position: SourcePosition) -> ManifestPosition { ManifestPosition(file: self.file, position) }

    /// In the order of the file; nil when there is none.
    var error: ManifestError? {
        guard !self.mistakes.isEmpty else { return nil }
        let sorted = self.mistakes.enumerated().sorted {
            ($0.element.position.offset, $0.offset) < ($1.element.position.offset, $1.offset)
        }
        return ManifestError(
            diagnostics: sorted.map {
                ManifestDiagnostic(position: self.place($0.element.position), message: $0.element.message)
            })
    }
}

/// Reads one table: typed values with their places, and what does not belong there.
struct TestTable {
    /// What the table is, for messages: `a step`.
    let noun: String
    let table: TOMLTable
    let position: SourcePosition
    let findings: TestFindings

    init(_ noun: String, _ table: TOMLTable, at position: SourcePosition, _ findings: TestFindings) {
        self.noun = noun
        self.table = table
        self.position = position
        self.findings = findings
    }

    /// Says which keys nobody knows.
    func allow(_ keys: [String]) {
        for entry in self.table.entries where !keys.contains(entry.key.name) {
            let nearest = NearestName.find(entry.key.name, among: keys).map { "did you mean \"\($0)\"?" }
            self.findings.add(
                "\(self.noun) has no key \"\(Shown.line(entry.key.name))\"",
                nearest ?? "its keys are \(keys.joined(separator: ", "))", at: entry.key.span.start)
        }
    }

    func position(of key: String) -> SourcePosition {
        self.table.entry(named: key)?.key.span.start ?? self.position
    }

    func place(of key: String) -> ManifestPosition { self.findings.place(self.position(of: key)) }

    func has(_ key: String) -> Bool { self.table[key] != nil }

    func wrong(_ key: String, _ node: TOMLNode, _ wanted: String) {
        self.findings.add("\(key) is \(node.value.kindName)", "write \(wanted)", at: node.span.start)
    }

    func string(_ key: String, like example: String) -> String? {
        guard let node = self.table[key] else { return nil }
        if case .string(let text) = node.value { return text }
        self.wrong(key, node, "text, such as \(example)")
        return nil
    }

    func integer(_ key: String, in range: ClosedRange<Int64>) -> Int64? {
        guard let node = self.table[key] else { return nil }
        guard case .integer(let number) = node.value else {
            self.wrong(key, node, "a number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        guard range.contains(number) else {
            self.findings.add(
                "\(key) is \(number)", "write a number from \(range.lowerBound) to \(range.upperBound)",
                at: node.span.start)
            return nil
        }
        return number
    }

    func flag(_ key: String) -> Bool? {
        guard let node = self.table[key] else { return nil }
        if case .boolean(let flag) = node.value { return flag }
        self.wrong(key, node, "true or false")
        return nil
    }

    func subtable(_ key: String, like example: String) -> TestTable? {
        guard let node = self.table[key] else { return nil }
        if case .table(let table) = node.value {
            return TestTable(key, table, at: self.position(of: key), self.findings)
        }
        self.wrong(key, node, "a table, such as \(example)")
        return nil
    }

    /// The elements of an array; one value alone stands for an array of it.
    func list(_ key: String) -> [TOMLNode]? {
        guard let node = self.table[key] else { return nil }
        if case .array(let nodes) = node.value { return nodes }
        return [node]
    }

    /// The tables of `[[key]]`.
    func tables(_ key: String, noun: String, header: String) -> [TestTable] {
        guard let node = self.table[key] else { return [] }
        guard case .array(let nodes) = node.value else {
            self.wrong(key, node, "a list of tables: [[\(header)]]")
            return []
        }
        return nodes.compactMap { node in
            if case .table(let table) = node.value {
                return TestTable(noun, table, at: node.span.start, self.findings)
            }
            self.wrong(key, node, "a list of tables: [[\(header)]]")
            return nil
        }
    }

    func strings(_ key: String, like example: String) -> [String] {
        guard let nodes = self.list(key) else { return [] }
        return nodes.compactMap { node in
            if case .string(let text) = node.value { return text }
            self.wrong(key, node, "text, such as \(example)")
            return nil
        }
    }

    /// `"250ms"`, `"5s"`, `"2m"`, `"1h"`.
    func duration(_ key: String) -> Duration? {
        guard let node = self.table[key] else { return nil }
        guard case .string(let text) = node.value else {
            self.wrong(key, node, "a time with its unit, such as \"5s\"")
            return nil
        }
        if let duration = Self.duration(of: text) { return duration }
        self.findings.add(
            "\(key) is no time", "write a number with ms, s, m or h, such as \"250ms\" or \"5s\"", at: node.span.start)
        return nil
    }

    private static func duration(of text: String) -> Duration? {
        let units: [(String, Double)] = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600)]
        guard let (unit, seconds) = units.first(where: { text.hasSuffix($0.0) }),
            let number = Double(text.dropLast(unit.count)), number >= 0, number * seconds <= 366 * 86_400
        else { return nil }
        return .nanoseconds(Int64((number * seconds * 1e9).rounded()))
    }

    func matcher(_ key: String) -> TextMatcher? {
        guard let node = self.table[key] else { return nil }
        return self.matcher(node, key)
    }

    /// Text, or a table of `contains`, `lacks` and `matches`.
    func matcher(_ node: TOMLNode, _ key: String) -> TextMatcher? {
        switch node.value {
        case .string(let text): return .exactly(text)
        case .table(let table):
            let keys = TestTable(key, table, at: node.span.start, self.findings)
            keys.allow(["contains", "lacks", "matches"])
            let parts =
                keys.strings("contains", like: "\"x\"").map { TextMatcher.Part.contains($0) }
                + keys.strings("lacks", like: "\"x\"").map { .lacks($0) } + keys.expressions("matches")
            return .all(parts)
        default:
            self.wrong(key, node, "text, or { contains = \"...\" }, { lacks = \"...\" } or { matches = \"...\" }")
            return nil
        }
    }

    private func expressions(_ key: String) -> [TextMatcher.Part] {
        self.strings(key, like: "\"^[0-9]+$\"").compactMap { pattern in
            guard RegularExpression.isValid(pattern) else {
                self.findings.add(
                    "\(key) is no regular expression", "mend it; a backslash needs two in TOML's \"text\"",
                    at: self.position(of: key))
                return nil
            }
            return .matches(pattern)
        }
    }

    /// Names and texts, as `headers` has them.
    func headers(_ key: String) -> [TestHeader] {
        guard let headers = self.subtable(key, like: "{ Accept = \"text/html\" }") else { return [] }
        return headers.table.entries.compactMap { entry in
            guard case .string(let value) = entry.node.value else {
                self.wrong(entry.key.name, entry.node, "text")
                return nil
            }
            let isPlain = (entry.key.name + value).unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f }
            guard isPlain, !entry.key.name.isEmpty, !entry.key.name.contains(where: { " :".contains($0) }) else {
                self.findings.add(
                    "the header cannot be sent", "write it without line breaks, and its name without spaces",
                    at: entry.key.span.start)
                return nil
            }
            return TestHeader(name: entry.key.name, value: value)
        }
    }

    /// What one of `body`, `json`, `base64` and `file` says; `file` is below the test file's folder.
    func content(readingFile read: (String) -> [UInt8]?) -> [UInt8]? {
        let given = ["body", "json", "base64", "file"].filter(self.has)
        guard let key = given.first else { return nil }
        guard given.count == 1 else {
            self.findings.add("both \(key) and \(given[1]) are there", "keep one", at: self.position(of: given[1]))
            return nil
        }
        switch key {
        case "body": return self.string(key, like: "\"text\"").map { Array($0.utf8) }
        case "json": return self.json(key).map(\.encoded)
        case "base64": return self.base64(key)
        default:
            guard let name = self.string(key, like: "\"picture.png\"") else { return nil }
            if let bytes = read(name) { return bytes }
            self.findings.add(
                "the file cannot be read", "name one below the test file's folder, of at most 16 MiB",
                at: self.position(of: key))
            return nil
        }
    }

    func json(_ key: String) -> JSONValue? {
        guard let node = self.table[key] else { return nil }
        if let value = JSONValue(node.value) { return value }
        self.findings.add(
            "\(key) has a date, nan or inf, which JSON has not", "write it as text", at: node.span.start)
        return nil
    }

    func base64(_ key: String) -> [UInt8]? {
        guard let text = self.string(key, like: "\"aGVsbG8=\"") else { return nil }
        if let bytes = Base64Text.bytes(text) { return bytes }
        self.findings.add("\(key) is not Base64", "encode it with its padding", at: self.position(of: key))
        return nil
    }
}
