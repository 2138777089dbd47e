import Logging
import NIOCore
import PulpCapability
import PulpListener
import PulpWire
import Synchronization

/// One plugin's routes and the requests that wait for its answers.
package final class HTTPInboundSession: RouteOwner, Sendable {
    private struct State {
        var address: String?
        /// `METHOD path` of every route: each instance of the plugin registers the same ones again.
        var registered: Set<HTTPRegisterRequest> = []
        /// Requests whose answer may come after their step, by id.
        var deferred: [UInt64: HTTPRequestEvent] = [:]
        var isClosed = false
        /// Of the version that has taken this one's place.
        var successor: HTTPInboundSession?
    }

    /// Requests of one plugin that may wait for a later answer.
    package static let maximumDeferred = 1024
    /// Room in a plugin's largest message for everything of a request but its body.
    private static let headRoom = 64 * 1024

    let scope: PluginScope
    /// Whose routes these are.
    package var pluginName: String? { self.scope.name }
    package let maxBodyBytes: Int
    /// Changes answers on their way out; nil, but in development.
    let filter: (any HTTPAnswerFilter)?
    private let listeners: any HTTPListeners
    private let streams: BodyStreams
    let timers: (any PluginTimers)?
    let routes: OwnedRoutes
    private let state: Mutex<State>

    init(
        _ scope: PluginScope, listeners: any HTTPListeners, streams: BodyStreams,
        timers: (any PluginTimers)? = nil, routes: OwnedRoutes = OwnedRoutes()
    ) {
        self.routes = routes
        self.filter = listeners.answerFilter
        self.scope = scope
        self.listeners = listeners
        self.streams = streams
        self.timers = timers
        let limit = scope.maximumMessageBytes
        self.maxBodyBytes = max(limit - Self.headRoom, limit / 2)
        self.state = Mutex(State())
    }

    /// How this plugin's dialect calls a plugin, in the texts of the contract.
    var noun: String { self.scope.dialect == .cell ? "cell" : "plugin" }

    // MARK: Imports

    func register(_ request: HTTPRegisterRequest) throws(CapabilityError) {
        if self.state.withLock({ $0.registered.contains(request) }) { return }
        guard let table = self.table else {
            throw CapabilityError(.encodeFailed, "the host has no HTTP listener; start it with --listen")
        }
        do throws(RouteError) {
            try self.routes.register(method: request.method, pattern: request.path, in: table, owner: self)
        } catch {
            throw CapabilityError(.operationFailed, "route \(request.method) \(request.path): \(error)")
        }
        self.state.withLock { _ = $0.registered.insert(request) }
    }

    func listen(_ request: HTTPListenRequest) async throws {
        guard !request.addr.isEmpty else { throw CapabilityError(.operationFailed, "the address is empty") }
        let (bound, isEmpty) = self.state.withLock { ($0.address, $0.registered.isEmpty) }
        // As every instance of the plugin asks, the one after a crash too.
        if bound == request.addr { return }
        guard isEmpty, bound == nil else {
            throw CapabilityError(.notFound, "routes are registered already, or another address is bound")
        }
        do {
            try await self.listeners.listen(on: request.addr, for: ObjectIdentifier(self.scope))
        } catch {
            self.scope.logger.warning(
                "http_listen failed", metadata: ["address": "\(request.addr)", "reason": "\(error)"])
            throw CapabilityError(.encodeFailed, "\(error)")
        }
        let isClosed = self.state.withLock { state in
            state.address = request.addr
            return state.isClosed
        }
        // The plugin has ended while the address was being bound.
        if isClosed { return await self.listeners.forget(ObjectIdentifier(self.scope)) }
        self.scope.logger.notice("listening", metadata: ["address": "\(request.addr)"])
    }

    func respond(_ bytes: RawSpan, _ caller: any GuestCaller) throws {
        let view = try HTTPResponseView(reading: bytes)
        guard let event = self.takeEvent(view.id, caller) else {
            throw CapabilityError(.operationFailed, "no request \(view.id) waits for this plugin")
        }
        try event.respond(view, bytes)
        self.answered(event, caller)
    }

    /// Answers with a stream's body: the head is checked now and sent when the guest pauses, and what follows goes from
    /// the stream's connection to the client's without the guest.
    func respondStream(_ response: HTTPStreamResponse, _ caller: any GuestCaller) throws(CapabilityError) {
        guard let owner = self.streams.owner(for: self.scope), owner.hasBodyStream(response.streamID) else {
            throw CapabilityError(.operationFailed, "no stream \(response.streamID) is open for this plugin")
        }
        let head = try HTTPSplice.Head(response)
        guard let event = self.takeEvent(response.id, caller), !event.isAnswered else {
            owner.takeBodyStream(response.streamID)?.cancel()
            throw CapabilityError(
                .encodeFailed, "no request \(response.id) waits for this plugin; the stream is closed")
        }
        guard let source = owner.takeBodyStream(response.streamID) else {
            throw CapabilityError(.operationFailed, "stream \(response.streamID) has just ended")
        }
        event.respond(HTTPSplice(source, to: event.exchange, head, logger: self.scope.logger))
        self.answered(event, caller)
    }

    /// The request `id` that is being stepped, or whose answer may come later.
    private func takeEvent(_ id: UInt64, _ caller: any GuestCaller) -> HTTPRequestEvent? {
        if let event = caller.event as? HTTPRequestEvent, event.id == id, event.session === self { return event }
        return self.state.withLock { $0.deferred.removeValue(forKey: id) }
    }

    private func answered(_ event: HTTPRequestEvent, _ caller: any GuestCaller) {
        if event === caller.event {
            if event.isDeferred { self.forget(event) }
            return
        }
        // Not from inside the import: sending may bring the next request, which must not be stepped on this fiber.
        let bound = NIOLoopBound(event, eventLoop: caller.eventLoop)
        caller.eventLoop.execute { bound.value.flush() }
    }

    func deferAnswer(_ id: UInt64, _ caller: any GuestCaller) -> Status {
        guard let event = caller.event as? HTTPRequestEvent, event.id == id, event.session === self, !event.isAnswered
        else { return .operationFailed }
        let isKept = self.state.withLock { state in
            guard !state.isClosed, state.deferred.count < Self.maximumDeferred else { return false }
            state.deferred[id] = event
            return true
        }
        guard isKept else { return .operationFailed }
        event.isDeferred = true
        return .ok
    }

    func forget(_ event: HTTPRequestEvent) {
        self.state.withLock { _ = $0.deferred.removeValue(forKey: event.id) }
    }

    // MARK: RouteOwner

    package func admit(_ exchange: HTTPExchange) -> Refusal? {
        let availability = self.scope.events.availability
        if availability == .ready { return nil }
        // Found by a loop that had not heard of the replacement yet.
        return self.successor?.admit(exchange) ?? self.refusal(availability)
    }

    package func serve(_ exchange: HTTPExchange) {
        let event = HTTPRequestEvent(exchange, session: self)
        self.scope.events.deliver(event, from: exchange.eventLoop, to: nil)
    }

    func refusal(_ availability: Availability) -> Refusal {
        switch availability {
        case .full:
            var refusal = Refusal.text(503, "queue full")
            refusal.headers.append(("Retry-After", "1"))
            return refusal
        case .stopped, .stopping: return .text(503, "\(self.noun) shut down")
        case .starting, .ready, .restarting, .failed:
            return .problem(503, detail: availability.reason, retryAfter: availability == .failed ? 30 : 1)
        }
    }

    var table: RouteTable? { self.listeners.routes(of: ObjectIdentifier(self.scope)) }

    // MARK: Ending

    /// Of the newest version that has taken this one's place.
    var successor: HTTPInboundSession? {
        guard let next = self.state.withLock({ $0.successor }) else { return nil }
        return next.successor ?? next
    }

    func setSuccessor(_ session: HTTPInboundSession?) {
        self.state.withLock { $0.successor = session }
    }

    /// Whether requests wait for a later answer.
    var isBusy: Bool { self.state.withLock { !$0.deferred.isEmpty } }

    func instanceEnded(_ instance: InstanceID) {
        let orphans = self.state.withLock { state in
            let orphans = state.deferred.values.filter { $0.instance == instance }
            for event in orphans { state.deferred.removeValue(forKey: event.id) }
            return orphans
        }
        for event in orphans { event.orphaned(.text(500, "\(self.noun) did not respond")) }
    }

    func close() async {
        let orphans = self.state.withLock { state in
            state.isClosed = true
            defer { state.deferred = [:] }
            return Array(state.deferred.values)
        }
        self.routes.close(self)
        for event in orphans { event.orphaned(.text(503, "\(self.noun) shut down")) }
        await self.listeners.forget(ObjectIdentifier(self.scope))
    }
}
