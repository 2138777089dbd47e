import NIOCore
import Synchronization

/// What guests of one plugin send to its connections on one event loop, collected until it is written there.
///
/// A step that sends to a thousand connections costs each of their loops one turn, and each socket one flush.
final class WebSocketSends: Sendable {
    enum Item {
        case frame(ByteBuffer)
        case close(code: UInt16, reason: String)
        /// The client reads too slowly for what is sent to it.
        case overflow
    }

    private struct State {
        var items: [(WebSocketConnection, Item)] = []
        var isScheduled = false
    }

    let eventLoop: any EventLoop
    private let state = Mutex(State())

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// Puts something in line, and has the loop come for it unless the caller sees to that.
    func add(_ item: Item, to connection: WebSocketConnection, schedules: Bool) {
        let mustSchedule = self.state.withLock { state in
            state.items.append((connection, item))
            guard schedules, !state.isScheduled else { return false }
            state.isScheduled = true
            return true
        }
        if mustSchedule { self.eventLoop.execute { self.leave() } }
    }

    /// Writes what is there. On the loop.
    func leave() {
        self.eventLoop.assertInEventLoop()
        let items = self.state.withLock { state in
            state.isScheduled = false
            defer { state.items = [] }
            return state.items
        }
        for (connection, item) in items { connection.send(item) }
        for (connection, _) in items { connection.flushIfNeeded() }
    }
}
