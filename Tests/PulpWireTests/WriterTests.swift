import PulpWire
import Testing

@Suite("MessagePack writer")
struct WriterTests {
    private func written(_ body: (inout MessagePackWriter) -> Void) -> String {
        hex(MessagePackWriter.encode(body))
    }

    @Test("integers of a fixed width keep it, whatever their value")
    func fixedWidths() {
        #expect(self.written { $0.writeInt64(1) } == "d30000000000000001")
        #expect(self.written { $0.writeInt64(-1) } == "d3ffffffffffffffff")
        #expect(self.written { $0.writeUInt64(1) } == "cf0000000000000001")
        #expect(self.written { $0.writeUInt32(1) } == "ce00000001")
        #expect(self.written { $0.writeUInt16(1) } == "cd0001")
        #expect(self.written { $0.writeUInt8(1) } == "cc01")
    }

    @Test(
        "plain integers take the shortest form",
        arguments: [
            (0, "00"), (127, "7f"), (128, "cc80"), (255, "ccff"), (256, "cd0100"), (65_535, "cdffff"),
            (65_536, "ce00010000"), (4_294_967_296, "cf0000000100000000"), (-1, "ff"), (-32, "e0"), (-33, "d0df"),
            (-128, "d080"), (-129, "d1ff7f"), (-32_768, "d18000"), (-32_769, "d2ffff7fff"),
            (-2_147_483_649, "d3ffffffff7fffffff"),
        ])
    func shortest(value: Int, golden: String) {
        #expect(self.written { $0.writeInt(value) } == golden)
    }

    @Test("nil, booleans and floats")
    func scalars() {
        #expect(self.written { $0.writeNil() } == "c0")
        #expect(self.written { $0.writeBool(false) } == "c2")
        #expect(self.written { $0.writeBool(true) } == "c3")
        #expect(self.written { $0.writeDouble(1.5) } == "cb3ff8000000000000")
        #expect(self.written { $0.writeFloat(1.5) } == "ca3fc00000")
    }

    @Test(
        "headers take the shortest form at each border",
        arguments: [
            (0, "a0", "c400", "90", "80"), (15, "af", "c40f", "9f", "8f"), (16, "b0", "c410", "dc0010", "de0010"),
            (31, "bf", "c41f", "dc001f", "de001f"), (32, "d920", "c420", "dc0020", "de0020"),
            (255, "d9ff", "c4ff", "dc00ff", "de00ff"), (256, "da0100", "c50100", "dc0100", "de0100"),
            (65_535, "daffff", "c5ffff", "dcffff", "deffff"),
            (65_536, "db00010000", "c600010000", "dd00010000", "df00010000"),
        ])
    func headers(count: Int, string: String, binary: String, array: String, map: String) {
        #expect(self.written { $0.writeStringHeader(count) } == string)
        #expect(self.written { $0.writeBinaryHeader(count) } == binary)
        #expect(self.written { $0.writeArrayHeader(count) } == array)
        #expect(self.written { $0.writeMapHeader(count) } == map)
    }

    @Test(
        "timestamps take the forms of 4, 8 and 12 bytes",
        arguments: [
            (1, 0, "d6ff00000001"), (4_294_967_295, 0, "d6ffffffffff"), (4_294_967_296, 0, "d7ff0000000100000000"),
            (0, 1, "d7ff0000000400000000"), (17_179_869_183, 999_999_999, "d7ffee6b27ffffffffff"),
            (17_179_869_184, 0, "c70cff000000000000000400000000"), (-1, 0, "c70cff00000000ffffffffffffffff"),
        ] as [(Int64, UInt32, String)])
    func timestamps(seconds: Int64, nanoseconds: UInt32, golden: String) throws {
        #expect(self.written { $0.writeTimestamp(seconds: seconds, nanoseconds: nanoseconds) } == golden)
        let message = bytes(hex: golden)
        var reader = MessagePackReader(message.wireBytes)
        let timestamp = try reader.readTimestamp()
        #expect(timestamp == (seconds, nanoseconds))
    }

    @Test("text of every length is its UTF-8", arguments: [0, 1, 15, 16, 31, 32, 255, 256, 70_000])
    func text(count: Int) throws {
        let text = String(repeating: "ä", count: count)
        let message = MessagePackWriter.encode { $0.writeString(text) }
        var reader = MessagePackReader(message.wireBytes)
        #expect(try reader.readStrictString() == text)
        let remaining = reader.remaining
        #expect(remaining == 0)
    }

    @Test("a writer without room counts on, writes nothing beyond, and says so")
    func overflow() throws {
        var room = [UInt8](repeating: 0xee, count: 8)
        let outcome = unsafe room.withUnsafeMutableBytes { buffer in
            var writer = unsafe MessagePackWriter(
                unsafeBuffer: UnsafeMutableRawBufferPointer(rebasing: buffer[..<4]))
            writer.writeUInt16(1)
            writer.writeUInt16(2)
            writer.writeNil()
            return (writer.byteCount, writer.hasOverflowed)
        }
        #expect(outcome == (7, true))
        #expect(hex(room) == "cd0001eeeeeeeeee")
    }

    @Test("a length that the format cannot state is refused, not wrapped")
    func unencodable() {
        #expect(MessagePackWriter.byteCount { $0.writeArrayHeader(-1) } == .max)
        #expect(MessagePackWriter.byteCount { $0.writeBinaryHeader(1 << 32) } == .max)
        #expect(
            MessagePackWriter.encode {
                $0.writeStringHeader(-5); $0.writeNil()
            }.isEmpty)
    }
}
