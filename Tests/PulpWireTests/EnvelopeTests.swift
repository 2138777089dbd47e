import PulpWire
import Testing

@Suite("Step envelope and event")
struct EnvelopeTests {
    @Test("an envelope is 20 little-endian bytes and its payload")
    func golden() throws {
        let envelope = StepEnvelope(
            callNumber: 0x0102_0304_0506_0708, wallTime: 0x1112_1314_1516_1718, payload: [0xaa, 0xbb, 0xcc])
        let golden = "0807060504030201 1817161514131211 03000000 aabbcc"
        #expect(hex(envelope.encodedBytes()) == hex(bytes(hex: golden)))
        #expect(try StepEnvelope(reading: bytes(hex: golden + "ff").wireBytes) == envelope)
        #expect(envelope.byteCount == 23)
    }

    @Test("an idle tick has no payload")
    func idle() throws {
        let envelope = StepEnvelope(callNumber: 1, wallTime: 2)
        #expect(hex(envelope.encodedBytes()) == "0100000000000000" + "0200000000000000" + "00000000")
        #expect(try StepEnvelope(reading: envelope.encodedBytes().wireBytes) == envelope)
    }

    @Test("an envelope with its event is written in one pass")
    func onePass() throws {
        let written = try Self.write(room: 64) { writer in
            writer.writeStepEvent(kind: .httpRequest) { $0.writeMapHeader(0) }
        }
        let event = "82 a4" + hex(utf8: "kind") + "ac" + hex(utf8: "http.request") + "a7" + hex(utf8: "payload") + "80"
        let payload = bytes(hex: event)
        let envelope = try StepEnvelope(reading: written.wireBytes)
        #expect(hex(envelope.payload) == hex(payload))
        #expect(envelope.callNumber == 7)
        #expect(written.count == 20 + payload.count)
    }

    @Test("an envelope finds no room in a buffer that is a byte too small", arguments: [0, 19, 20, 22])
    func tooSmall(size: Int) throws {
        #expect(throws: WireError(.spaceExhausted, at: size, expected: .space)) {
            try Self.write(room: size) { $0.writeUInt16(1) }
        }
    }

    /// Envelope 7 at time 8, written into a buffer of `room` bytes and cut to what was written.
    private static func write(room: Int, payload: (inout MessagePackWriter) -> Void) throws(WireError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0xee, count: room)
        let outcome = unsafe bytes.withUnsafeMutableBytes { buffer -> Result<Int, WireError> in
            do throws(WireError) {
                return .success(
                    try unsafe StepEnvelope.write(callNumber: 7, wallTime: 8, into: buffer, payload: payload))
            } catch {
                return .failure(error)
            }
        }
        return [UInt8](bytes[..<(try outcome.get())])
    }

    @Test("every truncation of an envelope is an error")
    func truncated() {
        let whole = StepEnvelope(callNumber: 1, wallTime: 2, payload: [1, 2, 3]).encodedBytes()
        for count in 0..<whole.count {
            #expect(throws: WireError(.truncated, at: count, expected: .envelope)) {
                try StepEnvelope(reading: [UInt8](whole[..<count]).wireBytes)
            }
        }
    }

    @Test("a payload length of 4 GiB less a byte is an error, not an allocation")
    func lyingLength() {
        let lie = bytes(hex: "0000000000000000 0000000000000000 ffffffff aabb")
        #expect(throws: WireError(.truncated, at: 22, expected: .envelope)) { try StepEnvelope(reading: lie.wireBytes) }
    }

    @Test("an event is read in place, whatever the order of its keys")
    func event() throws {
        let golden = bytes(
            hex: "83 a7" + hex(utf8: "payload") + "93010203 a1" + hex(utf8: "x") + "c3 a4" + hex(utf8: "kind") + "a7"
                + hex(utf8: "ws.open"))
        let event = try StepEventView(reading: golden.wireBytes)
        #expect(hex([UInt8](copying: event.payload)) == "93010203")
        let isOpen = StepEventKind.webSocketOpen ~= event.kind
        let isClose = StepEventKind.webSocketClose ~= event.kind
        #expect(isOpen)
        #expect(!isClose)
    }

    @Test("a payload that is missing is written as nil, so that the map stays whole")
    func missingPayload() throws {
        let written = MessagePackWriter.encode { $0.writeStepEvent(dynamicKind: "k", payload: [UInt8]().wireBytes) }
        #expect(hex(written) == "82a4" + hex(utf8: "kind") + "a16ba7" + hex(utf8: "payload") + "c0")
    }
}
