import PulpWire

// WebSockets: `transport.ws.inbound` among the manifest's capabilities.
extension Application {
    /// Takes WebSockets at the paths that match `pattern`.
    ///
    /// - Parameters:
    ///   - pattern: Such as `/rooms/:room`.
    ///   - opened: A client has connected; keep the connection to send to it. The request is the one that opened it:
    ///     its parameters, query, headers, address and subprotocol.
    ///   - received: A whole message has come. With `instances = "per-event"` and several patterns it is not known whose
    ///     it is, and an error in the log.
    ///   - closed: The connection has ended, whoever ended it. Comes once for each that was opened.
    public mutating func webSocket(
        _ pattern: String,
        opened: ((inout State, WebSocket, borrowing Request) throws(PluginError) -> Void)? = nil,
        received: ((inout State, WebSocket, WebSocket.Message) throws(PluginError) -> Void)? = nil,
        closed: ((inout State, WebSocket, WebSocket.End) throws(PluginError) -> Void)? = nil
    ) {
        var handlers = WebSocketRouter.Handlers()
        if let opened {
            handlers.opened = { (state, socket, request) throws(PluginError) in
                try opened(&state[State.self], socket, request)
            }
        }
        if let received {
            handlers.received = { (state, socket, message) throws(PluginError) in
                try received(&state[State.self], socket, message)
            }
        }
        if let closed {
            handlers.closed = { (state, socket, end) throws(PluginError) in
                try closed(&state[State.self], socket, end)
            }
        }
        self.dispatcher.webSocket(pattern, handlers)
    }
}

/// The plugin's WebSockets.
final class WebSocketRouter {

    struct Handlers {
        var opened: ((StateReference, WebSocket, borrowing Request) throws(PluginError) -> Void)?
        var received: ((StateReference, WebSocket, WebSocket.Message) throws(PluginError) -> Void)?
        var closed: ((StateReference, WebSocket, WebSocket.End) throws(PluginError) -> Void)?
    }

    private var patterns: [(pattern: Pattern, handlers: Handlers)] = []
    private var connections = Connections()

    func add(_ pattern: Pattern, _ handlers: Handlers) {
        self.patterns.append((pattern, handlers))
    }

    /// The pattern of a connection that another instance has seen open, as with `instances = "per-event"`, where no other
    /// is possible.
    private var onlyPattern: Int? { self.patterns.count == 1 ? 0 : nil }

    func open(_ state: StateReference, _ payload: RawSpan) throws(PluginError) {
        let request = try Request(decoding: payload)
        for index in self.patterns.indices where self.patterns[index].pattern.matches(request) {
            self.connections.insert(request.id, pattern: index)
            return try self.patterns[index].handlers.opened?(state, WebSocket(id: request.id), request) ?? ()
        }
    }

    func receive(_ state: StateReference, _ payload: RawSpan) throws(PluginError) {
        let frame = try Frame(payload)
        guard let index = self.connections.pattern(of: frame.id) ?? self.onlyPattern else {
            throw PluginError(
                status: .notFound,
                message: "a message of a connection that another instance has seen open: its pattern is not known here")
        }
        guard let received = self.patterns[index].handlers.received else { return }
        let message: WebSocket.Message =
            frame.number == 1 ? .text(String(repairing: frame.bytes)) : .binary([UInt8](copying: frame.bytes))
        try received(state, WebSocket(id: frame.id), message)
    }

    func close(_ state: StateReference, _ payload: RawSpan) throws(PluginError) {
        let frame = try Frame(payload)
        guard let index = self.connections.remove(frame.id) ?? self.onlyPattern,
            let closed = self.patterns[index].handlers.closed
        else { return }
        let end = WebSocket.End(code: frame.number, reason: String(repairing: frame.bytes))
        try closed(state, WebSocket(id: frame.id), end)
    }
}

/// A `ws.frame` or a `ws.close`: an opcode or a code, a payload or a reason.
private struct Frame: ~Escapable {
    var id: UInt64 = 0
    var number: UInt16 = 0
    var bytes: RawSpan

    @_lifetime(copy payload)
    init(_ payload: RawSpan) throws(PluginError) {
        self.bytes = payload.extracting(first: 0)
        do throws(WireError) {
            var reader = MessagePackReader(payload)
            for _ in 0..<(try reader.readMapHeader()) {
                switch try reader.readKey() {
                case WireKey.connID: self.id = try reader.readUInt64()
                case WireKey.opcode, WireKey.code: self.number = try reader.readUInt16()
                case WireKey.payload, WireKey.reason: self.bytes = try reader.readStringSpan()
                default: try reader.skipValue()
                }
            }
        } catch {
            throw PluginError(status: .decodeFailed, message: "the event is not what the host sends")
        }
    }
}

extension Dispatcher {
    func webSocket(_ pattern: String, _ handlers: WebSocketRouter.Handlers) {
        let bytes = [UInt8](copying: pattern)
        let status = unsafe Status(rawValue: bytes.lend(to: ws_register))
        if status == .notGranted {
            self.refuse(status, "WebSockets need transport.ws.inbound among the manifest's capabilities")
        }
        self.refuse(status, "the host refused the WebSockets at \(pattern)")
        if self.sockets == nil {
            let router = WebSocketRouter()
            self.sockets = router
            self.on(.webSocketOpen) { (state, payload) throws(PluginError) in
                try router.open(state, payload)
            }
            self.on(.webSocketFrame) { (state, payload) throws(PluginError) in
                try router.receive(state, payload)
            }
            self.on(.webSocketClose) { (state, payload) throws(PluginError) in
                try router.close(state, payload)
            }
        }
        self.sockets?.add(Pattern(bytes), handlers)
    }
}
