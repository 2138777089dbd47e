import NIOCore
import PulpListener
import Synchronization

/// Who listens to a plugin's streams and what is kept for those who come back, whichever version of the plugin emits:
/// handed from one version's session to the next.
final class StreamHall: Sendable {
    struct State {
        var board: TopicBoard
        var lanes: [ObjectIdentifier: Lane] = [:]
        /// Of the version that is in use, once there have been several.
        var session: ServerSentEventsSession?
        /// Set by the last version's end.
        var isClosed = false
    }

    /// One loop's subscribers, and what waits to be sent there.
    struct Lane {
        let fanout: Fanout
        var posts: [Post] = []
        var bytes = 0
    }

    let state: Mutex<State>

    init(_ limits: TopicBoard.Limits) {
        self.state = Mutex(State(board: TopicBoard(limits)))
    }

    /// The fan-out of a loop, made for `session` when there is none.
    func fanout(on loop: any EventLoop, of session: ServerSentEventsSession) -> Fanout {
        self.state.withLock { state in
            if let lane = state.lanes[ObjectIdentifier(loop)] { return lane.fanout }
            let fanout = Fanout(loop, session: state.session ?? session, hall: self)
            // One that came too late only refuses.
            if state.isClosed { return fanout }
            state.lanes[ObjectIdentifier(loop)] = Lane(fanout: fanout)
            return fanout
        }
    }

    /// Puts an event into the lane of every loop that has subscribers.
    ///
    /// - Returns: Those that were empty, and are to be woken: one hop for all that is emitted until it arrives. Nil when as
    ///   much as may wait does already.
    func post(_ frame: EventFrame, at path: TopicPath, backlogBytes: Int) -> [Fanout]? {
        self.state.withLock { state -> [Fanout]? in
            guard !state.isClosed else { return [] }
            guard state.lanes.values.allSatisfy({ $0.bytes < backlogBytes }) else { return nil }
            let (number, loops) = state.board.publish(frame, at: path)
            var woken: [Fanout] = []
            for loop in loops {
                if let lane = state.lanes[loop], lane.posts.isEmpty { woken.append(lane.fanout) }
                state.lanes[loop]?.posts.append(Post(path: path, number: number, part: frame.part))
                state.lanes[loop]?.bytes += frame.part.byteCount
            }
            return woken
        }
    }

    func takePosts(for loop: ObjectIdentifier) -> [Post] {
        self.state.withLock { state in
            defer {
                state.lanes[loop]?.posts = []
                state.lanes[loop]?.bytes = 0
            }
            return state.lanes[loop]?.posts ?? []
        }
    }

    func listenerCount(at path: TopicPath) -> Int { self.state.withLock { $0.board.listenerCount(at: path) } }

    func isKnown(_ path: TopicPath) -> Bool { self.state.withLock { $0.board.topics[path] != nil } }

    /// Another version emits from now on: under its limits, and on its paths alone.
    ///
    /// - Returns: The fan-outs there are, whose subscribers go over to it.
    func changeHands(
        to session: ServerSentEventsSession, _ limits: TopicBoard.Limits, keeps: (TopicPath) -> Bool
    ) -> [Fanout] {
        let paths = self.state.withLock { Array($0.board.topics.keys) }
        // Outside the lock: it asks the routes.
        let vanished = paths.filter { !keeps($0) }
        return self.state.withLock { state in
            state.board.limits = limits
            state.session = session
            for path in vanished { state.board.dropKept(at: path) }
            return state.lanes.values.map(\.fanout)
        }
    }

    func close() -> [Fanout] {
        self.state.withLock { state in
            state.isClosed = true
            return state.lanes.values.map(\.fanout)
        }
    }

    func clear() {
        self.state.withLock { state in
            state.lanes = [:]
            state.session = nil
        }
    }
}
