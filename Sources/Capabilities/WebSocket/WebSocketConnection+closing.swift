import NIOCore
import PulpListener
import PulpWire

/// The closing handshake of RFC 6455, 7, and every other way to end.
extension WebSocketConnection {
    /// Our part of the handshake: the client has ``WebSocketLimits/closeTimeout`` for its own.
    func beginClose(_ code: UInt16, _ reason: String) {
        guard self.phase == .open else { return }
        self.leaveOpen(.closing)
        self.endReason = "the client did not answer the close frame \(code)"
        self.write(ServerFrame.close(code: code, reason: reason))
        self.flushIfNeeded()
        // What the client still says is read, for the sake of its close frame.
        self.process()
        self.resumeReading()
    }

    /// The client's part, first or second.
    func clientCloses(_ code: UInt16?, _ reason: String) {
        guard self.phase == .open || self.phase == .closing else { return }
        let isFirst = self.phase == .open
        self.leaveOpen(.leaving)
        if isFirst { self.write(ServerFrame.close(code: code)) }
        self.enqueueClose(code: code ?? WebSocketCloseCode.none, reason: reason)
        self.whenFlushed { $0.close(promise: nil) }
    }

    /// What the client does is no WebSocket, or too much: it is told, and the socket closed when it has seen it.
    func fail(_ fault: WebSocketFault) {
        guard self.phase == .open || self.phase == .closing else { return }
        let isFirst = self.phase == .open
        self.leaveOpen(.leaving)
        if isFirst { self.write(ServerFrame.close(code: fault.code, reason: fault.reason)) }
        self.enqueueClose(
            code: WebSocketCloseRecord.abnormal, reason: "closed by the host with \(fault.code): \(fault.reason)")
        // In two steps: bytes that nobody reads would have the system reset the connection before the client sees why.
        self.whenFlushed { $0.close(mode: .output, promise: nil) }
        self.resumeReading()
    }

    /// The client has sent its last byte, and everything before it is taken.
    func inputDidEnd() {
        if self.phase == .open || self.phase == .closing {
            let reason = self.phase == .closing ? self.endReason : nil
            self.leaveOpen(.leaving)
            self.enqueueClose(
                code: WebSocketCloseRecord.abnormal,
                reason: reason ?? "the client ended the connection without a close frame")
        }
        self.context?.close(promise: nil)
    }

    /// The socket is closed.
    func end() {
        guard self.phase != .ended else { return }
        self.leaveOpen(.ended)
        self.listenerLoop.remove(self)
        self.enqueueClose(
            code: WebSocketCloseRecord.abnormal, reason: self.endReason ?? "the connection broke")
        self.context = nil
        self.input = ByteBuffer()
        self.owedPong = nil
        self.countBytes()
        self.release(self.handedBytes)
        self.handedBytes = 0
        self.forgetIfDone()
    }

    private func leaveOpen(_ phase: Phase) {
        _ = self.stopsSending()
        self.phase = phase
        guard self.closeDeadline == nil else { return }
        self.closeDeadline = self.eventLoop.now + self.session.limits.closeTimeout
    }

    private func whenFlushed(_ body: @escaping (ChannelHandlerContext) -> Void) {
        guard let context = self.context else { return }
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { _ in
            if let context = self.context { body(context) }
        }
        self.needsFlush = false
        context.writeAndFlush(Self.wrapOutboundOut(ByteBuffer()), promise: promise)
    }
}
