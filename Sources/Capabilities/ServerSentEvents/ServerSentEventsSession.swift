import Logging
import NIOCore
import PulpCapability
import PulpListener
import PulpWire
import Synchronization

/// One plugin's event streams: its routes, its subscribers on all loops, and the events on their way to them.
package final class ServerSentEventsSession: RouteOwner, Sendable {
    private struct State {
        var patterns: Set<String> = []
        /// Where the patterns are registered: the plugin may move to another listener in between.
        var tables: [RouteTable] = []
        var board: TopicBoard
        var lanes: [ObjectIdentifier: Lane] = [:]
        var slowLog: LogLimiter?
        var slowCount = 0
        var isClosed = false
    }

    /// One loop's subscribers, and what waits to be sent there.
    private struct Lane {
        let fanout: Fanout
        var posts: [Post] = []
        var bytes = 0
    }

    /// Patterns of one plugin.
    package static let maximumPatterns = 1_024
    /// No request line is longer, and so no path.
    private static let maximumPathBytes = 8 * 1_024

    let scope: PluginScope
    let settings: StreamSettings
    package var pluginName: String? { self.scope.name }
    /// A GET has no body.
    package let maxBodyBytes = 0
    private let listeners: any HTTPListeners
    private let state: Mutex<State>

    init(_ scope: PluginScope, settings: StreamSettings, listeners: any HTTPListeners) {
        self.scope = scope
        self.settings = settings
        self.listeners = listeners
        let limits = TopicBoard.Limits(
            replay: settings.replay, replayBytes: settings.replayBytes, replayPaths: settings.replayPaths,
            subscribers: settings.subscribers, subscribersPerPath: settings.subscribersPerPath)
        self.state = Mutex(State(board: TopicBoard(limits)))
    }

    // MARK: Imports

    func register(_ pattern: String) throws(CapabilityError) {
        let count = self.state.withLock { $0.patterns.contains(pattern) ? nil : $0.patterns.count }
        guard let count else { return }
        guard let routes = self.listeners.routes(of: self.scope.name) else { throw Self.noListener }
        guard count < Self.maximumPatterns else {
            throw CapabilityError(.operationFailed, "there are \(Self.maximumPatterns) patterns already")
        }
        do throws(RouteError) {
            try routes.register(.events, pattern: pattern, owner: self)
        } catch {
            throw CapabilityError(.operationFailed, "events at \(pattern): \(error)")
        }
        self.state.withLock { state in
            state.patterns.insert(pattern)
            if !state.tables.contains(where: { $0 === routes }) { state.tables.append(routes) }
        }
    }

    func emit(_ bytes: RawSpan) throws {
        let event = try ServerSentEventView(reading: bytes)
        guard event.path.byteCount <= Self.maximumPathBytes else {
            throw CapabilityError(.operationFailed, "the path is longer than any request's")
        }
        let path = TopicPath(event.path)
        try self.requireRoute(path)
        let frame = try EventFrame(event, limit: self.settings.eventBytes)
        for fanout in try self.post(frame, at: path) {
            // Later, also on this loop: a guest's fiber is being polled.
            fanout.eventLoop.execute { fanout.deliver() }
        }
    }

    /// Puts an event into the lane of every loop that has subscribers.
    ///
    /// - Returns: Those that were empty, and are to be woken: one hop for all that is emitted until it arrives.
    private func post(_ frame: EventFrame, at path: TopicPath) throws(CapabilityError) -> [Fanout] {
        let woken = self.state.withLock { state -> [Fanout]? in
            guard !state.isClosed else { return [] }
            guard state.lanes.values.allSatisfy({ $0.bytes < self.settings.backlogBytes }) else { return nil }
            let (number, loops) = state.board.publish(frame, at: path)
            var woken: [Fanout] = []
            for loop in loops {
                if let lane = state.lanes[loop], lane.posts.isEmpty { woken.append(lane.fanout) }
                state.lanes[loop]?.posts.append(Post(path: path, number: number, part: frame.part))
                state.lanes[loop]?.bytes += frame.part.byteCount
            }
            return woken
        }
        guard let woken else {
            throw CapabilityError(
                .operationFailed,
                "events are emitted faster than they are handed out; [limits.transport.sse] backlog_bytes is how many wait"
            )
        }
        return woken
    }

    func countSubscribers(_ call: inout GuestCall) -> Status {
        let count = call.word(1)
        guard count > 0 else { return .emptyRequest }
        guard Int(count) <= self.scope.maximumMessageBytes,
            let path = call.withBytes(at: call.word(0), count: count, { TopicPath($0) })
        else { return .readFailed }
        let (isServed, subscribers) = self.state.withLock {
            (!$0.tables.isEmpty, $0.board.listenerCount(at: path))
        }
        guard isServed || self.listeners.routes(of: self.scope.name) != nil else { return .notGranted }
        return call.store(UInt32(clamping: subscribers), at: call.word(2)) ? .ok : .writeFailed
    }

    /// A path that has been emitted to or listened to has a route, since routes stay until the end.
    private func requireRoute(_ path: TopicPath) throws(CapabilityError) {
        let (isKnown, tables) = self.state.withLock { ($0.board.topics[path] != nil, $0.tables) }
        guard !isKnown else { return }
        let text = path.text
        guard !tables.contains(where: { $0.covers(.events, path: text, owner: self) }) else { return }
        if tables.isEmpty, self.listeners.routes(of: self.scope.name) == nil { throw Self.noListener }
        throw CapabilityError(.operationFailed, "no pattern of this plugin covers the path; sse_register adds one")
    }

    private static let noListener = CapabilityError(
        .notGranted, "the host has no HTTP listener; start it with --listen")

    // MARK: RouteOwner

    package func admit(_ exchange: HTTPExchange) -> Refusal? {
        let availability = self.scope.events.availability
        if exchange.isDraining || self.isClosed {
            return .problem(503, detail: Availability.stopping.reason, retryAfter: 1)
        }
        switch availability {
        case .failed, .stopping, .stopped: break
        // Subscribers belong to the plugin: without a word to it, they do not need its instances.
        case .starting, .restarting, .full: if !self.settings.tellsPlugin { return nil }
        case .ready: return nil
        }
        return .problem(503, detail: availability.reason, retryAfter: availability == .failed ? 30 : 1)
    }

    package func serve(_ exchange: HTTPExchange) {
        if exchange.method == "HEAD" { return self.serveHead(exchange) }
        self.fanout(on: exchange.eventLoop).subscribe(exchange)
    }

    private func serveHead(_ exchange: HTTPExchange) {
        do throws(ResponseFault) {
            try exchange.startStream(self.settings.headers)
            exchange.end()
        } catch {
            exchange.fail(.problem(500, detail: "the stream's head could not be sent: \(error)"))
        }
    }

    private func fanout(on loop: any EventLoop) -> Fanout {
        self.state.withLock { state in
            if let lane = state.lanes[ObjectIdentifier(loop)] { return lane.fanout }
            let fanout = Fanout(loop, session: self)
            // One that came too late only refuses.
            if state.isClosed { return fanout }
            state.lanes[ObjectIdentifier(loop)] = Lane(fanout: fanout)
            return fanout
        }
    }

    // MARK: What fan-outs ask

    /// Why a client is not taken in.
    struct Refused: Error {
        let refusal: Refusal
    }

    func join(_ path: TopicPath, on fanout: Fanout, lastEventID: [UInt8]?) throws(Refused) -> TopicBoard.Joined {
        let outcome = self.state.withLock { state -> Result<TopicBoard.Joined, TopicBoard.Full>? in
            guard !state.isClosed else { return nil }
            return Result { () throws(TopicBoard.Full) in
                try state.board.join(path, on: fanout.identity, lastEventID: lastEventID)
            }
        }
        switch outcome {
        case nil: throw Refused(refusal: .problem(503, detail: Availability.stopping.reason, retryAfter: 1))
        case .success(let joined): return joined
        case .failure(let full):
            let key = full == .path ? "subscribers_per_path" : "subscribers"
            self.warn(
                "a subscriber was refused", "[limits.transport.sse] \(key) clients listen already", path,
                at: fanout.eventLoop.now)
            throw Refused(
                refusal: .problem(503, detail: "as many clients listen as the plugin takes", retryAfter: 5))
        }
    }

    /// - Parameter frees: Whether its place is free at once.
    func leave(_ path: TopicPath, on loop: ObjectIdentifier, frees: Bool) {
        self.state.withLock { state in
            state.board.leave(path, on: loop)
            if frees { state.board.release() }
        }
    }

    func release() { self.state.withLock { $0.board.release() } }

    func takePosts(for loop: ObjectIdentifier) -> [Post] {
        self.state.withLock { state in
            defer {
                state.lanes[loop]?.posts = []
                state.lanes[loop]?.bytes = 0
            }
            return state.lanes[loop]?.posts ?? []
        }
    }

    func countSlow(_ subscriber: Subscriber, at now: NIODeadline) {
        self.state.withLock { $0.slowCount += 1 }
        self.warn(
            "a slow subscriber was disconnected",
            "\(subscriber.queuedBytes) bytes waited for it; [limits.transport.sse] queue_bytes is how many may",
            subscriber.path, at: now)
    }

    /// Clients that listen to a path.
    package func listenerCount(at path: String) -> Int {
        self.state.withLock { $0.board.listenerCount(at: TopicPath(path)) }
    }

    /// Subscribers that were disconnected for being slow, since the plugin was loaded.
    package var slowCount: Int { self.state.withLock { $0.slowCount } }

    /// A line of the log, but not one for each of thousands.
    private func warn(_ message: Logger.Message, _ reason: String, _ path: TopicPath, at now: NIODeadline) {
        let verdict = self.state.withLock { state in
            var log = state.slowLog ?? LogLimiter(linesPerSecond: 1, burst: 10, now: now)
            defer { state.slowLog = log }
            return log.admit(at: now)
        }
        var metadata: Logger.Metadata = ["path": "\(LogText.printable(path.text, limit: 256))", "reason": "\(reason)"]
        switch verdict {
        case .drop: return
        case .pass: break
        case .passAfter(let dropped): metadata["not_logged"] = "\(dropped.lines)"
        }
        self.scope.logger.warning(message, metadata: metadata)
    }

    // MARK: Ending

    var isClosed: Bool { self.state.withLock { $0.isClosed } }

    func close() async {
        let (tables, fanouts) = self.state.withLock { state in
            state.isClosed = true
            defer { state.tables = [] }
            return (state.tables, state.lanes.values.map(\.fanout))
        }
        for table in tables { table.removeAll(owner: self) }
        for fanout in fanouts {
            // Fails only when the loop has ended, and its connections with it.
            try? await fanout.eventLoop.submit { fanout.endAll() }.get()
        }
        self.state.withLock { $0.lanes = [:] }
    }
}
