import PulpTestSupport
import Testing

@testable import PulpWebSocket

@Suite("Frames as values")
struct MessageReaderTests {
    /// All pieces that `bytes` give when they come in parts of `count`.
    private func pieces(_ bytes: [UInt8], inPartsOf count: Int, cap: Int = 1 << 20) throws -> [MessageReader.Piece] {
        var reader = MessageReader(maximumMessageBytes: cap)
        var input = ByteBuffer()
        var pieces: [MessageReader.Piece] = []
        for chunk in bytes.chunks(of: count) {
            input.writeBytes(chunk)
            while let piece = try reader.next(&input) { pieces.append(piece) }
        }
        #expect(input.readableBytes == 0)
        return pieces
    }

    @Test("how the bytes are cut makes no difference, wherever the cut is")
    func cuts() throws {
        let long = (0..<70_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let bytes =
            sent(.text("Hello-µ@ßö")) + part(1, "κό") + part(9, "ping", isFinal: true) + part(0, "σμε", isFinal: true)
            + sent(Frame(2, long)) + sent(Frame(2, [])) + sent(Frame(10, [1])) + sent(.close(1001, "bye"))
        let expected: [MessageReader.Piece] = [
            .message(opcode: 1, ByteBuffer(string: "Hello-µ@ßö")), .ping(ByteBuffer(string: "ping")),
            .message(opcode: 1, ByteBuffer(string: "κόσμε")), .message(opcode: 2, ByteBuffer(bytes: long)),
            .message(opcode: 2, ByteBuffer()), .pong, .close(code: 1001, reason: "bye"),
        ]
        for count in [1, 2, 3, 5, 7, 8, 64, 1_000, bytes.count] {
            #expect(try self.pieces(bytes, inPartsOf: count) == expected, "parts of \(count)")
        }
    }

    @Test("the mask comes off at every offset and length")
    func masks() throws {
        for count in 0..<40 {
            let payload = (0..<count).map { UInt8($0 * 5) }
            let bytes = WebSocketClient.bytes(Frame(2, payload), mask: [0x80, 0x01, 0xFE, 0x37])
            for part in 1...max(bytes.count, 1) {
                #expect(try self.pieces(bytes, inPartsOf: part) == [.message(opcode: 2, ByteBuffer(bytes: payload))])
            }
        }
    }

    @Test("hostile.md: no room is made for what a length only claims")
    func claims() throws {
        var reader = MessageReader(maximumMessageBytes: 1 << 30)
        var input = ByteBuffer(bytes: [0x82, 0xFF, 0, 0, 0, 0, 0x3F, 0, 0, 0, 1, 2, 3, 4, 9])
        #expect(try reader.next(&input) == nil)
        #expect(reader.bufferedBytes == 1)
    }

    @Test("text is judged as the standard library does, in one piece and in any two")
    func text() {
        var random = SeededRandom(seed: 3)
        let interesting: [UInt8] = [
            0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC2, 0xDF, 0xE0, 0xE1, 0xED, 0xEF, 0xF0, 0xF4,
            0xF5, 0xFF,
        ]
        for _ in 0..<50_000 {
            let bytes = (0..<Int.random(in: 1...6, using: &random)).map { _ in
                interesting.randomElement(using: &random) ?? 0
            }
            let isText = String(validating: bytes, as: UTF8.self) != nil
            for split in 0...bytes.count {
                var check = UTF8Check()
                let accepts =
                    check.accepts(Array(bytes[..<split]).wireBytes) && check.accepts(Array(bytes[split...]).wireBytes)
                #expect((accepts && check.isComplete) == isText, "\(bytes)")
            }
        }
    }

    @Test("the accept key is the one of RFC 6455")
    func accept() {
        #expect(WebSocketHandshake.accept("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }

    @Test("a server's frame has the shortest form, and is told from another of the same length")
    func serverFrames() {
        for (count, header) in [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)] {
            let payload = [UInt8](repeating: 5, count: count)
            let frame = ServerFrame.message(opcode: 2, payload.wireBytes)
            #expect(frame.readableBytes == header + count)
            let holds = { (bytes: [UInt8]) in ServerFrame.holds(bytes.wireBytes, frame) }
            #expect(holds(payload))
            #expect(!holds(payload + [5]))
            if count > 0 { #expect(!holds(payload.dropLast() + [6])) }
        }
    }

    @Test("origins: the dialect's default, the manifest's list, the same host, nobody else")
    func origins() {
        let rows: [(configured: [String], isCell: Bool, origins: [String], isAllowed: Bool)] = [
            ([], false, [], true), ([], false, ["https://evil.example"], true),
            ([], true, [], true), ([], true, ["https://pulp.test"], true), ([], true, ["https://PULP.test"], true),
            ([], true, ["https://evil.example"], false), ([], true, ["https://pulp.test.evil.example"], false),
            ([], true, ["https://pulp.test:444"], false), ([], true, ["null"], false), ([], true, [""], false),
            (["https://app.example.com"], false, ["https://app.example.com"], true),
            (["https://app.example.com"], false, ["HTTPS://APP.example.com"], true),
            (["https://app.example.com"], false, ["http://app.example.com"], false),
            (["https://app.example.com"], false, ["https://pulp.test"], false),
            (["https://app.example.com"], false, ["https://app.example.com", "https://evil.example"], false),
            (["https://app.example.com", "same-host"], false, ["https://pulp.test"], true),
            (["*"], true, ["https://evil.example"], true), (["*"], true, ["null"], true),
        ]
        for row in rows {
            let policy = OriginPolicy(row.configured, isCell: row.isCell)
            #expect(policy.allows(row.origins, host: "pulp.test") == row.isAllowed, "\(row)")
        }
    }
}
