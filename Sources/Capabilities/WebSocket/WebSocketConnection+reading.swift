import NIOCore
import PulpListener
import PulpWire
import Synchronization

extension WebSocketConnection {
    /// Pieces that are taken from the input in one go before the loop serves others.
    private static let burst = 64
    /// A connection with fewer unread bytes than this is not counted: so much each of them may have.
    private static let uncountedBytes = 4096
    /// Less than a frame's head: what may stay of a buffer is copied, so that the buffer goes.
    private static let remnantBytes = 14

    func receive(_ bytes: ByteBuffer) {
        self.lastHeard = self.listenerLoop.coarseNow
        self.pingSince = nil
        switch self.phase {
        case .leaving, .ended: return
        case .open, .closing: break
        }
        var bytes = bytes
        if self.input.readableBytes == 0 {
            self.input = bytes
        } else {
            self.input.writeBuffer(&bytes)
        }
        self.process()
    }

    /// Takes as much of the input as the plugin leaves room for.
    ///
    /// A step from inside may call this again: the outer call goes on then.
    func process() {
        guard !self.isProcessing else { return }
        self.isProcessing = true
        var left = Self.burst
        self.endIfHeld()
        while self.takesMore, left > 0, self.takePiece() { left -= 1 }
        self.isProcessing = false
        if left == 0 { self.continueLater() }
        self.tidy()
        if self.inputEnded, self.takesMore || self.phase == .leaving, left > 0 { self.inputDidEnd() }
    }

    /// Whether the input is looked at: not while the plugin has enough to do, unless its answer does not matter any more.
    private var takesMore: Bool {
        switch self.phase {
        case .open: self.heldEnd == nil && self.unfinishedCount < self.session.limits.waitingMessages
        case .closing: self.heldEnd == nil
        case .leaving, .ended: false
        }
    }

    var mayRead: Bool {
        switch self.phase {
        case .open, .closing: self.takesMore && !self.isContinuing
        case .leaving: true
        case .ended: false
        }
    }

    func resumeReading() {
        guard self.isReadWithheld, self.mayRead else { return }
        self.isReadWithheld = false
        self.context?.read()
    }

    /// False when there is no whole piece.
    private func takePiece() -> Bool {
        do throws(WebSocketFault) {
            guard let piece = try self.reader.next(&self.input) else { return false }
            self.take(piece)
            return true
        } catch {
            self.clientEnds(.fault(error))
            return false
        }
    }

    private func take(_ piece: MessageReader.Piece) {
        switch piece {
        case .message(let opcode, let payload):
            // After our close frame the client's messages come too late.
            guard self.phase == .open else { return }
            self.lastMessage = self.listenerLoop.coarseNow
            self.enqueue(WebSocketEvent(.message(opcode: opcode, payload), of: self))
        case .ping(let payload): if self.phase == .open { self.answerPing(payload) }
        case .pong: break
        case .close(let code, let reason): self.clientEnds(.close(code: code, reason: reason))
        }
    }

    private func clientEnds(_ end: ClientEnd) {
        self.heldEnd = end
        if self.closeDeadline == nil { self.closeDeadline = self.eventLoop.now + self.session.limits.closeTimeout }
        self.endIfHeld()
    }

    /// Lets the client's end take effect, when nothing before it waits for the plugin.
    private func endIfHeld() {
        if self.unfinishedCount == 0 || self.phase != .open { _ = self.releaseEnd() }
    }

    /// Lets the client's end take effect; false when there is none.
    func releaseEnd() -> Bool {
        guard let end = self.heldEnd else { return false }
        self.heldEnd = nil
        switch end {
        case .close(let code, let reason): self.clientCloses(code, reason)
        case .fault(let fault): self.fail(fault)
        }
        return true
    }

    /// A client that does not take its pongs gets the last one only: RFC 6455, 5.5.3.
    func answerPing(_ payload: ByteBuffer) {
        guard self.context?.channel.isWritable == true else {
            self.owedPong = payload
            return
        }
        self.write(ServerFrame.pong(payload))
        self.flushIfNeeded()
    }

    private func continueLater() {
        guard !self.isContinuing else { return }
        self.isContinuing = true
        self.eventLoop.execute {
            self.isContinuing = false
            self.process()
            self.resumeReading()
        }
    }

    /// Lets go of buffers that are used up, and counts what is left.
    private func tidy() {
        if self.phase == .leaving || self.phase == .ended {
            self.input = ByteBuffer()
        } else if self.input.readableBytes == 0 {
            self.input = ByteBuffer()
        } else if self.input.readableBytes < Self.remnantBytes {
            self.input = ByteBuffer(bytes: self.input.readableBytesView)
        }
        self.countBytes()
    }

    func countBytes() {
        let isReading = self.phase == .open || self.phase == .closing
        let own = self.waitingBytes + (isReading ? self.input.readableBytes + self.reader.bufferedBytes : 0)
        let counted = own > Self.uncountedBytes ? own : 0
        guard counted != self.countedBytes else { return }
        let grows = counted > self.countedBytes
        let total = self.session.commons.bufferedBytes.add(counted - self.countedBytes, ordering: .relaxed).newValue
        self.countedBytes = counted
        guard grows, isReading, total > self.session.limits.bufferedBytes else { return }
        self.session.warn(
            "too much that clients have sent waits for the plugin; the connection that added to it was closed",
            key: WebSocketLimits.maxBufferedBytes, at: self.listenerLoop.coarseNow)
        self.fail(WebSocketFault(WebSocketCloseCode.tryAgainLater, "the plugin has too much to do"))
    }
}
