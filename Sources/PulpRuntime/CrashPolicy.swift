import NIOCore
import PulpManifest

/// Decides what follows when an instance ends by itself. A value: time and jitter come from outside.
///
/// `on_crash`: restart with exponential back-off; five crashes in thirty seconds open the circuit and the plugin has
/// failed. `always`: restart after a clean exit as well, and never give up. `never`: the first crash is the last.
struct CrashPolicy {
    enum Decision: Equatable {
        case restart(after: TimeAmount)
        case fail
        /// A clean exit that needs no successor.
        case stop
    }

    static let limit = 5
    static let window = TimeAmount.seconds(30)
    static let firstDelay = TimeAmount.milliseconds(50)
    static let longestDelay = TimeAmount.seconds(10)

    let restart: RestartPolicy
    private var crashes: [NIODeadline] = []

    init(_ restart: RestartPolicy) {
        self.restart = restart
    }

    /// - Parameters:
    ///   - isClean: `proc_exit(0)`; anything else is a crash.
    ///   - jitter: 0..<1.
    mutating func ended(isClean: Bool, at now: NIODeadline, jitter: Double) -> Decision {
        switch self.restart {
        case .never: return isClean ? .stop : .fail
        case .onCrash where isClean: return .stop
        case .onCrash, .always: break
        }
        self.crashes.removeAll { now - $0 >= Self.window }
        self.crashes.append(now)
        if self.restart == .onCrash, self.crashes.count >= Self.limit { return .fail }
        if self.crashes.count > Self.limit * 2 { self.crashes.removeFirst() }
        let doublings = min(self.crashes.count - 1, 16)
        let delay = min(Self.firstDelay.nanoseconds << doublings, Self.longestDelay.nanoseconds)
        return .restart(after: .nanoseconds(Int64(Double(delay) * (0.5 + jitter / 2))))
    }
}
