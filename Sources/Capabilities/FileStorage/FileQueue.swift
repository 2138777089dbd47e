import Synchronization

/// The work in one folder: a few pieces at a time, so that no plugin takes all workers, and of changes one at a time.
final class FileQueue: Sendable {
    typealias Work = @Sendable (_ isRunning: Bool) -> Void

    private struct Item {
        let isChange: Bool
        let work: Work
    }

    private struct State {
        var waiting: [Item] = []
        var running = 0
        var isChanging = false

        /// The first that may run now; earlier ones that may not keep their place.
        mutating func take() -> Item? {
            guard self.running < FileQueue.width else { return nil }
            guard let index = self.waiting.firstIndex(where: { !$0.isChange || !self.isChanging }) else { return nil }
            let item = self.waiting.remove(at: index)
            self.running += 1
            if item.isChange { self.isChanging = true }
            return item
        }
    }

    /// Workers that one folder has at the same time: a read beside a change.
    static let width = 2

    private let workers: FileWorkers
    private let state = Mutex(State())

    init(workers: FileWorkers) {
        self.workers = workers
    }

    /// Has `work` done by a worker, in its turn. The caller bounds how much waits.
    func submit(isChange: Bool, _ work: @escaping Work) {
        self.state.withLock { $0.waiting.append(Item(isChange: isChange, work: work)) }
        self.startNext()
    }

    private func startNext() {
        while let item = self.state.withLock({ $0.take() }) {
            self.workers.submit { isRunning in
                item.work(isRunning)
                self.state.withLock { state in
                    state.running -= 1
                    if item.isChange { state.isChanging = false }
                }
                self.startNext()
            }
        }
    }
}
