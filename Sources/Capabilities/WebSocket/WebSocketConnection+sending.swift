import NIOCore
import PulpListener
import PulpWire

/// Bytes on their way to the client.
extension WebSocketConnection {
    /// Does what a guest has asked for, in its turn. ``flushIfNeeded()`` follows.
    func send(_ item: WebSocketSends.Item) {
        switch item {
        case .frame(let frame):
            // The place that the guest has reserved goes with the frame.
            guard self.phase == .open, self.context != nil else { return self.release(frame.readableBytes) }
            self.lastMessage = self.listenerLoop.coarseNow
            self.hand(frame)
        case .close(let code, let reason): self.beginClose(code, reason)
        case .overflow:
            self.session.warn(
                "a client reads too slowly for what the plugin sends; its connection was closed",
                key: WebSocketLimits.maxQueuedBytes, at: self.listenerLoop.coarseNow)
            self.beginClose(WebSocketCloseCode.tryAgainLater, "the client reads too slowly")
        }
    }

    /// Writes what the host itself has to say, whatever waits already.
    func write(_ frame: ByteBuffer) {
        guard self.context != nil else { return }
        self.reserveAnyway(frame.readableBytes)
        self.hand(frame)
    }

    private func hand(_ frame: ByteBuffer) {
        guard let context = self.context else { return }
        self.handedBytes += frame.readableBytes
        self.needsFlush = true
        context.write(Self.wrapOutboundOut(frame), promise: nil)
    }

    /// Lets what is written leave, unless the end of the read that is going on does that for all of its answers.
    func flushIfNeeded() {
        guard self.needsFlush, !self.isInRead, let context = self.context else { return }
        self.needsFlush = false
        context.flush()
        self.recount()
    }

    /// Looks at what the channel has not sent, and gives back the place of the rest.
    func recount() {
        guard self.handedBytes > 0, let channel = self.context?.channel else { return }
        let unsent = (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        let sent = self.handedBytes - min(unsent, self.handedBytes)
        self.handedBytes -= sent
        self.sentBytes &+= UInt64(sent)
        self.release(sent)
    }
}
