import NIOCore

/// Frames as a server sends them: whole messages, without a mask, so that one frame serves any number of clients.
package enum ServerFrame {
    /// The longest head of such a frame.
    static let longestHeader = 10

    package static func message(opcode: UInt8, _ payload: RawSpan) -> ByteBuffer {
        var frame = Self.header(opcode: opcode, count: payload.byteCount)
        frame.writeBytes(payload)
        return frame
    }

    /// Whether a frame made by ``message(opcode:_:)`` carries just this payload.
    static func holds(_ payload: RawSpan, _ frame: ByteBuffer) -> Bool {
        let header = Self.headerBytes(payload.byteCount)
        guard frame.readableBytes == header + payload.byteCount else { return false }
        return unsafe frame.withUnsafeReadableBytes { bytes in
            unsafe payload.withUnsafeBytes { unsafe bytes[header...].elementsEqual($0) }
        }
    }

    private static func headerBytes(_ count: Int) -> Int { count < 126 ? 2 : count < 65_536 ? 4 : 10 }

    static func pong(_ payload: ByteBuffer) -> ByteBuffer {
        Self.message(opcode: FrameHeader.pong, payload.readableBytesSpan)
    }

    static let ping = ByteBuffer(bytes: [0x80 | FrameHeader.ping, 0])

    /// - Parameter code: Nil for a close frame without one.
    /// - Parameter reason: At most 123 bytes; what is longer is left out.
    static func close(code: UInt16?, reason: String = "") -> ByteBuffer {
        guard let code else { return ByteBuffer(bytes: [0x80 | FrameHeader.close, 0]) }
        let reason = reason.utf8.count <= WebSocketCloseCode.longestReason ? reason : ""
        var frame = Self.header(opcode: FrameHeader.close, count: 2 + reason.utf8.count)
        frame.writeInteger(code)
        frame.writeString(reason)
        return frame
    }

    private static func header(opcode: UInt8, count: Int) -> ByteBuffer {
        var frame = ByteBufferAllocator().buffer(capacity: Self.longestHeader + count)
        frame.writeInteger(0x80 | opcode)
        switch count {
        case ..<126: frame.writeInteger(UInt8(count))
        case ..<65_536:
            frame.writeInteger(UInt8(126))
            frame.writeInteger(UInt16(count))
        default:
            frame.writeInteger(UInt8(127))
            frame.writeInteger(UInt64(count))
        }
        return frame
    }
}
