import Synchronization

/// The containers that are being made, and those whose making was given up: until one is known to be gone, it is
/// looked for whenever the engine is there again.
final class Creations: Sendable {
    private struct State {
        var running: Set<String> = []
        var abandoned: Set<String> = []
        var hasBegun = false
    }

    /// Creations that are remembered as given up; the engine would have to be away for as many calls.
    private static let maximumAbandoned = 1_024

    private let state = Mutex(State())

    /// Whether a container was ever asked for.
    var hasBegun: Bool { self.state.withLock { $0.hasBegun } }

    /// Begins one.
    ///
    /// - Returns: How many are being made, this one among them.
    func begin(_ token: String) -> Int {
        self.state.withLock { state in
            state.hasBegun = true
            state.running.insert(token)
            return state.running.count
        }
    }

    /// The container is the guest's.
    func complete(_ token: String) {
        self.state.withLock { _ = $0.running.remove(token) }
    }

    /// The guest will never hear of the container, if there is one.
    func abandon(_ token: String) {
        self.state.withLock { state in
            state.running.remove(token)
            if state.abandoned.count < Self.maximumAbandoned { state.abandoned.insert(token) }
        }
    }

    /// There is no container of this creation, and there will be none.
    func forget(_ token: String) {
        self.state.withLock { _ = $0.abandoned.remove(token) }
    }

    /// Whether a container of this creation is nobody's: given up, or left behind by a host that ended before it
    /// could start it.
    func isOrphan(_ token: String, hasStarted: Bool) -> Bool {
        self.state.withLock { state in
            state.abandoned.contains(token) || (!hasStarted && !state.running.contains(token))
        }
    }
}
