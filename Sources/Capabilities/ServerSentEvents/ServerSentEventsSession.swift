import Logging
import NIOCore
import PulpCapability
import PulpListener
import PulpWire
import Synchronization

/// One plugin's event streams: its routes, its subscribers on all loops, and the events on their way to them.
package final class ServerSentEventsSession: RouteOwner, Sendable {
    struct State {
        var patterns: Set<String> = []
        var slowLog: LogLimiter?
        var slowCount = 0
        var isClosed = false
        /// Emitted before the version has taken its place; nil once it has.
        var early: [(frame: EventFrame, path: TopicPath)]?
        var earlyBytes = 0
        /// Of the version that has taken this one's place.
        var successor: ServerSentEventsSession?
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
    let hall: StreamHall
    let routes: OwnedRoutes
    let state: Mutex<State>

    /// - Parameter former: Of the version whose place this one is to take, if it is to take any.
    init(
        _ scope: PluginScope, settings: StreamSettings, listeners: any HTTPListeners,
        beside former: ServerSentEventsSession? = nil, isStaged: Bool = false
    ) {
        self.scope = scope
        self.settings = settings
        self.listeners = listeners
        self.hall = former?.hall ?? StreamHall(settings.boardLimits)
        self.routes = OwnedRoutes(isStaged: isStaged, insteadOf: former.map { ($0, $0.routes) })
        self.state = Mutex(State(early: isStaged ? [] : nil))
    }

    // MARK: Imports

    func register(_ pattern: String) throws(CapabilityError) {
        let count = self.state.withLock { $0.patterns.contains(pattern) ? nil : $0.patterns.count }
        guard let count else { return }
        guard let table = self.table else { throw Self.noListener }
        guard count < Self.maximumPatterns else {
            throw CapabilityError(.operationFailed, "there are \(Self.maximumPatterns) patterns already")
        }
        do throws(RouteError) {
            try self.routes.register(.events, pattern: pattern, in: table, owner: self)
        } catch {
            throw CapabilityError(.operationFailed, "events at \(pattern): \(error)")
        }
        self.state.withLock { _ = $0.patterns.insert(pattern) }
    }

    private var table: RouteTable? { self.listeners.routes(of: ObjectIdentifier(self.scope)) }

    func emit(_ bytes: RawSpan) throws {
        let event = try ServerSentEventView(reading: bytes)
        guard event.path.byteCount <= Self.maximumPathBytes else {
            throw CapabilityError(.operationFailed, "the path is longer than any request's")
        }
        let path = TopicPath(event.path)
        try self.requireRoute(path)
        let frame = try EventFrame(event, limit: self.settings.eventBytes)
        guard try !self.isKeptForLater(frame, path) else { return }
        try self.post(frame, at: path)
    }

    func post(_ frame: EventFrame, at path: TopicPath) throws(CapabilityError) {
        guard let woken = self.hall.post(frame, at: path, backlogBytes: self.settings.backlogBytes) else {
            throw Self.backlogIsFull
        }
        for fanout in woken {
            // Later, also on this loop: a guest's fiber is being polled.
            fanout.eventLoop.execute { fanout.deliver() }
        }
    }

    static let backlogIsFull = CapabilityError(
        .operationFailed,
        "events are emitted faster than they are handed out; [limits.transport.sse] backlog_bytes is how many wait")

    func countSubscribers(_ call: inout GuestCall) -> Status {
        let count = call.word(1)
        guard count > 0 else { return .emptyRequest }
        guard Int(count) <= self.scope.maximumMessageBytes,
            let path = call.withBytes(at: call.word(0), count: count, { TopicPath($0) })
        else { return .readFailed }
        let subscribers = self.hall.listenerCount(at: path)
        guard !self.routes.isEmpty || self.table != nil else { return .notGranted }
        return call.store(UInt32(clamping: subscribers), at: call.word(2)) ? .ok : .writeFailed
    }

    private func requireRoute(_ path: TopicPath) throws(CapabilityError) {
        // A path that has been emitted to or listened to has a route of the version that is in use.
        if self.isInUse, self.hall.isKnown(path) { return }
        guard self.routes.parameters(.events, path: path.text) == nil else { return }
        if self.routes.isEmpty, self.table == nil { throw Self.noListener }
        throw CapabilityError(.operationFailed, "no pattern of this plugin covers the path; sse_register adds one")
    }

    /// Whether this version has its place and no other has taken it.
    private var isInUse: Bool { self.state.withLock { $0.early == nil && $0.successor == nil } }

    private static let noListener = CapabilityError(
        .notGranted, "the host has no HTTP listener; start it with --listen")

    // MARK: RouteOwner

    package func admit(_ exchange: HTTPExchange) -> Refusal? {
        if let successor = self.successor { return successor.admit(exchange) }
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
        self.hall.fanout(on: exchange.eventLoop, of: self).subscribe(exchange)
    }

    private func serveHead(_ exchange: HTTPExchange) {
        do throws(ResponseFault) {
            try exchange.startStream(self.settings.headers)
            exchange.end()
        } catch {
            exchange.fail(.problem(500, detail: "the stream's head could not be sent: \(error)"))
        }
    }

    // MARK: What fan-outs ask

    /// Why a client is not taken in.
    struct Refused: Error {
        let refusal: Refusal
    }

    func join(_ path: TopicPath, on fanout: Fanout, lastEventID: [UInt8]?) throws(Refused) -> TopicBoard.Joined {
        let outcome = self.hall.state.withLock { state -> Result<TopicBoard.Joined, TopicBoard.Full>? in
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
        self.hall.state.withLock { state in
            state.board.leave(path, on: loop)
            if frees { state.board.release() }
        }
    }

    func release() { self.hall.state.withLock { $0.board.release() } }

    func countSlow(_ subscriber: Subscriber, at now: NIODeadline) {
        self.state.withLock { $0.slowCount += 1 }
        self.warn(
            "a slow subscriber was disconnected",
            "\(subscriber.queuedBytes) bytes waited for it; [limits.transport.sse] queue_bytes is how many may",
            subscriber.path, at: now)
    }

    /// Clients that listen to a path.
    package func listenerCount(at path: String) -> Int {
        self.hall.listenerCount(at: TopicPath(path))
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
        let hasSuccessor = self.state.withLock { state in
            state.isClosed = true
            return state.successor != nil || state.early != nil
        }
        self.routes.close(self)
        // The streams are another version's, or were never this one's.
        guard !hasSuccessor else { return }
        for fanout in self.hall.close() {
            // Fails only when the loop has ended, and its connections with it.
            try? await fanout.eventLoop.submit { fanout.endAll() }.get()
        }
        self.hall.clear()
    }
}
