/// The head of a client's frame, checked: RFC 6455, 5.2.
struct FrameHeader {
    static let continuation: UInt8 = 0
    static let text: UInt8 = 1
    static let binary: UInt8 = 2
    static let close: UInt8 = 8
    static let ping: UInt8 = 9
    static let pong: UInt8 = 10
    /// The longest payload of a control frame.
    static let longestControl = 125

    let opcode: UInt8
    let isFinal: Bool
    let length: Int
    let mask: FrameMask
    /// Bytes of the payload that have been taken.
    var taken = 0

    var isControl: Bool { self.opcode >= Self.close }
    var left: Int { self.length - self.taken }

    /// Bytes of the head itself.
    let headBytes: Int

    /// Reads the head at the front of `bytes`; nil when it is not all there.
    init?(_ bytes: Span<UInt8>) throws(WebSocketFault) {
        guard bytes.count >= 2 else { return nil }
        self.opcode = bytes[0] & 0x0F
        self.isFinal = bytes[0] & 0x80 != 0
        guard bytes[0] & 0x70 == 0 else { throw .protocolError("a reserved bit is set") }
        guard 0...2 ~= self.opcode || 8...10 ~= self.opcode else { throw .protocolError("a reserved opcode") }
        guard bytes[1] & 0x80 != 0 else { throw .protocolError("a client's frame is not masked") }
        let short = Int(bytes[1] & 0x7F)
        if self.opcode >= Self.close {
            guard self.isFinal else { throw .protocolError("a control frame is fragmented") }
            guard short <= Self.longestControl else { throw .protocolError("a control frame is longer than 125 bytes") }
        }
        let extra = short == 126 ? 2 : short == 127 ? 8 : 0
        guard bytes.count >= 2 + extra + 4 else { return nil }
        var length = extra == 0 ? UInt64(short) : 0
        for position in 2..<(2 + extra) { length = length << 8 | UInt64(bytes[position]) }
        guard extra == 0 || length > (extra == 2 ? 125 : 65_535) else {
            throw .protocolError("a length is not in its shortest form")
        }
        guard length < 1 << 62 else { throw .protocolError("a length has its highest bit set") }
        var key: UInt32 = 0
        for position in 0..<4 { key |= UInt32(bytes[2 + extra + position]) << UInt32(8 * position) }
        self.length = Int(length)
        self.mask = FrameMask(littleEndian: key)
        self.headBytes = 2 + extra + 4
    }
}
