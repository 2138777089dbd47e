import NIOCore
import Synchronization

/// Wakes whoever waits for something to have changed.
final class Signal: Sendable {
    private struct State {
        var changes: UInt64 = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let loop: any EventLoop
    private let state = Mutex(State())

    init(loop: any EventLoop) {
        self.loop = loop
    }

    /// Something has changed.
    func fire() {
        let waiting = self.state.withLock { state in
            state.changes += 1
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Waits until `condition` holds; false when it does not within `limit`, or the task is cancelled.
    func wait(within limit: Duration, until condition: () -> Bool) async -> Bool {
        let end = ContinuousClock.now + limit
        let alarm = self.loop.scheduleTask(in: TimeAmount(limit)) { self.fire() }
        defer { alarm.cancel() }
        while true {
            let seen = self.state.withLock { $0.changes }
            if condition() { return true }
            guard ContinuousClock.now < end, !Task.isCancelled else { return false }
            await self.change(after: seen)
        }
    }

    private func change(after seen: UInt64) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = self.state.withLock { state in
                    guard state.changes == seen, !Task.isCancelled else { return true }
                    state.waiting.append(continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            self.fire()
        }
    }
}
