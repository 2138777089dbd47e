import PulpWire

/// A point in time, in UTC.
public struct Timestamp: Hashable, Comparable, Sendable {
    /// Since 1970.
    public var seconds: Int64
    /// Below 1,000,000,000.
    public var nanoseconds: UInt32

    /// A point in time.
    public init(seconds: Int64, nanoseconds: UInt32 = 0) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    /// A point in time, as the step envelope and most records have it.
    ///
    /// - Parameter nanoseconds: Since 1970 UTC.
    public init(nanoseconds: UInt64) {
        self.seconds = Int64(nanoseconds / 1_000_000_000)
        self.nanoseconds = UInt32(nanoseconds % 1_000_000_000)
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }
}

/// The host's clocks, which every plugin may read.
///
/// ``Step/wallTime`` costs nothing and is the same for all of a step; these cost a call of the host's.
public enum Clock {
    /// The time of day, now.
    public static var now: Timestamp { Timestamp(nanoseconds: Self.read(0)) }

    /// Nanoseconds of a clock that nobody sets: for how long something took.
    public static var monotonic: UInt64 { Self.read(1) }

    private static func read(_ clock: UInt32) -> UInt64 {
        var time: UInt64 = 0
        _ = unsafe clock_time_get(clock, 1, &time)
        return time
    }
}

@_extern(wasm, module: "wasi_snapshot_preview1", name: "clock_time_get")
@_extern(c)
private func clock_time_get(_ id: UInt32, _ precision: UInt64, _ time: UnsafeMutablePointer<UInt64>) -> Int32
