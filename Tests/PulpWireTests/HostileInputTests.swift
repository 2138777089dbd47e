import PulpWire
import Testing

/// Reads `message` in every way there is; the outcome does not matter, that there is one does.
private func readEveryWay(_ message: [UInt8]) {
    _ = try? MessagePackValue(decoding: message)
    _ = try? EntropyRequest(decoding: message)
    _ = try? EntropyResponse(decoding: message)
    _ = try? HTTPListenRequest(decoding: message)
    _ = try? HTTPRegisterRequest(decoding: message)
    _ = try? HTTPRequestRecord(decoding: message)
    _ = try? HTTPResponseRecord(decoding: message)
    _ = try? LogRecord(decoding: message)
    _ = try? StepEnvelope(reading: message.wireBytes)
    do throws(WireError) {
        let view = try HTTPResponseView(reading: message.wireBytes)
        var headers = view.headers
        while headers.next() {}
        var cookies = view.cookies
        while cookies.next() {}
        _ = try StepEventView(reading: message.wireBytes)
    } catch {
        #expect(error.offset >= 0 && error.offset <= message.count)
        #expect(!error.description.isEmpty)
    }
}

private let valid: [[UInt8]] = [
    EntropyRequest(count: 1).encodedBytes(),
    HTTPRequestRecord(
        id: 1, method: "GET", path: "/", params: ["a": "b"], query: ["q": "1", "q": "2"],
        headers: ["A": "1", "a": "2"], body: [1, 2], remoteAddr: "r", host: "h"
    ).encodedBytes(),
    HTTPResponseRecord(id: 1, headers: ["A": "1", "a": "2"], cookies: ["c"], body: [1]).encodedBytes(),
    LogRecord(level: .error, message: "m", fields: ["k": "v"]).encodedBytes(),
    MessagePackValue.array([
        nil, true, -5, 1.5, "text", .binary([1]), .timestamp(seconds: -1, nanoseconds: 5), .float(2), .uint(.max),
        .extension(type: 4, bytes: [1, 2, 3]), ["k": ["deep": [1, [2, [3]]]]],
    ]).encodedBytes(),
    StepEnvelope(callNumber: 1, wallTime: 2, payload: [1, 2, 3]).encodedBytes(),
]

@Suite("Hostile bytes")
struct HostileInputTests {
    @Test("every truncation of a value is an error")
    func truncations() {
        for message in valid.dropLast() {
            for count in 0..<message.count {
                #expect(throws: WireError.self) { try MessagePackValue(decoding: [UInt8](message[..<count])) }
            }
        }
    }

    @Test(
        "a length that lies is an error before anything is allocated",
        arguments: [
            "d9ff", "daffff", "dbffffffff", "c4ff", "c5ffff", "c6ffffffff", "dcffff", "ddffffffff", "deffff",
            "dfffffffff",
            "c7ff01", "c8ffff01", "c9ffffffff01", "9f", "8f", "bf", "d801", "df7fffffffc0c0", "dd8000000000",
            "c97fffffff",
        ])
    func lyingLengths(golden: String) {
        let message = bytes(hex: golden)
        #expect(throws: WireError.self) { try MessagePackValue(decoding: message) }
        #expect(throws: WireError.self) {
            var reader = MessagePackReader(message.wireBytes)
            try reader.skipValue()
        }
        readEveryWay(message)
    }

    @Test("nesting of 10,000 is too deep to build and harmless to skip")
    func deep() throws {
        let message = [UInt8](repeating: 0x91, count: 10_000) + [0xc0]
        #expect(throws: WireError(.tooDeep, at: 64, expected: .value, found: 0x91)) {
            try MessagePackValue(decoding: message)
        }
        var reader = MessagePackReader(message.wireBytes)
        try reader.skipValue()
        let remaining = reader.remaining
        #expect(remaining == 0)
    }

    @Test("containers nest as deep as the limit and no deeper")
    func depthLimit() throws {
        let message = bytes(hex: "9191c0")
        _ = try MessagePackValue(exactly: message.wireBytes, maxDepth: 2)
        #expect(throws: WireError(.tooDeep, at: 1, expected: .value, found: 0x91)) {
            try MessagePackValue(exactly: message.wireBytes, maxDepth: 1)
        }
    }

    @Test(
        "1 MiB of nothing but array headers ends in an error, however it is read", arguments: [0x91, 0x9f, 0x81, 0xdf])
    func headersOnly(byte: UInt8) {
        let message = [UInt8](repeating: byte, count: 1 << 20)
        #expect(throws: WireError.self) { try MessagePackValue(decoding: message) }
        #expect(throws: WireError.self) {
            var reader = MessagePackReader(message.wireBytes)
            try reader.skipValue()
        }
    }

    @Test("1 MiB of tiny values runs into the budget of values")
    func manyValues() throws {
        let message = [0xdd, 0x00, 0x0f, 0xff, 0xf0] + [UInt8](repeating: 0x90, count: 0x0f_fff0)
        #expect(throws: WireError(.tooLarge, at: 5 + 99_999, expected: .value)) {
            try MessagePackValue(decoding: message)
        }
        #expect(throws: WireError(.tooLarge, at: 2, expected: .value)) {
            try MessagePackValue(exactly: bytes(hex: "92c0c0").wireBytes, maxValues: 2)
        }
    }

    @Test("a million header fields run into the budget of values")
    func manyFields() {
        let fields = [UInt8](repeating: 0xa0, count: 2_000_000)
        let message = bytes(hex: "81a7" + hex(utf8: "headers") + "df000f4240") + fields
        #expect(throws: WireError.self) { try HTTPResponseRecord(decoding: message) }
    }

    @Test(
        "the byte that MessagePack never uses is refused wherever it stands",
        arguments: ["c1", "91c1", "81c1c0", "81a0c1"])
    func neverUsed(golden: String) {
        let message = bytes(hex: golden)
        #expect(throws: WireError(.invalidFormat, at: message.lastIndex(of: 0xc1) ?? 0, expected: .value, found: 0xc1))
        {
            try MessagePackValue(decoding: message)
        }
    }

    @Test("strict text refuses what is not UTF-8", arguments: ["a1ff", "a2c080", "a3eda080", "a4f4908080"])
    func strictText(golden: String) {
        let message = bytes(hex: golden)
        #expect(throws: WireError(.invalidUTF8, at: 0, expected: .string)) {
            var reader = MessagePackReader(message.wireBytes)
            _ = try reader.readStrictString()
        }
    }

    @Test(
        "an extension -1 that is no timestamp stays an extension, and reads as no timestamp",
        arguments: [
            "d4ff01", "c705ff0102030405", "d7ffffffffffffffffff", "c70cffffffffff0000000000000000",
        ])
    func badTimestamps(golden: String) throws {
        let message = bytes(hex: golden)
        let value = try MessagePackValue(decoding: message)
        guard case .extension(type: -1, _) = value else {
            Issue.record("read as \(value)")
            return
        }
        #expect(hex(value.encodedBytes()) == golden)
        #expect(throws: WireError(.invalidFormat, at: 0, expected: .timestamp, found: message[0])) {
            var reader = MessagePackReader(message.wireBytes)
            _ = try reader.readTimestamp()
        }
    }

    /// 200,000 in all, in parts so that they run beside each other.
    @Test(
        "mutated messages are read or refused, never a trap, and what is read is written back the same",
        arguments: 1...8 as ClosedRange<UInt64>)
    func mutations(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for _ in 0..<25_000 {
            var message = valid[Int.random(in: 0..<valid.count, using: &random)]
            for _ in 0..<Int.random(in: 1...4, using: &random) where !message.isEmpty {
                let place = Int.random(in: 0..<message.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: message[place] = UInt8.random(in: 0...255, using: &random)
                case 1: message.remove(at: place)
                case 2: message.insert(UInt8.random(in: 0xc0...0xdf, using: &random), at: place)
                default: message[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                }
            }
            readEveryWay(message)
            guard let value = try? MessagePackValue(decoding: message) else { continue }
            let written = value.encodedBytes()
            let again = try MessagePackValue(exactly: written.wireBytes).encodedBytes()
            if again != written { Issue.record("\(hex(message)) is not stable") }
        }
    }
}
