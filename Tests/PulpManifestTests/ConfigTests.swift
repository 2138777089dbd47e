import Foundation
import Testing

@testable import PulpManifest

/// The bytes that `pulp_init` receives.
@Suite("Config")
struct ConfigTests {
    @Test("no config and an empty config are no bytes")
    func empty() throws {
        #expect(try Sample.spec("").config.isEmpty)
        #expect(try Sample.spec("[config]").config.isEmpty)
    }

    @Test(
        "each TOML type has the reference's MessagePack type",
        arguments: [
            ("\"hi\"", "a2 68 69"),
            ("''", "a0"),
            ("424242", "d3 00 00 00 00 00 06 79 32"),
            ("1", "d3 00 00 00 00 00 00 00 01"),
            ("-1", "d3 ff ff ff ff ff ff ff ff"),
            ("1.5", "cb 3f f8 00 00 00 00 00 00"),
            ("-inf", "cb ff f0 00 00 00 00 00 00"),
            ("nan", "cb 7f f8 00 00 00 00 00 01"),
            ("true", "c3"),
            ("false", "c2"),
            ("[]", "90"),
            ("[1, 'a']", "92 d3 00 00 00 00 00 00 00 01 a1 61"),
            ("{}", "80"),
            ("{ b = true, a = [{}] }", "82 a1 62 c3 a1 61 91 80"),
            ("1970-01-01T00:00:01Z", "d6 ff 00 00 00 01"),
            ("1970-01-01T01:00:01+01:00", "d6 ff 00 00 00 01"),
            ("1970-01-01T00:00:01.5Z", "d7 ff 77 35 94 00 00 00 00 01"),
            ("2000-03-01T00:00:00Z", "d6 ff 38 bc 5d 80"),
            ("2024-02-29T12:00:00-00:30", "d6 ff 65 e0 78 c8"),
            ("1969-12-31T23:59:59Z", "c7 0c ff 00 00 00 00 ff ff ff ff ff ff ff ff"),
            ("9999-12-31T23:59:59Z", "c7 0c ff 00 00 00 00 00 00 00 3a ff f4 41 7f"),
            ("0000-01-01T00:00:00Z", "c7 0c ff 00 00 00 00 ff ff ff f1 86 8b 84 00"),
        ])
    func types(_ value: String, _ expected: String) throws {
        #expect(try hex("[config]\nk = \(value)") == "81 a1 6b \(expected)")
    }

    @Test("keys keep the order of the file")
    func order() throws {
        #expect(try hex("[config]\nz = true\na = true\nm = true") == "83 a1 7a c3 a1 61 c3 a1 6d c3")
    }

    @Test(
        "nested tables and arrays of tables are taken in both dialects", arguments: ["pulp.plugin.toml", "p.cell.toml"])
    func nested(_ file: String) throws {
        let text = "[config.a.b]\nc = true\n[[config.l]]\n[[config.l]]\nx = false\n"
        let expected = "82 a1 61 81 a1 62 81 a1 63 c3 a1 6c 92 80 81 a1 78 c2"
        #expect(try hex(text, file: file) == expected)
    }

    @Test("dates and times without an offset are meant in the host's zone")
    func localTimes() throws {
        let berlin = try #require(TimeZone(identifier: "Europe/Berlin"))
        let fixed = try #require(TimeZone(secondsFromGMT: 5 * 3600 + 1800))
        #expect(try seconds("1970-01-01T00:00:00", fixed) == -19_800)
        #expect(try seconds("2024-07-01T12:00:00", berlin) == 1_719_828_000)
        #expect(try seconds("2024-01-01T12:00:00", berlin) == 1_704_106_800)
        #expect(try seconds("2024-07-01", berlin) == 1_719_784_800)
        // The clocks go forward on 31 March 2024 at 2:00 and back on 27 October at 3:00.
        #expect(try seconds("2024-03-31T01:59:59", berlin) == 1_711_846_799)
        #expect(try seconds("2024-03-31T03:00:00", berlin) == 1_711_846_800)
        #expect(try seconds("2024-10-27T01:59:59", berlin) == 1_729_987_199)
        #expect(try seconds("2024-10-27T03:00:00", berlin) == 1_729_994_400)
    }

    @Test("a local time is that time on 1 January of year 0, in the form of 12 bytes")
    func localTime() throws {
        #expect(
            try hex("[config]\nk = 07:32:00.000000001")
                == "81 a1 6b c7 0c ff 00 00 00 01 ff ff ff f1 86 8b ed f0")
    }

    @Test("a leap second is the second after it")
    func leapSecond() throws {
        #expect(try seconds("2016-12-31T23:59:60Z", Sample.zone) == 1_483_228_800)
    }

    private func hex(_ text: String, file: String = "pulp.plugin.toml") throws -> String {
        let digits = "0123456789abcdef".map(\.self)
        return try Sample.spec(text, file: file).config
            .map { "\(digits[Int($0 >> 4)])\(digits[Int($0 & 15)])" }.joined(separator: " ")
    }

    /// The instant that a date or time without fraction is encoded as.
    private func seconds(_ value: String, _ zone: TimeZone) throws -> Int64 {
        let config = try Sample.load(Sample.minimal + "[config]\nk = \(value)", timeZone: zone).spec.config
        let time = config.dropFirst(3)
        // 4 bytes of seconds behind d6 ff, or 8 bytes at the end of the form of 12.
        let digits = time.first == 0xD6 ? time.dropFirst(2) : time.suffix(8)
        return digits.reduce(time.first == 0xD6 || digits.first == 0 ? 0 : -1) { $0 << 8 | Int64($1) }
    }
}
