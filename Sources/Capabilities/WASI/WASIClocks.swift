import NIOCore
import PulpCapability

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The two clocks that guests may read, in nanoseconds.
package struct WASIClocks: Sendable {
    /// Since 1970 UTC; may be set back.
    package let wall: @Sendable () -> UInt64
    /// Since some moment before the process started; never 0, since Go takes 0 for a broken clock, and never goes back.
    package let monotonic: @Sendable () -> UInt64
    /// What wakes a guest that sleeps.
    package let timers: any PluginTimers

    package init(
        wall: @escaping @Sendable () -> UInt64, monotonic: @escaping @Sendable () -> UInt64,
        timers: any PluginTimers = LoopTimers()
    ) {
        self.wall = wall
        self.monotonic = monotonic
        self.timers = timers
    }
}

extension WASIClocks {
    /// The host's.
    package static let system = WASIClocks(
        wall: {
            var time = timespec()
            guard unsafe clock_gettime(CLOCK_REALTIME, &time) == 0, time.tv_sec >= 0 else { return 0 }
            return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(max(time.tv_nsec, 0))
        },
        monotonic: { max(NIODeadline.now().uptimeNanoseconds, 1) })
}

/// WASI's `clockid`.
enum ClockID: UInt32 {
    case realtime, monotonic, processCPUTime, threadCPUTime
}

extension WASIClocks {
    /// The clock of that number; nil for those of processor time, which would tell a guest about its neighbours.
    func reading(_ id: UInt32) -> UInt64? {
        switch ClockID(rawValue: id) {
        case .realtime: self.wall()
        case .monotonic: self.monotonic()
        case .processCPUTime, .threadCPUTime, nil: nil
        }
    }
}
