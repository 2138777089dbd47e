import NIOCore

/// Bytes of which only so many are kept: the first, or the last.
struct BoundedBytes: Sendable {
    enum End {
        case front
        case back
    }

    private let limit: Int
    private let end: End
    private var kept = ByteBuffer()
    private(set) var isCut = false

    init(limit: Int, keeps end: End) {
        self.limit = limit
        self.end = end
    }

    var bytes: [UInt8] { Array(self.kept.readableBytesView.suffix(self.limit)) }

    mutating func append(_ bytes: ByteBuffer) {
        switch self.end {
        case .front:
            let room = self.limit - self.kept.readableBytes
            if bytes.readableBytes > room { self.isCut = true }
            self.kept.writeBytes(bytes.readableBytesView.prefix(room))
        case .back:
            self.kept.writeBytes(bytes.readableBytesView.suffix(self.limit))
            if bytes.readableBytes > self.limit { self.isCut = true }
            // Seldom, so that each byte is moved once at most.
            guard self.kept.readableBytes > self.limit else { return }
            self.isCut = true
            guard self.kept.readableBytes > 2 * self.limit else { return }
            self.kept.moveReaderIndex(forwardBy: self.kept.readableBytes - self.limit)
            self.kept.discardReadBytes()
        }
    }
}
