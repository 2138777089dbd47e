import NIOCore

/// When something is due: the event loops' own timers in a host, a clock that a test moves in a test.
///
/// For what a plugin can see of time (ticks, sleeps, restarts, answers that are late), never for what holds a guest back:
/// limits are kept in real time.
public protocol PluginTimers: Sendable {
    /// A clock that does not go back.
    var now: NIODeadline { get }

    /// Runs `body` on `loop` when `delay` has passed. Called on that loop.
    func schedule(in delay: TimeAmount, on loop: any EventLoop, _ body: @escaping () -> Void) -> PluginTimer
}

/// Something that is due later. Confined to its loop.
public struct PluginTimer {
    private let stop: () -> Void

    /// - Parameter stop: Called by each ``cancel()``, perhaps after the timer has fired.
    public init(stop: @escaping () -> Void) {
        self.stop = stop
    }

    /// Keeps the timer from firing; without effect when it has.
    public func cancel() {
        self.stop()
    }
}

/// The event loops' own timers.
public struct LoopTimers: PluginTimers {
    public init() {}

    public var now: NIODeadline { .now() }

    public func schedule(in delay: TimeAmount, on loop: any EventLoop, _ body: @escaping () -> Void) -> PluginTimer {
        let scheduled = loop.assumeIsolated().scheduleTask(in: delay, body)
        return PluginTimer { scheduled.cancel() }
    }
}
