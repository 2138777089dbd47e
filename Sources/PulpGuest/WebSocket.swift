import PulpWire

/// What a plugin does with the WebSockets of its pattern; what is left out does nothing.
public struct WebSocketHandlers {
    /// A client has connected; keep `connID` to send to it.
    public var opened: (WebSocketOpenRecord) -> Void = { _ in }
    /// A whole message has come: `opcode` 1 is text, 2 binary.
    public var received: (WebSocketFrameRecord) -> Void = { _ in }
    /// The connection has ended, whoever ended it. Comes once for each that was opened.
    public var closed: (WebSocketCloseRecord) -> Void = { _ in }

    public init(
        opened: @escaping (WebSocketOpenRecord) -> Void = { _ in },
        received: @escaping (WebSocketFrameRecord) -> Void = { _ in },
        closed: @escaping (WebSocketCloseRecord) -> Void = { _ in }
    ) {
        self.opened = opened
        self.received = received
        self.closed = closed
    }
}

// WebSockets: `transport.ws.inbound` among the manifest's capabilities.
extension Host {
    /// Takes WebSockets at the paths that match `pattern`.
    ///
    /// A plugin has one set of handlers; a pattern that the host refuses makes its start fail, and the log say why.
    public func webSocket(_ pattern: String, _ handlers: WebSocketHandlers) {
        self.webSockets = handlers
        let status = unsafe Status(rawValue: pattern.lend { unsafe ws_register($0, $1) })
        if status != .ok {
            self.fail("the host refused the WebSockets at \(pattern)", PluginError(status: status))
        }
    }

    /// Sends one text message.
    ///
    /// - Returns: 4 when the connection is gone, or its client takes too little of what was sent and is disconnected.
    @discardableResult
    public func send(_ text: String, to connection: UInt64) -> Status {
        unsafe WebSocketFrameRecord(connID: connection, opcode: 1, payload: [UInt8](text.utf8)).send(to: ws_send)
    }

    /// Sends one binary message.
    @discardableResult
    public func send(_ bytes: [UInt8], to connection: UInt64) -> Status {
        unsafe WebSocketFrameRecord(connID: connection, opcode: 2, payload: bytes).send(to: ws_send)
    }

    /// Closes a connection, with a code of RFC 6455 and a reason of at most 123 bytes.
    @discardableResult
    public func closeWebSocket(_ connection: UInt64, code: UInt16 = 1000, reason: String = "") -> Status {
        unsafe WebSocketCloseRecord(connID: connection, code: code, reason: reason).send(to: ws_close)
    }
}
