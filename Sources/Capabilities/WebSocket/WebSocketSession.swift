import Logging
import NIOCore
import NIOHTTP1
import PulpCapability
import PulpListener
import PulpWire
import Synchronization

/// One plugin's WebSocket routes and connections.
package final class WebSocketSession: RouteOwner, Sendable {
    private struct State {
        var connections: [UInt64: WebSocketConnection] = [:]
        /// Every instance of the plugin registers the same patterns again.
        var patterns: Set<String> = []
        /// The last frame sent: who sends the same to many, one by one, has it encoded once.
        var lastFrame: (opcode: UInt8, frame: ByteBuffer)?
        var isClosed = false
        /// Of the version that has taken this one's place.
        var successor: WebSocketSession?
    }

    /// Patterns that one plugin may register.
    static let maximumPatterns = 1_024

    let scope: PluginScope
    let limits: WebSocketLimits
    package var pluginName: String? { self.scope.name }
    package let maxBodyBytes = 0
    let commons: WebSocketCommons
    let routes: OwnedRoutes
    private let listeners: any HTTPListeners
    private let origins: OriginPolicy
    private let subprotocols: [String]
    private let state = Mutex(State())
    private let notices: Mutex<LogLimiter>

    /// - Parameter former: Of the version whose place this one is to take, if it is to take any.
    init(_ scope: PluginScope, listeners: any HTTPListeners, beside former: WebSocketSession?, isStaged: Bool) {
        self.commons = former?.commons ?? WebSocketCommons()
        self.routes = OwnedRoutes(isStaged: isStaged, insteadOf: former.map { ($0, $0.routes) })
        self.scope = scope
        self.limits = WebSocketLimits(scope)
        self.listeners = listeners
        self.origins = OriginPolicy(
            scope.settings.strings(WebSocketLimits.origins, in: "ws"), isCell: scope.dialect == .cell)
        self.subprotocols = scope.settings.strings(WebSocketLimits.subprotocols, in: "ws")
        self.notices = Mutex(LogLimiter(linesPerSecond: 1, burst: 10, now: .uptimeNanoseconds(0)))
    }

    /// How many connections there are, with those whose end the plugin has not heard of yet.
    package var connectionCount: Int { self.state.withLock { $0.connections.count } }

    // MARK: Routes

    func register(_ pattern: String) throws(CapabilityError) {
        let isAmbiguous = try self.check(pattern)
        guard let isAmbiguous else { return }
        guard !isAmbiguous else {
            throw CapabilityError(.operationFailed, "\(pattern) overlaps a pattern that this plugin has registered")
        }
        guard let table = self.listeners.routes(of: ObjectIdentifier(self.scope)) else {
            throw CapabilityError(.notGranted, "the host has no HTTP listener; start it with --listen")
        }
        do throws(RouteError) {
            try self.routes.register(.webSocket, pattern: pattern, in: table, owner: self)
        } catch {
            throw CapabilityError(.operationFailed, "WebSocket route \(pattern): \(error)")
        }
        self.state.withLock { _ = $0.patterns.insert(pattern) }
    }

    /// Whether the pattern collides with one of the plugin's own; nil when it is registered already.
    ///
    /// The reference's later dialect refuses any overlap, its first one has no patterns at all: there the more specific
    /// route wins, as with HTTP.
    private func check(_ pattern: String) throws(CapabilityError) -> Bool? {
        let patterns = self.state.withLock { $0.patterns }
        if patterns.contains(pattern) { return nil }
        guard patterns.count < Self.maximumPatterns else {
            throw CapabilityError(.operationFailed, "\(Self.maximumPatterns) patterns are registered already")
        }
        return self.scope.dialect == .cell && patterns.contains { RouteTable.isAmbiguous($0, pattern) }
    }

    // MARK: RouteOwner

    package func admit(_ exchange: HTTPExchange) -> Refusal? {
        switch self.scope.events.availability {
        // What comes while the queue is full waits in its connection.
        case .ready, .full: break
        // Found by a loop that had not heard of the replacement yet.
        case _ where self.successor != nil: return self.successor?.admit(exchange)
        case .stopped, .stopping:
            return .text(503, "\(self.scope.dialect == .cell ? "cell" : "plugin") shut down")
        case let other: return .problem(503, detail: other.reason, retryAfter: other == .failed ? 30 : 1)
        }
        guard self.origins.allows(exchange.headers["Origin"], host: exchange.host) else {
            return .problem(
                403, detail: "pages of this origin may not connect; the plugin's manifest lists those that may")
        }
        guard self.connectionCount < self.limits.connections else {
            self.warn(
                "too many WebSocket connections, one more was refused", key: WebSocketLimits.maxConnections,
                at: exchange.eventLoop.now)
            return .problem(503, detail: "the plugin has as many connections as it may", retryAfter: 5)
        }
        do throws(HandshakeRefusal) {
            _ = try WebSocketHandshake(exchange)
            return nil
        } catch {
            return error.refusal
        }
    }

    package func serve(_ exchange: HTTPExchange) {
        if let successor = self.successor { return successor.serve(exchange) }
        do {
            let handshake = try WebSocketHandshake(exchange, subprotocols: self.subprotocols)
            let open = WebSocketOpenRecord(exchange, subprotocol: handshake.subprotocol)
            let connection = WebSocketConnection(
                exchange, session: self, loop: self.commons.loop(exchange.eventLoop), open: open)
            guard self.keep(connection) else {
                if let successor = self.successor { return successor.serve(exchange) }
                return exchange.fail(.problem(503, detail: "the plugin takes no further connections", retryAfter: 5))
            }
            let response = handshake.response
            do throws(ResponseFault) {
                try exchange.takeOver { channel, leftover in
                    try connection.start(on: channel, response: response, open: open, leftover: leftover)
                }
            } catch {
                self.forget(connection)
                throw error
            }
        } catch let refusal as HandshakeRefusal {
            exchange.fail(refusal.refusal)
        } catch {
            exchange.fail(.problem(400, detail: "\(error)"))
        }
    }

    // MARK: Connections

    /// False when the plugin has gone, or has as many as it may.
    func keep(_ connection: WebSocketConnection) -> Bool {
        self.state.withLock { state in
            guard !state.isClosed, state.successor == nil, state.connections.count < self.limits.connections else {
                return false
            }
            state.connections[connection.id] = connection
            return true
        }
    }

    func forget(_ connection: WebSocketConnection) {
        self.state.withLock { _ = $0.connections.removeValue(forKey: connection.id) }
    }

    /// The plugin's connections of these ids, nil for those that it does not have.
    func find(_ ids: [UInt64]) -> [WebSocketConnection?] {
        self.state.withLock { state in ids.map { state.connections[$0] } }
    }

    func find(_ id: UInt64) -> WebSocketConnection? { self.state.withLock { $0.connections[id] } }

    /// The message as a frame; the same one again when it is what was sent last.
    func frame(opcode: UInt8, _ payload: RawSpan) -> ByteBuffer {
        let last = self.state.withLock { $0.lastFrame }
        if let last, last.opcode == opcode, ServerFrame.holds(payload, last.frame) { return last.frame }
        let frame = ServerFrame.message(opcode: opcode, payload)
        // A large one is not kept for the chance.
        let kept = frame.readableBytes <= 65_536 ? (opcode, frame) : nil
        self.state.withLock { $0.lastFrame = kept }
        return frame
    }

    // MARK: Replacing

    /// Of the newest version that has taken this one's place.
    var successor: WebSocketSession? {
        guard let next = self.state.withLock({ $0.successor }) else { return nil }
        return next.successor ?? next
    }

    /// The staged routes are there, those of the version before are gone.
    func commit() { self.routes.commit(self) }

    /// Another version has taken the place of this one: connections go over to it, each as soon as what is under way is
    /// answered; those that it does not serve are closed with 1012.
    func retire(_ successor: WebSocketSession?) {
        if successor == nil { self.routes.withdraw(self) }
        let connections = self.state.withLock { state in
            state.successor = successor
            return Array(state.connections.values)
        }
        for connection in connections { connection.onLoop { $0.goOver(from: self, to: successor) } }
    }

    /// Takes a connection in, however many there are: it is there already. False when yet another version has taken the
    /// place of this one, or the plugin has ended.
    func adopt(_ connection: WebSocketConnection) -> Bool {
        self.state.withLock { state in
            guard !state.isClosed, state.successor == nil else { return false }
            state.connections[connection.id] = connection
            return true
        }
    }

    // MARK: Ending

    func instanceEnded(_ instance: InstanceID) {
        // Connections of such a plugin belong to no instance, and one ends with each event.
        guard !self.scope.isPerEvent else { return }
        let orphans = self.state.withLock { $0.connections.values.filter { $0.instance == instance } }
        for connection in orphans {
            // Unless it has gone over to another version meanwhile.
            connection.onLoop { if $0.session === self { $0.instanceEnded() } }
        }
    }

    func close() {
        let connections = self.state.withLock { state in
            state.isClosed = true
            state.lastFrame = nil
            return Array(state.connections.values)
        }
        self.routes.close(self)
        for connection in connections {
            connection.onLoop { if $0.session === self { $0.pluginEnded() } }
        }
    }

    /// Says that a limit was hit, and which key of the manifest would raise it; not more than once a second.
    func warn(_ message: String, key: SettingKey, at now: NIODeadline) {
        switch self.notices.withLock({ $0.admit(at: now) }) {
        case .drop: return
        case .pass, .passAfter: break
        }
        self.scope.logger.warning(
            "\(message)",
            metadata: ["raise": "\(key.name) in [\(CapabilitySettings.limits(of: WebSocketCapability.id))]"])
    }
}
