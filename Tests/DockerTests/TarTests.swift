import PulpTesting
import Testing

@testable import PulpDocker

@Suite("Tar")
struct TarTests {
    private static func entries(_ bytes: [UInt8]) throws -> [(TarReader.Entry, [UInt8])] {
        var reader = TarReader(bytes)
        var entries: [(TarReader.Entry, [UInt8])] = []
        while let entry = try reader.next() { entries.append((entry, Array(bytes[entry.content]))) }
        return entries
    }

    @Test("what is written is read again, whatever its name and size", arguments: [0, 1, 511, 512, 513, 70_000])
    func roundTrip(_ size: Int) throws {
        let content = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
        for name in [
            "x", "a/b/c.txt", "é", String(repeating: "n", count: 100), String(repeating: "long/", count: 60) + "x",
        ] {
            let archive =
                TarWriter.header("d/", .folder, mode: 0o755) + TarWriter.header(name, size: size) + content
                + TarWriter.padding(size) + TarWriter.header("l", .link, target: name) + TarWriter.end
            #expect(archive.count % 512 == 0)
            let read = try Self.entries(archive)
            #expect(read.map(\.0.kind) == [.folder, .file, .link])
            #expect(read[1].0.name == name)
            #expect(read[1].1 == content)
        }
    }

    @Test("GNU's long names and sizes of more than eleven digits are read")
    func gnu() throws {
        let name = String(repeating: "g", count: 300)
        var long = TarWriter.header("././@LongLink", size: 301)
        long[156] = UInt8(ascii: "L")
        Self.sum(&long)
        var header = TarWriter.header("short", size: 3)
        for (index, byte) in [0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3].enumerated() { header[124 + index] = UInt8(byte) }
        Self.sum(&header)
        let archive =
            long + Array(name.utf8) + [0] + TarWriter.padding(301) + header + [1, 2, 3] + TarWriter.padding(3)
        let read = try Self.entries(archive)
        #expect(read.map(\.0.name) == [name])
        #expect(read.first?.1 == [1, 2, 3])
    }

    private static func sum(_ header: inout [UInt8]) {
        let digits = String(TarWriter.sum(header), radix: 8)
        let padded = String(repeating: "0", count: 6 - digits.count) + digits
        for (index, byte) in (Array(padded.utf8) + [0, 0x20]).enumerated() { header[148 + index] = byte }
    }

    @Test(
        "hostile.md: lengths that lie are errors",
        arguments: [
            ("pax", "5 a=b\n"), ("pax", "999999999999 path=x\n"), ("pax", "0 path=x\n"), ("pax", "-1 path=x\n"),
            ("pax", "9 size=-1\n"), ("pax", "30 size=99999999999999999999999\n"),
        ])
    func lies(_ kind: String, _ records: String) throws {
        let archive =
            TarWriter.header("p", .pax, size: records.utf8.count) + Array(records.utf8)
            + TarWriter.padding(records.utf8.count) + TarWriter.header("x", size: 0) + TarWriter.end
        #expect(throws: TarReader.Malformed.self) { try Self.entries(archive) }
        #expect(throws: TarReader.Malformed.self) { try Self.entries(TarWriter.header("x", size: 1 << 40)) }
        #expect(throws: TarReader.Malformed.self) { try Self.entries([UInt8](repeating: 1, count: 512)) }
        #expect(throws: TarReader.Malformed.self) { try Self.entries([1, 2, 3]) }
    }

    @Test("5,000 archives with bytes exchanged, cut and swapped read or fail, and never crash")
    func fuzz() {
        var random = SeededRandom(seed: 20)
        let sound =
            TarWriter.header(String(repeating: "long/", count: 40), size: 600) + [UInt8](repeating: 5, count: 600)
            + TarWriter.padding(600) + TarWriter.header("y", size: 10) + [UInt8](repeating: 6, count: 512)
            + TarWriter.end
        var readCount = 0
        for round in 0..<5_000 {
            var archive = sound
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                archive[Int.random(in: 0..<archive.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if round % 3 == 0 { archive.removeLast(Int.random(in: 0..<archive.count, using: &random)) }
            if round % 2 == 0, archive.count >= 512 {
                // A right checksum lets the change through to what is behind it.
                var header = Array(archive[..<512])
                Self.sum(&header)
                archive.replaceSubrange(..<512, with: header)
            }
            if (try? Self.entries(archive)) != nil { readCount += 1 }
        }
        #expect(readCount > 100)
    }
}
