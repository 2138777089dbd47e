import Testing

@testable import PulpTOML

/// What a reader of a broken document is told, and where.
@Suite("Diagnostics")
struct DiagnosticTests {
    @Test("all mistakes of a document come out at once, each with its place")
    func manyMistakes() {
        let text = """
            name = hello
            port = 99999999999999999999
            when = 2026-02-30
            escape = "a\\qb \\u12 c"
            [server
            host = "x"
            [ok]
            a = 1
            a = 2
            list = [1, 2 "three", 4,, 0x_1]
            [ok]
            lost value
            late = 'open
            """
        #expect(
            places(text) == [
                "1:8", "2:8", "3:8", "4:12", "4:16", "5:8", "9:1", "10:14", "10:25", "10:27", "11:2", "12:6", "13:8",
            ])
    }

    @Test("columns count characters, offsets count bytes, and a byte order mark counts for neither line nor column")
    func positions() throws {
        let errors = try #require(mistakes("\u{FEFF}# é\u{1F600}\n\"é\" = 'ü' x"))
        #expect(errors.diagnostics.map(\.span.start) == [SourcePosition(line: 2, column: 11, offset: 24)])
    }

    @Test("CRLF ends one line")
    func carriageReturns() {
        #expect(places("a = 1\r\nb = ?\r\nc = ?") == ["2:5", "3:5"])
    }

    @Test("keys and values know where they stand")
    func spans() throws {
        let table = try TOML.parse(Array("a.b = [10,\n  'x']\n[c]\n[[d]]".utf8))
        let a = try #require(table.entry(named: "a"))
        #expect(a.key.span.start == .start)
        guard case .table(let inner) = a.node.value, case .array(let list)? = inner["b"]?.value else {
            Issue.record("a.b is not an array")
            return
        }
        #expect(inner["b"]?.span.start == SourcePosition(line: 1, column: 7, offset: 6))
        #expect(inner["b"]?.span.end == SourcePosition(line: 2, column: 7, offset: 17))
        #expect(list.last?.span.start == SourcePosition(line: 2, column: 3, offset: 13))
        #expect(table["c"]?.span.start == SourcePosition(line: 3, column: 1, offset: 18))
        #expect(table.entry(named: "d")?.key.span.start == SourcePosition(line: 4, column: 3, offset: 24))
    }

    @Test(
        "a forgotten bracket is one message, and what follows is still read",
        arguments: [
            ("a = [1,\n  2\nb = ?", ["1:5", "3:5"]),
            ("a = [1,\n[t]\nb = ?", ["1:5", "3:5"]),
            ("a = [\n  1,\n  2\n", ["1:5"]),
            ("a = [[1, 2], [3\nb = ?\n", ["1:14", "2:5"]),
            ("a = { b = 1\nc = ?", ["1:5", "2:5"]),
            ("my key = [\n  1,\n  2,\n]\nb = ?", ["1:4", "5:5"]),
            ("my key = \"\"\"\nx = [\n\"\"\"\nb = ?", ["1:4", "4:5"]),
            ("a = \"\"\"\nprose\nb = ?", ["1:5", "3:5"]),
        ])
    func brackets(_ text: String, _ expected: [String]) {
        #expect(places(text) == expected)
    }

    @Test("an inline table over several lines is one message, and its keys are still read")
    func inlineTable() {
        #expect(places("a = {\n  b = 1, # one\n  c = ?,\n}\nd = ?") == ["1:6", "3:7", "3:8", "5:5"])
    }

    @Test("what follows a wrong header is not mixed into another table")
    func wrongHeader() {
        #expect(places("[a]\nx = 1\n[a]\nx = 2\n[b!]\nx = 3\nx = 4") == ["3:2", "5:3", "7:1"])
    }

    @Test(
        "a message says what to do",
        arguments: [
            ("a = yes", "1:5: this is not a boolean; write true or false, in lower case"),
            ("a = null", "1:5: there is no null in TOML; leave the key out, or comment the line out with #"),
            ("a: 1", "1:2: there is no = behind the key \"a\"; write = instead of :"),
            ("a = 1\n\na = 1", "3:1: \"a\" is already defined on line 1; "),
            ("[a]\n[b]\n[a]", "3:2: \"a\" is already defined on line 1; give each table one header: "),
            ("a = {}\n[a.b]", "2:2: \"a\" is an inline table, complete on line 1; "),
            ("a = []\n[[a]]", "2:3: \"a\" is already defined on line 1; use [[...]] for every element"),
            ("[a.b]\n[a]\nb.c = 1", "3:1: the table \"b\" has its own header on line 1; put the key below that header"),
            ("a = 007", "1:5: a number cannot start with zeros; remove them, or write octal numbers as 0o755"),
            ("a = 1e999", "1:5: the float is too large for 64 bits; "),
            ("a = 25:00:00", "1:5: the clock has no such time; "),
        ])
    func messages(_ text: String, _ expected: String) throws {
        let message = try #require(mistakes(text)).description
        #expect(message.hasPrefix(expected), "\(message)")
        #expect(!message.contains("\n"))
    }

    @Test("a message never shows a value, which may be a secret")
    func secrets() throws {
        let text = "password = hunter2\ntoken = \"hunter2\" hunter2\nkey = [hunter2"
        #expect(!(try #require(mistakes(text)).description.contains("hunter2")))
    }

    @Test("a byte that is no UTF-8 and a control character are reported once a line, with their place")
    func bytes() throws {
        let bytes = Array("a = \"".utf8) + [0xC0, 0xAF, 0xED, 0xA0, 0x80] + Array("\"\nb = \u{0}\u{1}\nc\rd".utf8)
        let errors = try #require(throws: TOMLErrors.self) { try TOML.parse(bytes) }
        #expect(errors.diagnostics.map(\.span.start.line) == [1, 2, 3])
        #expect(errors.diagnostics.map(\.span.start.column) == [6, 5, 2])
        #expect(errors.diagnostics.map(\.span.start.offset) == [5, 16, 20])
    }

    @Test("what can be read of a broken document is read, and what holds a mistake is left out")
    func recovering() {
        let text = "a = 1\nb = ?\nb = 2\nb.c = 3\nc = [1, ?]\n[d\nx = 1\n[e]\ny = {z = ?}\nk = 'v'\n[b.x]\n"
        let (table, errors) = TOML.parseRecovering(Array(text.utf8))
        #expect(table.entries.map(\.key.name) == ["a", "e"])
        #expect(table.taggedJSON().hasSuffix(#""e": {"k": {"type": "string", "value": "v"}}}"#))
        #expect(errors?.diagnostics.map(\.span.start.line) == [2, 3, 5, 6, 9])
    }

    @Test("a UTF-16 document is one message")
    func utf16() {
        #expect(places([0xFF, 0xFE, 0x61, 0x00, 0x0A, 0x00]) == ["1:1"])
    }

    @Test("the list of mistakes is bounded and says so")
    func bounded() throws {
        let text = String(repeating: "= 1\n\u{0}\n", count: 1000)
        let errors = try #require(mistakes(text))
        #expect(errors.diagnostics.count == 100)
        #expect(errors.isCutShort)
        #expect(errors.diagnostics.map(\.span.start.line) == Array(1...100))
    }
}

/// The places of all mistakes in `text`, as `line:column`.
private func places(_ text: String) -> [String] { places(Array(text.utf8)) }

private func places(_ bytes: [UInt8]) -> [String] {
    do throws(TOMLErrors) {
        _ = try TOML.parse(bytes)
        return []
    } catch {
        return error.diagnostics.map { "\($0.span.start.line):\($0.span.start.column)" }
    }
}

private func mistakes(_ text: String) -> TOMLErrors? {
    do throws(TOMLErrors) {
        _ = try TOML.parse(Array(text.utf8))
        return nil
    } catch {
        return error
    }
}
