import Logging
import NIOCore
import PulpCapability
import PulpListener
import PulpWire

/// An event on its way to the subscribers of one loop.
struct Post: Sendable {
    let path: TopicPath
    let number: UInt64
    let part: StreamPart
}

/// The subscribers of a plugin on one event loop.
///
/// `@unchecked Sendable`: everything but `eventLoop` and `hall` is touched on that loop only, which is asserted.
final class Fanout: @unchecked Sendable {
    let eventLoop: any EventLoop
    /// Holds this one too, until it closes.
    private var session: ServerSentEventsSession
    private let hall: StreamHall
    private var settings: StreamSettings { self.session.settings }
    private var subscribers: [TopicPath: [Subscriber]] = [:]
    private var count = 0
    private var isTicking = false

    /// A silent stream is looked at so often in the time after which it gets its comment.
    private static let looksPerKeepAlive: Int64 = 8
    private static let ping = EventFrame.comment(":ping")
    private static let tooSlow = EventFrame.comment(
        ":disconnected, since events come faster than this client takes them")

    init(_ eventLoop: any EventLoop, session: ServerSentEventsSession, hall: StreamHall) {
        self.eventLoop = eventLoop
        self.session = session
        self.hall = hall
    }

    var identity: ObjectIdentifier { ObjectIdentifier(self.eventLoop) }

    // MARK: Coming

    /// Answers a request with a stream, or with why not.
    func subscribe(_ exchange: HTTPExchange) {
        self.eventLoop.assertInEventLoop()
        let path = TopicPath(exchange.path)
        let lastEventID = exchange.lastEventID
        let joined: TopicBoard.Joined
        do throws(ServerSentEventsSession.Refused) {
            joined = try self.session.join(path, on: self, lastEventID: lastEventID)
        } catch {
            return exchange.fail(error.refusal)
        }
        let subscriber = Subscriber(exchange, path: path, joinedAt: joined.number)
        do throws(ResponseFault) {
            try exchange.startStream(self.settings.headers)
        } catch {
            self.session.leave(path, on: self.identity, frees: true)
            return exchange.fail(.problem(500, detail: "the stream could not be started: \(error)"))
        }
        self.add(subscriber)
        exchange.onCancel = { [weak self, unowned subscriber] in self?.remove(subscriber, .gone) }
        exchange.onWritable = { [unowned subscriber] in subscriber.drain() }
        exchange.onEnding = { [weak self, unowned subscriber] ending in
            self?.end(subscriber, ending == .draining ? .closed : .gone)
        }
        if self.settings.tellsPlugin { self.announce(subscriber, exchange.parameters, lastEventID) }
        var first: [StreamPart] = self.settings.retry > 0 ? [EventFrame.retry(self.settings.retry)] : []
        if joined.isMissing { first.append(EventFrame.missed) }
        subscriber.begin(first + joined.replay)
        exchange.trimHead()
    }

    private func add(_ subscriber: Subscriber) {
        subscriber.slot = self.subscribers[subscriber.path]?.count ?? 0
        self.subscribers[subscriber.path, default: []].append(subscriber)
        self.count += 1
        guard !self.isTicking else { return }
        self.isTicking = true
        self.scheduleTick()
    }

    // MARK: Sending

    /// Sends what was emitted since the last time. On the loop.
    func deliver() {
        self.eventLoop.assertInEventLoop()
        let posts = self.hall.takePosts(for: self.identity)
        for (path, posts) in Dictionary(grouping: posts, by: \.path) { self.send(posts, to: path) }
    }

    private func send(_ posts: [Post], to path: TopicPath) {
        // A copy: whoever goes meanwhile leaves the list.
        guard let listening = self.subscribers[path], let first = posts.first else { return }
        let joined = posts.count == 1 ? first.part : StreamPart(joining: posts.map(\.part))
        for subscriber in listening where subscriber.slot >= 0 {
            if subscriber.joinedAt < first.number, subscriber.isCaughtUp || posts.count == 1 {
                self.send(joined, to: subscriber)
            } else {
                for post in posts where post.number > subscriber.joinedAt && subscriber.slot >= 0 {
                    self.send(post.part, to: subscriber)
                }
            }
        }
    }

    private func send(_ part: StreamPart, to subscriber: Subscriber) {
        guard !subscriber.send(part, limit: self.settings.queueBytes) else { return }
        self.session.countSlow(subscriber, at: self.eventLoop.now)
        self.end(subscriber, .slow)
    }

    private func scheduleTick() {
        let interval = max(self.settings.keepAlive.nanoseconds / Self.looksPerKeepAlive, 1_000_000)
        self.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(interval)) { [weak self] in self?.tick() }
    }

    /// Comments for the streams that were silent, and for those only that take them: the rest waits for what it has.
    private func tick() {
        guard self.count > 0 else {
            self.isTicking = false
            return
        }
        let now = self.eventLoop.now
        for listening in Array(self.subscribers.values) {
            for subscriber in listening
            where subscriber.slot >= 0 && now - subscriber.lastWrite >= self.settings.keepAlive && subscriber.isCaughtUp
            {
                _ = subscriber.send(Self.ping, limit: 0)
            }
        }
        self.scheduleTick()
    }

    // MARK: Going

    /// Ends a stream from our side.
    func end(_ subscriber: Subscriber, _ ending: Subscriber.Ending) {
        guard self.remove(subscriber, ending) else { return }
        subscriber.end(ending == .slow ? Self.tooSlow : nil)
    }

    /// Ends every stream: the plugin closes. On the loop.
    func endAll() {
        self.eventLoop.assertInEventLoop()
        for listening in Array(self.subscribers.values) {
            for subscriber in listening { self.end(subscriber, .closed) }
        }
    }

    @discardableResult
    private func remove(_ subscriber: Subscriber, _ ending: Subscriber.Ending) -> Bool {
        let (path, slot) = (subscriber.path, subscriber.slot)
        guard slot >= 0, let last = self.subscribers[path]?.popLast() else { return false }
        if last !== subscriber {
            last.slot = slot
            self.subscribers[path]?[slot] = last
        }
        if self.subscribers[path]?.isEmpty == true { self.subscribers[path] = nil }
        subscriber.slot = -1
        self.count -= 1
        self.session.leave(path, on: self.identity, frees: subscriber.announcement == nil)
        subscriber.announcement?.ended(ending)
        return true
    }

    // MARK: Replacing

    /// The plugin's new version has the subscribers from now on, and is told of them if it asks for that.
    func goOver(to session: ServerSentEventsSession) {
        self.eventLoop.assertInEventLoop()
        self.session = session
        for listening in Array(self.subscribers.values) {
            for subscriber in listening where subscriber.slot >= 0 { self.goOver(subscriber) }
        }
    }

    private func goOver(_ subscriber: Subscriber) {
        guard let parameters = self.session.routes.parameters(.events, path: subscriber.exchange.path) else {
            return self.end(subscriber, .closed)
        }
        subscriber.announcement?.abandon()
        subscriber.announcement = nil
        if self.settings.tellsPlugin { self.announce(subscriber, parameters, isPatient: true) }
    }

    // MARK: Telling the plugin

    private func announce(
        _ subscriber: Subscriber, _ parameters: [(name: String, value: String)], _ lastEventID: [UInt8]? = nil,
        isPatient: Bool = false
    ) {
        let exchange = subscriber.exchange
        var record = ServerSentEventSubscribeRecord(
            subscriberID: exchange.id, path: exchange.path,
            lastEventID: String(decoding: lastEventID ?? [], as: UTF8.self), remoteAddr: exchange.remoteAddress)
        for (name, value) in parameters { record.params.append(name: name, value: value) }
        for (name, value) in exchange.queryItems { record.query.append(name: name, value: value) }
        let announcement = Announcement(record, session: self.session, eventLoop: self.eventLoop)
        subscriber.announcement = announcement
        announcement.begin(isPatient: isPatient) { [weak self, weak subscriber] in
            if let subscriber { self?.end(subscriber, .closed) }
        }
    }
}

extension HTTPExchange {
    /// What a client that comes back has seen last; nil for one that comes for the first time.
    fileprivate var lastEventID: [UInt8]? {
        var found: [UInt8]?
        self.forEachHeader { name, value in
            guard found == nil, name.count == 13, [UInt8](copying: unsafe name.bytes).isLastEventID else { return }
            found = EventFrame.trimmed([UInt8](copying: unsafe value.bytes))
        }
        return found.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Sends the head of a stream.
    func startStream(_ headers: [(name: String, value: String)]) throws(ResponseFault) {
        var response = try self.makeResponse(status: 200)
        try response.addHeader(name: "Content-Type", value: "text/event-stream")
        try response.addHeader(name: "Cache-Control", value: "no-cache")
        // Proxies of nginx's kind would hold events back until there are many.
        try response.addHeader(name: "X-Accel-Buffering", value: "no")
        for (name, value) in headers { try response.addHeader(name: name, value: value) }
        response.stream()
    }
}

extension [UInt8] {
    fileprivate var isLastEventID: Bool {
        self.elementsEqual("last-event-id".utf8) { byte, wanted in
            (0x41...0x5A ~= byte ? byte | 0x20 : byte) == wanted
        }
    }
}
