import NIOCore
import PulpCapability
import Synchronization

/// A call of an import that may still wait for its answer.
public final class PendingCall: Sendable {
    private struct State {
        var outcome: Result<Int32, any Error>?
        var waiting: [CheckedContinuation<Int32, any Error>] = []
    }

    private let state = Mutex(State())

    /// The result, if it is there.
    public var result: Int32? {
        self.state.withLock { try? $0.outcome?.get() }
    }

    /// Waits for the result. On a testing loop somebody must move its time for timers to fire.
    ///
    /// - Throws: `CancellationError` when the call was abandoned.
    public func value() async throws -> Int32 {
        try await withCheckedThrowingContinuation { continuation in
            let outcome = self.state.withLock { state in
                if state.outcome == nil { state.waiting.append(continuation) }
                return state.outcome
            }
            if let outcome { continuation.resume(with: outcome) }
        }
    }

    func finish(_ outcome: Result<Int32, any Error>) {
        let waiting = self.state.withLock { state -> [CheckedContinuation<Int32, any Error>] in
            guard state.outcome == nil else { return [] }
            state.outcome = outcome
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume(with: outcome) }
    }
}

/// The calls of a guest that sleep. Confined to its loop.
final class Sleepers {
    private struct Sleeper {
        let suspended: SuspendedImport
        let words: InlineArray<12, UInt64>
        let pending: PendingCall
    }

    private var sleepers: [Sleeper] = []

    func add(_ suspended: SuspendedImport, words: InlineArray<12, UInt64>, pending: PendingCall) {
        self.sleepers.append(Sleeper(suspended: suspended, words: words, pending: pending))
    }

    /// Writes the answers that are there, as the runtime does when it polls the guest.
    func poll(_ guest: FakeGuest) {
        let ready = self.sleepers.filter { $0.suspended.finish != nil }
        self.sleepers.removeAll { $0.suspended.finish != nil }
        for sleeper in ready {
            guard let finish = sleeper.suspended.finish else { continue }
            var call = GuestCall(caller: guest, words: sleeper.words)
            sleeper.pending.finish(.success(finish(&call)))
        }
    }

    /// Drops the guest: what waits is told.
    func abandon() {
        let dropped = self.sleepers
        self.sleepers = []
        for sleeper in dropped {
            sleeper.suspended.abandon()
            sleeper.pending.finish(.failure(CancellationError()))
        }
    }
}
