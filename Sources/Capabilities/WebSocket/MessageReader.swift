import NIOCore

/// Makes messages of the bytes that a client sends: frames, masks, fragments, UTF-8, close frames.
///
/// A value without a socket. What has come is taken at once, so that at most a head of a frame stays in the input; no room
/// is made for what a length only claims.
package struct MessageReader {
    package enum Piece: Equatable {
        case message(opcode: UInt8, ByteBuffer)
        case ping(ByteBuffer)
        case pong
        /// Nil for a close frame without a code.
        case close(code: UInt16?, reason: String)
    }

    /// Room that is made at once for a payload of which only a part is there.
    private static let firstRoom = 4096

    private let maximumMessageBytes: Int
    private var frame: FrameHeader?
    /// The opcode of the message whose fragments are coming; 0 between messages.
    private var opcode: UInt8 = 0
    private var message = ByteBuffer()
    private var control = ByteBuffer()
    private var text = UTF8Check()

    package init(maximumMessageBytes: Int) {
        self.maximumMessageBytes = maximumMessageBytes
    }

    /// Bytes of a message that is not complete.
    package var bufferedBytes: Int { self.message.readableBytes }

    /// The next piece that is complete, or nil when more bytes are needed. Not called again after an error.
    package mutating func next(_ input: inout ByteBuffer) throws(WebSocketFault) -> Piece? {
        while true {
            if self.frame == nil {
                guard let header = try FrameHeader(input.readableBytesUInt8Span) else { return nil }
                input.moveReaderIndex(forwardBy: header.headBytes)
                try self.begin(header)
            }
            guard var frame = self.frame else { return nil }
            let count = min(frame.left, input.readableBytes)
            if count > 0 {
                try self.take(count, from: &input, frame)
                frame.taken += count
            }
            guard frame.left == 0 else {
                self.frame = frame
                return nil
            }
            self.frame = nil
            if let piece = try self.end(frame) { return piece }
        }
    }

    private mutating func begin(_ header: FrameHeader) throws(WebSocketFault) {
        if !header.isControl {
            let continues = header.opcode == FrameHeader.continuation
            guard continues == (self.opcode != 0) else {
                throw .protocolError(
                    continues ? "a continuation without a beginning" : "a message begins inside another")
            }
            guard header.length <= self.maximumMessageBytes - self.message.readableBytes else {
                throw WebSocketFault(1009, "a message may have \(self.maximumMessageBytes) bytes")
            }
            if !continues { self.opcode = header.opcode }
        }
        self.frame = header
    }

    private mutating func take(
        _ count: Int, from input: inout ByteBuffer, _ frame: FrameHeader
    ) throws(WebSocketFault) {
        if frame.isControl {
            Self.move(count, from: &input, to: &self.control, frame)
            return
        }
        let start = self.message.writerIndex
        Self.move(count, from: &input, to: &self.message, frame)
        guard self.opcode == FrameHeader.text else { return }
        var text = self.text
        let isText = text.accepts(self.message.readableBytesSpan.extracting(start..<start + count))
        self.text = text
        guard isText else { throw WebSocketFault(1007, "text that is not UTF-8") }
    }

    private static func move(
        _ count: Int, from input: inout ByteBuffer, to target: inout ByteBuffer, _ frame: FrameHeader
    ) {
        if target.capacity == 0 {
            // The usual payload is all there and gets the room that it needs.
            let room = count == frame.length ? count : min(frame.length, max(count, Self.firstRoom))
            target = ByteBufferAllocator().buffer(capacity: room)
        }
        unsafe target.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { room in
            unsafe input.readWithUnsafeReadableBytes { bytes in
                let part = unsafe UnsafeRawBufferPointer(rebasing: bytes[..<count])
                unsafe frame.mask.remove(
                    from: part, to: UnsafeMutableRawBufferPointer(rebasing: room[..<count]), offset: frame.taken)
                return count
            }
            return count
        }
    }

    private mutating func end(_ frame: FrameHeader) throws(WebSocketFault) -> Piece? {
        if frame.isControl {
            let payload = self.control
            self.control = ByteBuffer()
            switch frame.opcode {
            case FrameHeader.ping: return .ping(payload)
            case FrameHeader.pong: return .pong
            default: return try Self.close(payload)
            }
        }
        guard frame.isFinal else { return nil }
        guard self.text.isComplete else { throw WebSocketFault(1007, "text that ends inside a character") }
        defer {
            self.opcode = 0
            self.message = ByteBuffer()
        }
        return .message(opcode: self.opcode, self.message)
    }

    private static func close(_ payload: ByteBuffer) throws(WebSocketFault) -> Piece {
        var payload = payload
        guard payload.readableBytes > 0 else { return .close(code: nil, reason: "") }
        guard let code = payload.readInteger(as: UInt16.self), WebSocketCloseCode.isSendable(code) else {
            throw .protocolError("a close frame without a code that may be sent")
        }
        var text = UTF8Check()
        guard text.accepts(payload.readableBytesSpan), text.isComplete else {
            throw WebSocketFault(1007, "a close reason that is not UTF-8")
        }
        return .close(code: code, reason: String(buffer: payload))
    }
}
