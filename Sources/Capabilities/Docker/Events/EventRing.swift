import PulpWire
import Synchronization

/// The last events of a plugin's containers, as many as the manifest says, for five minutes.
final class EventRing: Sendable {
    /// An event, and how many that came after the one asked for are gone.
    struct Found: Hashable {
        let event: DockerEvent
        let number: UInt64
        let missed: UInt64
    }

    private struct State {
        /// Oldest first.
        var events: [DockerEvent] = []
        /// The number of the first of them; each event has the next one.
        var firstNumber: UInt64 = 1
        var latest: Int64
        var recent: Recent = Recent()
    }

    /// Events that the engine may tell once more after a reconnection.
    private struct Recent {
        /// The engine itself keeps 256.
        static let capacity = 1_024
        var keys: Set<String> = []
        var order: [String] = []

        /// False for one that is known.
        mutating func insert(_ key: String) -> Bool {
            guard self.keys.insert(key).inserted else { return false }
            self.order.append(key)
            if self.order.count > Self.capacity { self.keys.remove(self.order.removeFirst()) }
            return true
        }
    }

    static let maximumAge: Int64 = 300 * 1_000_000_000

    /// When the session began, in nanoseconds since 1970 UTC.
    let start: Int64
    private let capacity: Int
    private let state: Mutex<State>
    /// Something was added.
    let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    /// - Parameter start: Nanoseconds since 1970 UTC: what happened before is not the session's.
    init(capacity: Int, start: UInt64) {
        self.start = Int64(clamping: start)
        self.capacity = capacity
        self.state = Mutex(State(latest: Int64(clamping: start)))
        (self.signals, self.signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// When the last event was, or the session began.
    var latest: Int64 { self.state.withLock { $0.latest } }

    /// Adds an event, unless it is there already.
    ///
    /// Its moment becomes later than that of the one before, so that who asks for what came after misses none.
    func append(_ event: DockerEvent, now: UInt64) {
        let isNew = self.state.withLock { state in
            guard state.recent.insert("\(event.timestamp) \(event.containerID) \(event.action)") else { return false }
            var event = event
            event.timestamp = max(min(max(event.timestamp, 0), .max / 2), state.latest + 1)
            state.latest = event.timestamp
            state.events.append(event)
            self.prune(&state, now)
            return true
        }
        if isNew { self.signal.yield() }
    }

    /// The events after `moment`, oldest first.
    func events(after moment: Int64, limit: Int, now: UInt64) -> [DockerEvent] {
        self.state.withLock { state in
            self.prune(&state, now)
            return Array(state.events.lazy.filter { $0.timestamp > moment }.prefix(limit))
        }
    }

    /// The event with the next number after `number` that is still there.
    func next(after number: UInt64) -> Found? {
        self.state.withLock { state in
            let index = number < state.firstNumber ? 0 : Int(clamping: number - state.firstNumber + 1)
            guard state.events.indices.contains(index) else { return nil }
            let found = state.firstNumber + UInt64(index)
            return Found(event: state.events[index], number: found, missed: found - number - 1)
        }
    }

    private func prune(_ state: inout State, _ now: UInt64) {
        let cutOff = Int64(clamping: now) - Self.maximumAge
        let old = state.events.firstIndex { $0.timestamp > cutOff } ?? state.events.count
        let excess = max(old, state.events.count - self.capacity)
        state.events.removeFirst(excess)
        state.firstNumber += UInt64(excess)
    }
}
