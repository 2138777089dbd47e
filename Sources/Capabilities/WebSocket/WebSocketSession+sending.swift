import NIOCore
import PulpCapability
import PulpWire

/// What guests ask for. On the fiber of whoever asks: nothing is written to a socket here.
extension WebSocketSession {
    func send(_ bytes: RawSpan, _ caller: any GuestCaller) throws {
        let view = try WebSocketFrameView(reading: bytes)
        guard let connection = self.find(view.connID), connection.isOpen else { throw Self.noConnection(view.connID) }
        try self.check(opcode: view.opcode, view.payload)
        let frame = self.frame(opcode: view.opcode, view.payload)
        guard self.send(frame, to: connection, caller) else {
            throw CapabilityError(
                .operationFailed, "the client of connection \(view.connID) reads too slowly: it is closed with 1013")
        }
    }

    func sendMany(_ request: WebSocketSendManyRequest, _ caller: any GuestCaller) throws -> WebSocketSendManyResponse {
        try self.check(opcode: request.opcode, request.payload.wireBytes)
        let frame = ServerFrame.message(opcode: request.opcode, request.payload.wireBytes)
        var failed: [UInt64] = []
        for (id, connection) in zip(request.connIDs, self.find(request.connIDs)) {
            guard let connection, connection.isOpen, self.send(frame, to: connection, caller) else {
                failed.append(id)
                continue
            }
        }
        return WebSocketSendManyResponse(failed: failed)
    }

    func close(_ request: WebSocketCloseRecord, _ caller: any GuestCaller) throws(CapabilityError) {
        let code = request.code == 0 ? WebSocketCloseCode.normal : request.code
        guard WebSocketCloseCode.isSendable(code) else {
            throw CapabilityError(.operationFailed, "close code \(code) may not be sent: RFC 6455, 7.4")
        }
        guard request.reason.utf8.count <= WebSocketCloseCode.longestReason else {
            throw CapabilityError(
                .operationFailed, "a close reason has at most \(WebSocketCloseCode.longestReason) bytes")
        }
        guard let connection = self.find(request.connID), connection.stopsSending() else {
            throw Self.noConnection(request.connID)
        }
        self.put(.close(code: code, reason: request.reason), to: connection, caller)
    }

    /// False when the client is too far behind; its connection is closed then.
    private func send(_ frame: ByteBuffer, to connection: WebSocketConnection, _ caller: any GuestCaller) -> Bool {
        guard connection.reserve(frame.readableBytes, self.limits) else {
            if connection.stopsSending() { self.put(.overflow, to: connection, caller) }
            return false
        }
        self.put(.frame(frame), to: connection, caller)
        return true
    }

    /// On the loop of the step that is sending, the step's end sends; elsewhere, the loop's next turn.
    private func put(_ item: WebSocketSends.Item, to connection: WebSocketConnection, _ caller: any GuestCaller) {
        let sends = connection.loop.sends
        if let event = caller.event as? WebSocketEvent, sends.eventLoop === caller.eventLoop {
            sends.add(item, to: connection, schedules: false)
            event.sendsWhenPaused(sends)
        } else {
            sends.add(item, to: connection, schedules: true)
        }
    }

    private func check(opcode: UInt8, _ payload: RawSpan) throws(CapabilityError) {
        guard opcode == FrameHeader.text || opcode == FrameHeader.binary else {
            throw CapabilityError(.operationFailed, "opcode \(opcode) is neither 1, text, nor 2, binary")
        }
        guard payload.byteCount <= self.limits.queuedBytes - ServerFrame.longestHeader else {
            throw CapabilityError(
                .operationFailed,
                "a message of \(payload.byteCount) bytes is longer than max_queued_bytes in "
                    + "[\(CapabilitySettings.limits(of: WebSocketCapability.id))]")
        }
        guard opcode == FrameHeader.text else { return }
        var text = UTF8Check()
        guard text.accepts(payload), text.isComplete else {
            throw CapabilityError(.operationFailed, "a text message that is not UTF-8: send it as binary, opcode 2")
        }
    }

    private static func noConnection(_ id: UInt64) -> CapabilityError {
        CapabilityError(.operationFailed, "this plugin has no open connection \(id)")
    }
}
