import PulpTestSupport

/// One of the well-known conformance cases: what the client sends, and what an echoing server must do.
///
/// Numbered as the public suite for RFC 6455 numbers its cases, sections 1 to 7 and the sizes of 9 that are small.
struct ProtocolCase: Sendable, CustomStringConvertible {
    enum Ending: Sendable {
        /// Goes on: the closing handshake with 1000 works.
        case open
        /// The server closes with one of these codes.
        case closed([UInt16])
        /// The server's close frame has no code.
        case closedWithoutCode
    }

    let number: String
    let what: String
    /// Written one after the other, each flushed.
    let sends: [[UInt8]]
    /// The frames before the end.
    let echoes: [WebSocketClient.Frame]
    let ending: Ending

    init(
        _ number: String, _ what: String, _ sends: [[UInt8]], _ echoes: [WebSocketClient.Frame] = [],
        _ ending: Ending = .open
    ) {
        self.number = number
        self.what = what
        self.sends = sends
        self.echoes = echoes
        self.ending = ending
    }

    var description: String { "\(self.number) \(self.what)" }
}

typealias Frame = WebSocketClient.Frame

/// A frame as its bytes.
func sent(_ frame: Frame, isFinal: Bool = true, reserved: UInt8 = 0) -> [UInt8] {
    WebSocketClient.bytes(frame, isFinal: isFinal, reserved: reserved)
}

func part(_ opcode: UInt8, _ text: String, isFinal: Bool = false) -> [UInt8] {
    sent(Frame(opcode, Array(text.utf8)), isFinal: isFinal)
}

enum ProtocolCases {
    static let all = framing + pings + reserved + opcodes + fragments + text + closing + sizes

    /// 1.1 text, 1.2 binary: lengths around each change of form, and written in one piece or in bytes.
    static let framing: [ProtocolCase] = [1, 2].flatMap { opcode in
        [0, 125, 126, 127, 128, 65_535, 65_536].enumerated().map { index, count in
            let frame = Frame(opcode, [UInt8](repeating: 42, count: count))
            return ProtocolCase("1.\(opcode).\(index + 1)", "\(count) bytes", [sent(frame)], [frame])
        } + [
            ProtocolCase(
                "1.\(opcode).8", "65536 bytes in pieces of 997",
                sent(Frame(opcode, [UInt8](repeating: 42, count: 65_536))).chunks(of: 997),
                [Frame(opcode, [UInt8](repeating: 42, count: 65_536))])
        ]
    }

    static let pings: [ProtocolCase] = [
        ProtocolCase("2.1", "a ping without payload", [sent(Frame(9, []))], [Frame(10, [])]),
        ProtocolCase(
            "2.2", "a small ping", [part(9, "Hello, world!", isFinal: true)], [Frame(10, Array("Hello, world!".utf8))]),
        ProtocolCase(
            "2.3", "a binary ping", [sent(Frame(9, [0, 255, 254, 253, 0, 251]))],
            [Frame(10, [0, 255, 254, 253, 0, 251])]),
        ProtocolCase(
            "2.4", "a ping of 125 bytes", [sent(Frame(9, [UInt8](repeating: 254, count: 125)))],
            [Frame(10, [UInt8](repeating: 254, count: 125))]),
        ProtocolCase(
            "2.5", "a ping of 126 bytes", [sent(Frame(9, [UInt8](repeating: 254, count: 126)))], [], .closed([1002])),
        ProtocolCase(
            "2.6", "a ping of 125 bytes in single bytes",
            sent(Frame(9, [UInt8](repeating: 254, count: 125))).chunks(of: 1),
            [Frame(10, [UInt8](repeating: 254, count: 125))]),
        ProtocolCase("2.7", "a pong nobody asked for", [sent(Frame(10, []))]),
        ProtocolCase("2.8", "one with payload", [part(10, "unasked", isFinal: true)]),
        ProtocolCase(
            "2.9", "a pong nobody asked for, then a ping",
            [part(10, "unasked", isFinal: true) + part(9, "ping", isFinal: true)], [Frame(10, Array("ping".utf8))]),
        ProtocolCase(
            "2.10", "ten pings in one piece", [(0..<10).flatMap { part(9, "payload-\($0)", isFinal: true) }],
            (0..<10).map { Frame(10, Array("payload-\($0)".utf8)) }),
        ProtocolCase(
            "2.11", "ten pings in single bytes",
            (0..<10).flatMap { part(9, "payload-\($0)", isFinal: true) }.chunks(of: 1),
            (0..<10).map { Frame(10, Array("payload-\($0)".utf8)) }),
    ]

    static let reserved: [ProtocolCase] = (1...7).map { bits in
        ProtocolCase(
            "3.\(bits)", "reserved bits \(bits)",
            [sent(.text("Hello")) + sent(.text("bad"), reserved: UInt8(bits)) + sent(Frame(9, []))],
            [.text("Hello")], .closed([1002]))
    }

    static let opcodes: [ProtocolCase] =
        (3...7).map { opcode in
            ProtocolCase(
                "4.1.\(opcode - 2)", "reserved opcode \(opcode)", [sent(Frame(opcode, [1]))], [], .closed([1002]))
        }
        + (11...15).map { opcode in
            ProtocolCase(
                "4.2.\(opcode - 10)", "reserved control opcode \(opcode)",
                [sent(.text("Hello")) + sent(Frame(opcode, []))], [.text("Hello")], .closed([1002]))
        }

    static let fragments: [ProtocolCase] = [
        ProtocolCase(
            "5.1", "a ping in two fragments", [part(9, "a") + part(0, "b", isFinal: true)], [], .closed([1002])),
        ProtocolCase(
            "5.2", "a pong in two fragments", [part(10, "a") + part(0, "b", isFinal: true)], [], .closed([1002])),
        ProtocolCase(
            "5.3", "text in two fragments", [part(1, "fragment1") + part(0, "fragment2", isFinal: true)],
            [.text("fragment1fragment2")]),
        ProtocolCase(
            "5.4", "the same in two pieces", [part(1, "fragment1"), part(0, "fragment2", isFinal: true)],
            [.text("fragment1fragment2")]),
        ProtocolCase(
            "5.5", "the same in single bytes",
            (part(1, "fragment1") + part(0, "fragment2", isFinal: true)).chunks(of: 1), [.text("fragment1fragment2")]),
        ProtocolCase(
            "5.6", "a ping between fragments",
            [part(1, "fragment1") + part(9, "ping", isFinal: true) + part(0, "fragment2", isFinal: true)],
            [Frame(10, Array("ping".utf8)), .text("fragment1fragment2")]),
        ProtocolCase(
            "5.8", "the same in single bytes",
            (part(1, "fragment1") + part(9, "ping", isFinal: true) + part(0, "fragment2", isFinal: true)).chunks(of: 1),
            [Frame(10, Array("ping".utf8)), .text("fragment1fragment2")]),
        ProtocolCase(
            "5.9", "a final continuation of nothing, then text",
            [part(0, "none", isFinal: true) + sent(.text("Hello"))], [], .closed([1002])),
        ProtocolCase(
            "5.12", "a continuation of nothing, then text", [part(0, "none") + sent(.text("Hello"))], [],
            .closed([1002])),
        ProtocolCase(
            "5.15", "text in two fragments, then two of nothing",
            [
                part(1, "fragment1") + part(0, "fragment2", isFinal: true) + part(0, "fragment3")
                    + part(1, "fragment4", isFinal: true)
            ], [.text("fragment1fragment2")], .closed([1002])),
        ProtocolCase(
            "5.18", "text inside text", [part(1, "fragment1") + part(1, "fragment2", isFinal: true)], [],
            .closed([1002])),
        ProtocolCase(
            "5.19", "five fragments with pings between",
            [
                part(1, "1") + part(0, "2") + part(9, "p1", isFinal: true), part(0, "3") + part(0, "4"),
                part(9, "p2", isFinal: true) + part(0, "5", isFinal: true),
            ], [Frame(10, Array("p1".utf8)), Frame(10, Array("p2".utf8)), .text("12345")]),
    ]

    static let closing: [ProtocolCase] =
        [
            ProtocolCase(
                "7.1.1", "a message, then close", [sent(.text("Hello")) + sent(.close(1000))], [.text("Hello")],
                .closed([1000])),
            ProtocolCase("7.1.2", "two close frames", [sent(.close(1000)) + sent(.close(1000))], [], .closed([1000])),
            ProtocolCase("7.1.3", "a ping after close", [sent(.close(1000)) + sent(Frame(9, []))], [], .closed([1000])),
            ProtocolCase("7.1.4", "text after close", [sent(.close(1000)) + sent(.text("Hello"))], [], .closed([1000])),
            ProtocolCase(
                "7.1.5", "close between fragments",
                [part(1, "fragment1") + sent(.close(1000)) + part(0, "fragment2", isFinal: true)], [], .closed([1000])),
            ProtocolCase("7.3.1", "close without a code", [sent(Frame(8, []))], [], .closedWithoutCode),
            ProtocolCase("7.3.2", "close with one byte", [sent(Frame(8, [3]))], [], .closed([1002])),
            ProtocolCase("7.3.3", "close with a code", [sent(.close(1000))], [], .closed([1000])),
            ProtocolCase("7.3.4", "close with a reason", [sent(.close(1000, "Hello"))], [], .closed([1000])),
            ProtocolCase(
                "7.3.5", "close with the longest reason", [sent(.close(1000, String(repeating: "*", count: 123)))], [],
                .closed([1000])),
            ProtocolCase(
                "7.3.6", "close with a longer one", [sent(.close(1000, String(repeating: "*", count: 124)))], [],
                .closed([1002])),
            ProtocolCase(
                "7.5.1", "a reason that is not UTF-8", [sent(Frame(8, [3, 232, 0xCE, 0xBA, 0xED, 0xA0, 0x80]))], [],
                .closed([1007])),
        ]
        + ([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999] as [UInt16]).map { code in
            ProtocolCase("7.7", "code \(code)", [sent(.close(code))], [], .closed([code]))
        }
        + ([0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535] as [UInt16]).map { code in
            ProtocolCase("7.9", "invalid code \(code)", [sent(.close(code))], [], .closed([1002]))
        }

    /// 9: lengths that cross buffers, whole and in fragments.
    static let sizes: [ProtocolCase] = [1, 2].flatMap { (opcode: UInt8) in
        [200_000, 1_048_576].map { count in
            let payload = [UInt8](repeating: 42, count: count)
            return ProtocolCase(
                "9.\(opcode)", "\(count) bytes", [sent(Frame(opcode, payload))], [Frame(opcode, payload)])
        }
            + [64, 256, 4_096].map { (size: Int) in
                let payload = [UInt8](repeating: 42, count: 65_536)
                let parts = payload.chunks(of: size)
                let bytes = parts.enumerated().flatMap { index, chunk in
                    sent(Frame(index == 0 ? opcode : 0, chunk), isFinal: index == parts.count - 1)
                }
                return ProtocolCase("9.\(opcode + 2)", "fragments of \(size)", [bytes], [Frame(opcode, payload)])
            }
    }
}

extension [UInt8] {
    /// The bytes in pieces of `count`; at least one.
    func chunks(of count: Int) -> [[UInt8]] {
        stride(from: 0, to: Swift.max(self.count, 1), by: count).map {
            Array(self[$0..<Swift.min($0 + count, self.count)])
        }
    }
}
