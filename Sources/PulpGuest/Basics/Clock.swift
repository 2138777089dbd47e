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
