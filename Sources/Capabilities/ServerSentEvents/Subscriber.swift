import NIOCore
import PulpListener

/// One client that listens to a path. Confined to its connection's loop.
final class Subscriber {
    /// Why a subscription ended.
    enum Ending: String, Sendable {
        case gone, slow, closed
    }

    let exchange: HTTPExchange
    let path: TopicPath
    /// Events with a higher number are for this one.
    let joinedAt: UInt64
    /// Its place among those of its path on this loop.
    var slot = -1
    /// What the plugin knows of it; nil for a plugin that does not ask.
    var announcement: Announcement?
    private(set) var lastWrite: NIODeadline

    /// What waits for the client to take more; shared with all who wait for the same.
    private var queue = CircularBuffer<StreamPart>(initialCapacity: 1)
    private(set) var queuedBytes = 0
    /// Of these, bytes of the replay, which do not count as the client being slow.
    private var replayBytes = 0

    /// Up to here parts that wait are joined into one write.
    private static let joinedBytes = 16 * 1024

    init(_ exchange: HTTPExchange, path: TopicPath, joinedAt: UInt64) {
        self.exchange = exchange
        self.path = path
        self.joinedAt = joinedAt
        self.lastWrite = exchange.eventLoop.now
    }

    /// Sends, or queues when the client has not taken what came before.
    /// - Returns: False when `limit` bytes wait already.
    func send(_ part: StreamPart, limit: Int) -> Bool {
        if self.isCaughtUp {
            self.write(part)
            return true
        }
        guard self.queuedBytes - self.replayBytes < limit else { return false }
        self.queue.append(part)
        self.queuedBytes += part.byteCount
        return true
    }

    /// Queues what the client missed, before anything else, and sends what can be sent.
    func begin(_ replay: [StreamPart]) {
        self.queue.append(contentsOf: replay)
        self.replayBytes = replay.reduce(0) { $0 + $1.byteCount }
        self.queuedBytes = self.replayBytes
        self.drain()
    }

    /// Whether a part given now goes to the socket.
    var isCaughtUp: Bool { self.queue.isEmpty && self.exchange.isWritable }

    /// Sends what waits, as far as the client takes it.
    func drain() {
        while self.exchange.isWritable, let first = self.queue.popFirst() {
            var parts = [first]
            var byteCount = first.byteCount
            while let next = self.queue.first, byteCount + next.byteCount <= Self.joinedBytes {
                parts.append(next)
                byteCount += next.byteCount
                self.queue.removeFirst()
            }
            self.queuedBytes -= byteCount
            self.replayBytes = max(self.replayBytes - byteCount, 0)
            self.write(parts.count == 1 ? first : StreamPart(joining: parts))
        }
        // What a burst made large would stay so for the life of the stream.
        if self.queue.isEmpty { self.queue = CircularBuffer(initialCapacity: 1) }
    }

    private func write(_ part: StreamPart) {
        self.lastWrite = self.exchange.eventLoop.now
        self.exchange.write(part)
    }

    /// Ends the stream with a last word, in place of what waits.
    func end(_ lastWord: StreamPart?) {
        self.exchange.onCancel = nil
        self.exchange.onWritable = nil
        self.exchange.onEnding = nil
        self.queue = CircularBuffer(initialCapacity: 1)
        self.queuedBytes = 0
        self.replayBytes = 0
        if let lastWord { self.exchange.write(lastWord) }
        self.exchange.end()
    }
}
