import NIOCore
import PulpListener
import PulpWire

/// A concrete path, compared byte by byte as routes are: two spellings of one letter in Unicode are two paths.
struct TopicPath: Hashable, Sendable {
    let bytes: [UInt8]

    init(_ text: String) {
        self.bytes = Array(text.utf8)
    }

    init(_ bytes: RawSpan) {
        // As the paths of requests are, so that both meet.
        self.init(String(repairing: bytes))
    }

    var text: String { String(decoding: self.bytes, as: UTF8.self) }
}

/// One path: who listens, on which loops, and the events that are kept for those who come back.
struct Topic: Sendable {
    /// An event that is kept.
    struct Kept: Sendable {
        let id: [UInt8]
        let part: StreamPart

        /// Bytes that it stands for, with what holding it costs.
        var cost: Int { self.part.byteCount + self.id.count + 192 }
    }

    /// Subscribers by loop; none has 0.
    private(set) var listeners: [ObjectIdentifier: Int] = [:]
    private(set) var kept = CircularBuffer<Kept>(initialCapacity: 1)
    private(set) var keptBytes = 0
    /// When it last had an event or a new subscriber, in the board's count of such things.
    var lastUse: UInt64 = 0

    var listenerCount: Int { self.listeners.values.reduce(0, +) }

    /// Keeps an event, and lets go of the oldest beyond `count` events or `bytes` bytes.
    mutating func keep(_ frame: EventFrame, count: Int, bytes: Int) {
        if self.kept.count >= count { self.dropOldest() }
        let kept = Kept(id: frame.id, part: frame.part)
        self.kept.append(kept)
        self.keptBytes += kept.cost
        while self.keptBytes > bytes { self.dropOldest() }
    }

    private mutating func dropOldest() {
        guard let oldest = self.kept.popFirst() else { return }
        self.keptBytes -= oldest.cost
    }

    mutating func dropKept() {
        self.kept = CircularBuffer(initialCapacity: 1)
        self.keptBytes = 0
    }

    mutating func join(_ loop: ObjectIdentifier) {
        self.listeners[loop, default: 0] += 1
    }

    mutating func leave(_ loop: ObjectIdentifier) {
        guard let count = self.listeners[loop] else { return }
        self.listeners[loop] = count > 1 ? count - 1 : nil
    }

    /// What came after the event that a client names, and whether anything between is gone.
    ///
    /// An id that is not there is one that was dropped, or of a plugin's earlier life: everything that is kept comes, as
    /// what may be missing.
    func after(_ id: [UInt8]) -> (parts: [StreamPart], isMissing: Bool) {
        guard let position = self.kept.lastIndex(where: { $0.id == id }) else {
            return (self.kept.map(\.part), true)
        }
        return (self.kept[self.kept.index(after: position)...].map(\.part), false)
    }
}
