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
        var start = 0
        while let (opcode, isFinal, payload) = self.frame(at: &start) {
            switch opcode {
            case 0x8: frames.append(.close(Self.code(payload)))
            case 0x9: frames.append(.ping(Array(payload)))
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
        self.pending.removeFirst(start)
        return frames
    }

    /// 1005 when the frame has none.
    private static func code(_ payload: ArraySlice<UInt8>) -> UInt16 {
        payload.count < 2 ? 1005 : payload.prefix(2).reduce(0) { $0 << 8 | UInt16($1) }
    }

    /// The frame at `start` of what is pending; moves `start` behind it.
    private func frame(at start: inout Int) -> (opcode: UInt8, isFinal: Bool, payload: ArraySlice<UInt8>)? {
        let bytes = self.pending[start...]
        guard bytes.count >= 2 else { return nil }
        let short = bytes[start + 1] & 0x7F
        let header = short == 126 ? 4 : short == 127 ? 10 : 2
        guard bytes.count >= header else { return nil }
        let length = header == 2 ? UInt64(short) : bytes[start + 2..<start + header].reduce(0) { $0 << 8 | UInt64($1) }
        // A server's frame beyond what a connection keeps never comes whole.
        guard length <= UInt64(ClientConnection.mostBytes), bytes.count >= header + Int(length) else { return nil }
        let first = bytes[start]
        start += header + Int(length)
        return (first & 0x0F, first & 0x80 != 0, self.pending[start - Int(length)..<start])
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
