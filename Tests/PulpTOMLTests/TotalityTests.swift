import Testing

@testable import PulpTOML

/// Documents that are made to hurt: each must end with an answer, soon and without a trap.
@Suite("Totality")
struct TotalityTests {
    private static let mebibyte = 1 << 20

    /// Documents of at most 1 MiB that are wrong, each aimed at the stack, at memory or at the linear time.
    private static let hostile: [(name: String, text: String)] = [
        ("50,000-part dotted key", Array(repeating: "a", count: 50_000).joined(separator: ".") + " = 1"),
        ("50,000-part header", "[" + Array(repeating: "a", count: 50_000).joined(separator: ".") + "]"),
        ("dotted keys past the depth", String(repeating: "a.", count: 128) + "a = 1"),
        ("headers, keys and arrays together past the depth", deepTogether),
        ("100,000 nested arrays", "a = " + String(repeating: "[", count: 100_000)),
        ("closed nested arrays", "a = " + String(repeating: "[", count: 300) + String(repeating: "]", count: 300)),
        ("nested inline tables", "a = " + String(repeating: "{a=", count: 100_000)),
        ("1 MiB of [", String(repeating: "[", count: mebibyte)),
        ("1 MiB of lines of [", String(repeating: "[\n", count: mebibyte / 2)),
        ("1 MiB of quotes", String(repeating: "\"", count: mebibyte)),
        ("1 MiB of apostrophes", String(repeating: "'", count: mebibyte)),
        ("1 MiB of escaped triple quotes", String(repeating: "\\\"\"\"", count: mebibyte / 4)),
        ("the same behind a key", "a = x [" + String(repeating: "\\\"\"\"", count: mebibyte / 4 - 8)),
        ("1 MiB of NUL", String(repeating: "\0", count: mebibyte)),
        ("1 MiB of lines of NUL", String(repeating: "\0\n", count: mebibyte / 2)),
        ("1 MiB of carriage returns", String(repeating: "\r", count: mebibyte)),
        ("1 MiB of commas in an array", "a = [" + String(repeating: ",", count: mebibyte - 5)),
        ("1 MiB of open arrays, one a line", String(repeating: "a=[\n", count: mebibyte / 4)),
        ("1 MiB of open texts", String(repeating: "\0a='''\n\0b=\"\"\"\\\"\n", count: mebibyte / 17)),
        ("1 MiB of one number", "a = " + String(repeating: "9", count: mebibyte - 4)),
        ("1 MiB of one fraction", "a = 0." + String(repeating: "9", count: mebibyte - 6)),
        ("1 MiB of one word", "a = " + String(repeating: "a", count: mebibyte - 4)),
        ("one name 1 MiB long, twice", "\(longName) = 1\n\(longName) = 1"),
        ("the same name 200,000 times", String(repeating: "a=1\n", count: 200_000)),
    ]

    private static let longName = String(repeating: "k", count: mebibyte / 2 - 8)

    private static let deepTogether =
        "[" + Array(repeating: "a", count: 60).joined(separator: ".") + "]\n"
        + Array(repeating: "b", count: 60).joined(separator: ".") + " = [[[[[[[[[[1]]]]]]]]]]"

    // A debug build takes milliseconds to a second for each; quadratic time would take hours.
    @Test("a document that is made to hurt is refused soon", .timeLimit(.minutes(15)), arguments: hostile.indices)
    func hostileDocument(_ index: Int) {
        let bytes = Array(Self.hostile[index].text.utf8)
        #expect(bytes.count <= Self.mebibyte, "\(Self.hostile[index].name)")
        #expect(throws: TOMLErrors.self, "\(Self.hostile[index].name)") { try TOML.parse(bytes) }
    }

    @Test("a large document that is right is read in linear time", .timeLimit(.minutes(15)))
    func large() throws {
        let headers = (0..<20_000).map { "[[t]]\na=\($0)\n" }.joined()
        let table = try TOML.parse(Array(headers.utf8))
        guard case .array(let elements)? = table["t"]?.value else {
            Issue.record("t is not an array")
            return
        }
        #expect(elements.count == 20_000)
        let keys = (0..<20_000).map { "k\($0)=[{}]\n" }.joined()
        #expect(try TOML.parse(Array(keys.utf8)).entries.count == 20_000)
    }

    @Test("depth 128 is read, 129 is not")
    func depth() throws {
        func document(_ depth: Int) -> [UInt8] {
            Array(("a = " + String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        }
        #expect(throws: Never.self) { try TOML.parse(document(128)) }
        #expect(throws: TOMLErrors.self) { try TOML.parse(document(129)) }
    }

    @Test("a document above the size limit is refused before it is read")
    func size() throws {
        let limits = TOMLLimits(documentBytes: 5)
        #expect(throws: Never.self) { try TOML.parse(Array("a = 1".utf8), limits: limits) }
        let errors = try #require(throws: TOMLErrors.self) { try TOML.parse(Array("a = 10".utf8), limits: limits) }
        #expect(errors.diagnostics.map(\.message) == ["the document has 6 bytes, more than the 5 that are read"])
    }

    @Test("every truncation and every changed byte of a document gives an answer")
    func mutations() {
        let text = """
            \u{FEFF}# é
            title = "a\\u00e9\\n" # c
            [a.'b c'."d"]
            x.y = [1, 0xff, -1.5e3, inf, {k = '''v''', l = \"""
            m\\
              n\"""}]
            [[list]]
            when = [1979-05-27T07:32:00.25-07:00, 1979-05-27, 07:32:00, 1979-05-27 07:32:00]
            on = true\r
            """
        let bytes = Array(text.utf8)
        var answers = 0
        for position in bytes.indices {
            answers += isAnswered(Array(bytes.prefix(position)))
            for byte: UInt8 in [0, 9, 10, 13, 34, 39, 35, 44, 46, 61, 91, 92, 93, 123, 125, 0x7F, 0x80, 0xC3, 0xFF] {
                var changed = bytes
                changed[position] = byte
                answers += isAnswered(changed)
            }
        }
        #expect(answers == bytes.count * 20)
    }

    /// 1 when the parser gives a table or at least one mistake, each inside of the document.
    private func isAnswered(_ bytes: [UInt8]) -> Int {
        do throws(TOMLErrors) {
            _ = try TOML.parse(bytes)
            return 1
        } catch {
            let isInside = error.diagnostics.allSatisfy {
                0...bytes.count ~= $0.span.start.offset && $0.span.start.offset <= $0.span.end.offset
            }
            return !error.diagnostics.isEmpty && isInside ? 1 : 0
        }
    }
}
