import NIOCore
import PulpListener

/// What the listener's sweep does for each connection, about once a second.
extension WebSocketConnection {
    package func sweep(_ now: NIODeadline) {
        self.recount()
        if let deadline = self.closeDeadline {
            guard now >= deadline else { return }
            // The plugin took too long with what came before: the client has its answer, and time to see it.
            self.closeDeadline = now + self.session.limits.closeTimeout
            if !self.releaseEnd() { self.closeNow() }
            return
        }
        guard self.phase == .open else { return }
        if self.isStalled(now) {
            self.endReason = "the client took nothing of what was sent to it for too long"
            return self.closeNow()
        }
        let limits = self.session.limits
        if limits.idleTimeout > .zero, self.isPast(limits.idleTimeout, since: self.lastMessage, now) {
            return self.beginClose(WebSocketCloseCode.goingAway, "nothing was said for too long")
        }
        self.keepAlive(now)
    }

    package func drain() {
        self.beginClose(WebSocketCloseCode.goingAway, "the host is stopping")
    }

    package func closeNow() {
        self.context?.close(promise: nil)
    }

    /// Any byte shows that the client is there; whoever is held back by the plugin cannot show it.
    private func keepAlive(_ now: NIODeadline) {
        let limits = self.session.limits
        guard limits.pingInterval > .zero, !self.isReadWithheld else {
            self.pingSince = nil
            self.lastHeard = now
            return
        }
        if let pingSince = self.pingSince {
            guard self.isPast(limits.pongTimeout, since: pingSince, now) else { return }
            self.endReason = "the client did not answer a ping"
            return self.closeNow()
        }
        guard self.isPast(limits.pingInterval, since: self.lastHeard, now) else { return }
        self.pingSince = now
        self.write(ServerFrame.ping)
        self.flushIfNeeded()
    }

    /// Whether bytes wait to be sent and none has left for too long.
    private func isStalled(_ now: NIODeadline) -> Bool {
        guard self.handedBytes > 0 else {
            self.stall = nil
            return false
        }
        guard let stall = self.stall, stall.sentBytes == self.sentBytes else {
            self.stall = (self.sentBytes, now)
            return false
        }
        return self.isPast(self.listenerLoop.limits.writeStall, since: stall.since, now)
    }

    /// `since` may be one interval old already, so the interval is added: a deadline may be late, never early.
    private func isPast(_ limit: TimeAmount, since: NIODeadline, _ now: NIODeadline) -> Bool {
        now - since > limit + self.listenerLoop.limits.sweepInterval
    }
}
