import Synchronization

/// Tasks that a session has started: bounded in number, and all over when the session is.
final class DockerTasks: Sendable {
    private struct State {
        var running: [UInt64: Task<Void, Never>] = [:]
        var nextID: UInt64 = 0
        var isClosed = false
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) {
        self.limit = limit
    }

    var count: Int { self.state.withLock { $0.running.count } }

    /// Starts a task; nil when there are too many, or no more are wanted.
    @discardableResult
    func start(_ body: @escaping @Sendable () async -> Void) -> Task<Void, Never>? {
        self.state.withLock { state in
            guard !state.isClosed, state.running.count < self.limit else { return nil }
            let id = state.nextID
            state.nextID += 1
            // Kept until it is over, and waited for when the session closes: nothing outlives the session.
            let task = Task {
                await body()
                self.ended(id)
            }
            state.running[id] = task
            return task
        }
    }

    /// Lets nothing more begin, and waits until all that runs is over.
    func close(cancelling: Bool) async {
        let tasks = self.state.withLock { state in
            state.isClosed = true
            return Array(state.running.values)
        }
        if cancelling { for task in tasks { task.cancel() } }
        for task in tasks { await task.value }
    }

    private func ended(_ id: UInt64) {
        self.state.withLock { _ = $0.running.removeValue(forKey: id) }
    }
}
