import NIOCore

/// How many log lines a plugin may write: so many at once, so many a second after that.
///
/// A pure value: the caller brings the time. Once lines were refused, none pass until a second's worth of room has come
/// back, so that a flood is cut into bursts and the count of what is missing is said once a burst, not once a line.
public struct LogLimiter: Sendable {
    /// What a line may do.
    public enum Verdict: Hashable, Sendable {
        case pass
        /// Passes, and what was dropped before it is to be said first.
        case passAfter(Dropped)
        case drop
    }

    /// What was not written.
    public struct Dropped: Hashable, Sendable {
        public var lines = 0
        /// Of output that was not even cut into lines.
        public var bytes = 0

        public init(lines: Int = 0, bytes: Int = 0) {
            self.lines = lines
            self.bytes = bytes
        }

        public var isEmpty: Bool { self.lines == 0 && self.bytes == 0 }
    }

    // Room is counted in nanoseconds: a line uses up the time in which it comes back.
    private let cost: Int64
    private let fullRoom: Int64
    private let recoveredRoom: Int64
    private var room: Int64
    private var last: NIODeadline
    private var isFlooded = false
    private var dropped = Dropped()

    /// - Parameters:
    ///   - linesPerSecond: At least 1.
    ///   - burst: Lines that may come at once after a quiet time; at least 1.
    ///   - now: The time of the first line at the earliest.
    public init(linesPerSecond: Int = 200, burst: Int = 500, now: NIODeadline) {
        self.cost = 1_000_000_000 / Int64(min(max(linesPerSecond, 1), 1_000_000))
        self.fullRoom = self.cost * Int64(min(max(burst, 1), 1_000_000))
        self.recoveredRoom = min(self.fullRoom, 1_000_000_000)
        self.room = self.fullRoom
        self.last = now
    }

    /// Decides about one line and counts it. A time before the last one counts as the last one.
    public mutating func admit(at now: NIODeadline) -> Verdict {
        if now > self.last {
            self.room = min(self.fullRoom, self.room.addingSaturating((now - self.last).nanoseconds))
            self.last = now
        }
        if self.isFlooded ? self.room < self.recoveredRoom : self.room < self.cost {
            self.isFlooded = true
            self.dropped.lines = self.dropped.lines.addingSaturating(1)
            return .drop
        }
        self.isFlooded = false
        self.room -= self.cost
        let dropped = self.takeDropped()
        return dropped.isEmpty ? .pass : .passAfter(dropped)
    }

    /// Counts output that is dropped without being cut into lines.
    public mutating func drop(bytes: Int) {
        self.dropped.bytes = self.dropped.bytes.addingSaturating(max(bytes, 0))
    }

    /// What was dropped and not said yet; from now on it counts as said.
    public mutating func takeDropped() -> Dropped {
        let dropped = self.dropped
        self.dropped = Dropped()
        return dropped
    }
}

extension FixedWidthInteger {
    fileprivate func addingSaturating(_ other: Self) -> Self {
        let (sum, isOver) = self.addingReportingOverflow(other)
        return isOver ? .max : sum
    }
}
