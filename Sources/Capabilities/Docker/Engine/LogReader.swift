import NIOCore
import PulpWire

/// Reads a container's log, of which the engine says when each line was written.
struct LogReader: Sendable {
    /// A moment at the front of a line is never longer.
    private static let longestStamp = 40

    private let after: Int64
    private let hasFrames: Bool
    private var frames = StreamFrames()
    private var kept: BoundedBytes
    private var latest: Int64
    /// The front of a line that may still be its moment.
    private var head: [UInt8] = []
    private var isInHead = true
    /// Whether the line is one that the guest has had already.
    private var isOld = false

    /// - Parameters:
    ///   - limit: Bytes that are kept, from the end.
    ///   - after: Lines of this moment and earlier are left out.
    ///   - hasFrames: Whether the container writes two streams, or one terminal.
    init(limit: Int, after: Int64, hasFrames: Bool) {
        self.after = after
        self.latest = after
        self.hasFrames = hasFrames
        self.kept = BoundedBytes(limit: limit, keeps: .back)
    }

    mutating func append(_ bytes: ByteBuffer) throws(EngineFault) {
        guard self.hasFrames else { return self.appendLines(bytes) }
        self.frames.append(bytes)
        while let piece = try self.frames.next() {
            // Each frame is one line, or a part of a very long one, with its moment before it.
            if piece.isStart { self.beginLine() }
            self.appendText(piece.bytes)
        }
    }

    mutating func finish() throws(EngineFault) -> DockerLogsResponse {
        guard self.frames.isComplete else { throw .gone }
        self.endHead()
        return DockerLogsResponse(logs: self.kept.bytes, nextNanos: self.latest, isTruncated: self.kept.isCut)
    }

    private mutating func appendLines(_ bytes: ByteBuffer) {
        var rest = bytes
        while let newline = rest.readableBytesView.firstIndex(of: 0x0A) {
            let count = newline - rest.readableBytesView.startIndex + 1
            guard let line = rest.readSlice(length: count) else { return }
            self.appendText(line)
            self.beginLine()
        }
        if rest.readableBytes > 0 { self.appendText(rest) }
    }

    private mutating func beginLine() {
        self.endHead()
        self.isInHead = true
        self.isOld = false
    }

    private mutating func appendText(_ bytes: ByteBuffer) {
        var rest = bytes
        while self.isInHead, let byte = rest.readInteger(as: UInt8.self) {
            if byte == 0x20, let moment = Timestamp.nanoseconds(String(decoding: self.head, as: UTF8.self)) {
                self.head = []
                self.isInHead = false
                self.isOld = moment <= self.after
                self.latest = max(self.latest, moment)
            } else {
                self.head.append(byte)
                if self.head.count > Self.longestStamp { self.endHead() }
            }
        }
        if !self.isOld, rest.readableBytes > 0 { self.kept.append(rest) }
    }

    /// What looked like a moment's front is text.
    private mutating func endHead() {
        if !self.head.isEmpty { self.kept.append(ByteBuffer(bytes: self.head)) }
        self.head = []
        self.isInHead = false
    }
}
