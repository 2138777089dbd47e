/// The client's side of WebSocket frames: enough for tests, after RFC 6455.
struct FrameReader {
    enum Frame: Hashable, Sendable {
        case message(TestMessage)
        case ping([UInt8])
        case close(UInt16)
    }

    private var pending: [UInt8] = []
    private var fragments: [UInt8] = []
    private var isText = true

    mutating func read(_ bytes: [UInt8]) -> [Frame] {
        self.pending += bytes
        var frames: [Frame] = []
        while let (opcode, isFinal, payload) = self.takeFrame() {
            switch opcode {
            case 0x8: frames.append(.close(payload.count >= 2 ? UInt16(payload[0]) << 8 | UInt16(payload[1]) : 1005))
            case 0x9: frames.append(.ping(payload))
            case 0xA: break
            default:
                if opcode != 0 { self.isText = opcode == 1 }
                self.fragments += payload
                guard isFinal else { continue }
                let message: TestMessage =
                    self.isText ? .text(String(decoding: self.fragments, as: UTF8.self)) : .binary(self.fragments)
                frames.append(.message(message))
                self.fragments = []
            }
        }
        return frames
    }

    private mutating func takeFrame() -> (opcode: UInt8, isFinal: Bool, payload: [UInt8])? {
        guard self.pending.count >= 2 else { return nil }
        let extra = self.pending[1] & 0x7F == 126 ? 2 : self.pending[1] & 0x7F == 127 ? 8 : 0
        guard self.pending.count >= 2 + extra else { return nil }
        var length = UInt64(self.pending[1] & 0x7F)
        if extra > 0 { length = self.pending[2..<2 + extra].reduce(0) { $0 << 8 | UInt64($1) } }
        // A server's frame beyond what a connection keeps never comes whole.
        guard length <= UInt64(ClientConnection.mostBytes), self.pending.count >= 2 + extra + Int(length) else {
            return nil
        }
        let payload = Array(self.pending[2 + extra..<2 + extra + Int(length)])
        let first = self.pending[0]
        self.pending.removeFirst(2 + extra + Int(length))
        return (first & 0x0F, first & 0x80 != 0, payload)
    }

    /// A frame of the client's, masked as the standard asks.
    static func frame(_ opcode: UInt8, _ payload: [UInt8]) -> [UInt8] {
        let mask: [UInt8] = [0x50, 0x75, 0x6C, 0x70]
        var bytes: [UInt8] = [0x80 | opcode]
        switch payload.count {
        case ..<126: bytes.append(0x80 | UInt8(payload.count))
        case ..<65_536: bytes += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        default:
            bytes.append(0x80 | 127)
            bytes += (0..<8).reversed().map { UInt8(truncatingIfNeeded: payload.count >> ($0 * 8)) }
        }
        return bytes + mask + payload.enumerated().map { $1 ^ mask[$0 & 3] }
    }
}
