import NIOCore
import PulpCapability

/// The connections of one loop whose next event the plugin had no room for: each is tried again, in turn.
///
/// Confined to its loop.
final class WebSocketRoom {
    /// How long nobody is tried after the mailbox was full: a step of the plugin's own makes room known at once.
    private static let pause = TimeAmount.milliseconds(5)

    private let eventLoop: any EventLoop
    private var waiting = CircularBuffer<WebSocketConnection>()
    private var isScheduled = false

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func wait(_ connection: WebSocketConnection) {
        self.eventLoop.assertInEventLoop()
        self.waiting.append(connection)
        self.schedule()
    }

    /// A step has ended: there may be room.
    func stepEnded() {
        if let connection = self.waiting.popFirst() { connection.deliverAgain() }
    }

    private func schedule() {
        guard !self.isScheduled else { return }
        self.isScheduled = true
        self.eventLoop.assumeIsolated().scheduleTask(in: Self.pause) {
            self.isScheduled = false
            self.retry()
        }
    }

    private func retry() {
        // Those that come back meanwhile wait for the next time.
        for _ in 0..<self.waiting.count {
            guard self.waiting.first?.session.scope.events.availability != .full,
                let connection = self.waiting.popFirst()
            else { break }
            connection.deliverAgain()
        }
        if !self.waiting.isEmpty { self.schedule() }
    }
}
