import NIOCore
import Synchronization

/// A clock that stands still until the test moves it. Wall time and monotonic time move together.
public final class ManualClock: Sendable {
    private let times: Mutex<(wall: UInt64, monotonic: UInt64)>

    /// - Parameters:
    ///   - wall: Nanoseconds since 1970 UTC.
    ///   - monotonic: Nanoseconds since any moment.
    public init(wall: UInt64 = 1_700_000_000_000_000_000, monotonic: UInt64 = 1_000_000_000) {
        self.times = Mutex((wall, monotonic))
    }

    /// Nanoseconds since 1970 UTC.
    public var wall: UInt64 { self.times.withLock { $0.wall } }
    /// Nanoseconds since any moment.
    public var monotonic: UInt64 { self.times.withLock { $0.monotonic } }
    /// The monotonic time as NIO has it.
    public var now: NIODeadline { .uptimeNanoseconds(self.monotonic) }

    /// Lets time pass; a negative amount sets both clocks back, as no sound monotonic clock does.
    public func advance(by amount: TimeAmount) {
        self.times.withLock { times in
            let step = UInt64(bitPattern: amount.nanoseconds)
            times.wall &+= step
            times.monotonic &+= step
        }
    }

    /// Sets the wall clock, as an operator may; the monotonic one goes on.
    public func setWall(_ nanoseconds: UInt64) {
        self.times.withLock { $0.wall = nanoseconds }
    }
}
