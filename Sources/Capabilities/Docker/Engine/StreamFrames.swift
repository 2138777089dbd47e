import NIOCore

/// Takes apart what a container without a terminal writes: frames of an eight-byte head (stream, three zeroes, length)
/// and that many bytes.
///
/// Total and bounded: no more is kept than one incomplete frame, which the caller bounds by what it does with bytes of
/// frames that are still incomplete.
struct StreamFrames {
    enum Stream: UInt8 {
        case stdin = 0
        case stdout = 1
        case stderr = 2
    }

    /// A part of a frame.
    struct Piece: Hashable {
        let stream: Stream
        let bytes: ByteBuffer
        /// Whether this is where the frame begins.
        let isStart: Bool
    }

    private static let headByteCount = 8

    private var buffer = ByteBuffer()
    private var stream = Stream.stdout
    private var left = 0
    private var isStart = false

    /// Whether the stream may end here.
    var isComplete: Bool { self.left == 0 && self.buffer.readableBytes == 0 }

    /// Adds bytes as they came.
    mutating func append(_ bytes: ByteBuffer) {
        var bytes = bytes
        self.buffer.writeBuffer(&bytes)
    }

    /// The next piece of a frame; nil when more bytes are needed.
    ///
    /// - Throws: ``EngineFault/garbled(_:)`` for a head that is none.
    mutating func next() throws(EngineFault) -> Piece? {
        while self.left == 0 {
            guard self.buffer.readableBytes >= Self.headByteCount else { return nil }
            guard let head = self.buffer.readInteger(as: UInt32.self),
                let count = self.buffer.readInteger(as: UInt32.self),
                head & 0x00ff_ffff == 0, let stream = Stream(rawValue: UInt8(head >> 24))
            else { throw .garbled("a stream's frame does not begin like one") }
            self.stream = stream
            self.left = Int(count)
            self.isStart = true
        }
        let count = min(self.left, self.buffer.readableBytes)
        guard count > 0, let bytes = self.buffer.readSlice(length: count) else { return nil }
        defer {
            self.left -= count
            self.isStart = false
            self.buffer.discardReadBytes()
        }
        return Piece(stream: self.stream, bytes: bytes, isStart: self.isStart)
    }
}
