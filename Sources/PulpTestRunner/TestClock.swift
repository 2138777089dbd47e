import NIOCore
import PulpCapability
import Synchronization

/// A clock that stands still until the test lets time pass, and what is due by it.
final class TestClock: PluginTimers {
    /// More things in one step are a loop without end.
    private static let mostFirings = 100_000
    /// Nanoseconds that may pass in one test, 30 years: more would not fit any clock of a guest.
    private static let mostElapsed: UInt64 = 946_080_000_000_000_000

    private struct Entry: Sendable {
        let due: UInt64
        let loop: any EventLoop
        let fire: @Sendable () -> Void
    }

    private struct State {
        var elapsed: UInt64 = 0
        var entries: [UInt64: Entry] = [:]
        var sleeping: Set<UInt64> = []
        var next: UInt64 = 0
    }

    /// Where the monotonic clock starts: any moment but 0, with room before it.
    private static let origin: UInt64 = 1_000_000_000_000

    private let start: UInt64
    private let state = Mutex(State())

    /// - Parameter start: Nanoseconds since 1970 UTC.
    init(start: UInt64) {
        self.start = start
    }

    /// Nanoseconds since 1970 UTC.
    var wall: UInt64 { self.start + self.state.withLock { $0.elapsed } }
    var now: NIODeadline { .uptimeNanoseconds(Self.origin + self.state.withLock { $0.elapsed }) }
    /// Guests that sleep until time passes.
    var sleepingCount: Int { self.state.withLock { $0.sleeping.count } }
    /// The same clock, for guests that sleep in it.
    var sleeps: any PluginTimers { Sleeps(clock: self) }

    func schedule(in delay: TimeAmount, on loop: any EventLoop, _ body: @escaping () -> Void) -> PluginTimer {
        self.schedule(in: delay, on: loop, isSleep: false, body)
    }

    private func schedule(
        in delay: TimeAmount, on loop: any EventLoop, isSleep: Bool, _ body: @escaping () -> Void
    ) -> PluginTimer {
        let bound = NIOLoopBound(body, eventLoop: loop)
        let id = self.state.withLock { state in
            state.next += 1
            let due = state.elapsed + UInt64(max(delay.nanoseconds, 0))
            state.entries[state.next] = Entry(due: due, loop: loop) { bound.value() }
            if isSleep { state.sleeping.insert(state.next) }
            return state.next
        }
        return PluginTimer { [self] in self.remove(id) }
    }

    private func remove(_ id: UInt64) {
        self.state.withLock { state in
            state.entries[id] = nil
            state.sleeping.remove(id)
        }
    }

    /// Lets time pass: what is due happens in its order, each when what came before it has settled.
    ///
    /// - Returns: What is wrong when it is more than can be meant.
    func advance(by amount: Duration, settle: () async -> Void) async -> String? {
        let target = self.state.withLock { $0.elapsed } + UInt64(max(TimeAmount(amount).nanoseconds, 0))
        guard target <= Self.mostElapsed else { return "more than 30 years pass in this test; let less pass" }
        for _ in 0..<Self.mostFirings {
            guard !Task.isCancelled else { return nil }
            guard let entry = self.takeNext(until: target) else {
                self.state.withLock { $0.elapsed = target }
                return nil
            }
            try? await entry.loop.submit { entry.fire() }.get()
            await settle()
        }
        return "more than \(Self.mostFirings) things are due in this time; advance less at once"
    }

    private func takeNext(until target: UInt64) -> Entry? {
        self.state.withLock { state in
            let first = state.entries.min { ($0.value.due, $0.key) < ($1.value.due, $1.key) }
            guard let (id, entry) = first, entry.due <= target else { return nil }
            state.entries[id] = nil
            state.sleeping.remove(id)
            state.elapsed = max(state.elapsed, entry.due)
            return entry
        }
    }

    private struct Sleeps: PluginTimers {
        let clock: TestClock

        var now: NIODeadline { self.clock.now }

        func schedule(in delay: TimeAmount, on loop: any EventLoop, _ body: @escaping () -> Void) -> PluginTimer {
            self.clock.schedule(in: delay, on: loop, isSleep: true, body)
        }
    }
}
