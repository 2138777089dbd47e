import NIOCore

/// Takes the chunks of a body out of its framing: the strict subset of RFC 9112, section 7.1.
///
/// Sizes are 1 to 15 hexadecimal digits, every line ends in CRLF, extensions and trailers are checked, counted against
/// `overheadLimit` and dropped. The state is a value; nothing is allocated for a size that was only announced.
struct ChunkedDecoder: Sendable {
    enum Event {
        case needsMore
        /// This many bytes at the front of the buffer are body; the caller takes them.
        case data(Int)
        /// The body is complete; the buffer starts with what follows it.
        case end
    }

    private enum State {
        case size
        case data(Int)
        case dataEnd
        case trailer
    }

    private var state = State.size
    /// Bytes of framing that may still come: size lines, extensions and trailers.
    private var overheadLeft: Int

    init(overheadLimit: Int) {
        self.overheadLeft = overheadLimit
    }

    /// Bytes of the chunk that was announced and are still to come.
    var announced: Int {
        if case .data(let left) = self.state { left } else { 0 }
    }

    /// The next thing at the front of `buffer`, whose framing it consumes.
    mutating func next(_ buffer: inout ByteBuffer) throws(RequestFault) -> Event {
        while true {
            switch self.state {
            case .data(let left):
                let available = min(left, buffer.readableBytes)
                guard available > 0 else { return .needsMore }
                self.state = left == available ? .dataEnd : .data(left - available)
                return .data(available)
            case .dataEnd:
                guard let ending = buffer.readInteger(as: UInt16.self) else { return .needsMore }
                guard ending == 0x0D0A else { throw RequestFault(400, "a chunk is not followed by CR LF") }
                self.state = .size
            case .size:
                guard let line = try self.line(&buffer) else { return .needsMore }
                let size = try Self.size(line.readableBytesUInt8Span)
                self.state = size == 0 ? .trailer : .data(size)
            case .trailer:
                guard let line = try self.line(&buffer) else { return .needsMore }
                if line.readableBytes == 0 { return .end }
                try Self.checkTrailer(line.readableBytesUInt8Span)
            }
        }
    }

    /// One line without its CRLF, or nil when it is not complete yet.
    private mutating func line(_ buffer: inout ByteBuffer) throws(RequestFault) -> ByteBuffer? {
        let length = Self.lineLength(buffer.readableBytesUInt8Span, limit: self.overheadLeft)
        guard let length else {
            guard buffer.readableBytes < self.overheadLeft else {
                throw RequestFault(400, "chunk extensions and trailers are too large")
            }
            return nil
        }
        self.overheadLeft -= length
        guard length >= 2, var line = buffer.readSlice(length: length),
            line.getInteger(at: line.writerIndex - 2, as: UInt16.self) == 0x0D0A
        else { throw RequestFault(400, "a chunk line does not end in CR LF") }
        line.moveWriterIndex(to: line.writerIndex - 2)
        return line
    }

    private static func lineLength(_ bytes: Span<UInt8>, limit: Int) -> Int? {
        for position in 0..<min(bytes.count, limit) where bytes[position] == HTTPSyntax.lineFeed {
            return position + 1
        }
        return nil
    }

    private static func size(_ line: Span<UInt8>) throws(RequestFault) -> Int {
        var size = 0
        var position = 0
        while position < line.count, let digit = HTTPSyntax.hexValue(line[position]) {
            guard position < 15 else { throw RequestFault(400, "a chunk size has more than 15 digits") }
            size = size << 4 | Int(digit)
            position += 1
        }
        guard position > 0 else { throw RequestFault(400, "a chunk size is not a hexadecimal number") }
        guard position < line.count else { return size }
        guard line[position] == 0x3B else { throw RequestFault(400, "a chunk size is followed by something else") }
        for rest in position..<line.count where !HTTPSyntax.isFieldValue(line[rest]) {
            throw RequestFault(400, "a chunk extension holds a control character")
        }
        return size
    }

    private static func checkTrailer(_ line: Span<UInt8>) throws(RequestFault) {
        var colon = 0
        while colon < line.count, HTTPSyntax.isToken(line[colon]) { colon += 1 }
        guard colon > 0, colon < line.count, line[colon] == HTTPSyntax.colon else {
            throw RequestFault(400, "a trailer name is not a token directly followed by a colon")
        }
        for position in colon..<line.count where !HTTPSyntax.isFieldValue(line[position]) {
            throw RequestFault(400, "a trailer value holds a control character")
        }
    }
}
