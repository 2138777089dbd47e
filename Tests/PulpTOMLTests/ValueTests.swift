import Testing

@testable import PulpTOML

/// Values where implementations differ, and what the suite leaves open.
@Suite("Values")
struct ValueTests {
    @Test("entries keep the order of the document")
    func order() throws {
        let table = try TOML.parse(Array("z = 1\n[m]\n[a]\nk.y = 1\nk.b = 2\n[b]".utf8))
        #expect(table.entries.map(\.key.name) == ["z", "m", "a", "b"])
        #expect(table.taggedJSON().contains(#""k": {"y": {"type": "integer", "value": "1"}, "b""#))
    }

    @Test("two spellings of one letter are two keys")
    func canonicalEquivalence() throws {
        let table = try TOML.parse(Array("\"\u{E9}\" = 1\n\"e\u{301}\" = 2".utf8))
        #expect(table["\u{E9}"]?.value == .integer(1))
        #expect(table["e\u{301}"]?.value == .integer(2))
    }

    @Test("a name is found in small and in large tables", arguments: [1, 8, 9, 10, 500])
    func lookup(_ count: Int) throws {
        let table = try TOML.parse(Array((0..<count).map { "k\($0) = \($0)\n" }.joined().utf8))
        for number in 0..<count {
            #expect(table["k\(number)"]?.value == .integer(Int64(number)))
        }
        #expect(table["k\(count)"] == nil)
    }

    @Test(
        "integers reach both ends of 64 bits",
        arguments: [
            ("9223372036854775807", Int64.max), ("-9223372036854775808", .min), ("0x7fff_ffff_ffff_ffff", .max),
            ("-0", 0), ("+0", 0), ("0b1_0", 2), ("0o17", 15),
        ])
    func integers(_ text: String, _ expected: Int64) throws {
        #expect(try value(text) == .integer(expected))
    }

    @Test(
        "integers beyond 64 bits are refused",
        arguments: ["9223372036854775808", "-9223372036854775809", "0x8000000000000000", "0xffff_ffff_ffff_ffff"])
    func integerOverflow(_ text: String) {
        #expect(throws: TOMLErrors.self) { try value(text) }
    }

    @Test("a fraction of a second is cut off at nanoseconds")
    func fraction() throws {
        #expect(try value("07:32:00.1234567899") == localTime(7, 32, 0, 123_456_789))
        #expect(try value("07:32:00.5") == localTime(7, 32, 0, 500_000_000))
        #expect(try value("23:59:60") == localTime(23, 59, 60, 0))
    }

    @Test(
        "times are printed so that they read back as themselves",
        arguments: [
            "1979-05-27T07:32:00Z", "1979-05-27T00:32:00.999999-07:30", "0000-02-29", "9999-12-31T23:59:59",
            "00:00:00.000000001",
        ])
    func timeText(_ text: String) throws {
        #expect(try TOML.parse(Array("a = \(text)".utf8)).taggedJSON().hasSuffix("\"value\": \"\(text)\"}}"))
    }

    @Test("text of several lines follows the rules for line ends and quotation marks")
    func multiline() throws {
        #expect(try value("\"\"\"\r\na\\  \r\n \t\n  b\"\"\"\"\"") == .string("ab\"\""))
        #expect(try value("'''\n\\a\r\n'''''") == .string("\\a\r\n''"))
        #expect(throws: TOMLErrors.self) { try value("'''a''''''") }
        #expect(throws: TOMLErrors.self) { try value("\"\"\"a\\ b\"\"\"") }
    }

    @Test("control characters are escaped in JSON")
    func json() throws {
        let table = try TOML.parse(Array(#""\u0001\"" = "\\\u007f\n""#.utf8))
        #expect(table.taggedJSON() == #"{"\u0001\"": {"type": "string", "value": "\\\u007f\u000a"}}"#)
    }

    @Test("keys under a header may join a table that only a deeper header's path made")
    func implicitTable() throws {
        let table = try TOML.parse(Array("[a.b.c]\nz = 1\n[a]\nb.t = 2".utf8))
        #expect(table.taggedJSON().contains("\"t\""))
        #expect(throws: TOMLErrors.self) { try TOML.parse(Array("[a.b.c]\n[a]\nb.t = 2\n[a.b]".utf8)) }
    }

    private func value(_ text: String) throws -> TOMLValue? {
        try TOML.parse(Array("a = \(text)".utf8))["a"]?.value
    }

    private func localTime(_ hour: Int, _ minute: Int, _ second: Int, _ nanosecond: Int) -> TOMLValue? {
        TOMLLocalTime(hour: hour, minute: minute, second: second, nanosecond: nanosecond).map(TOMLValue.localTime)
    }
}
