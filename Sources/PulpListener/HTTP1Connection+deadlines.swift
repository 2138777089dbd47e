import NIOCore

extension HTTP1Connection {
    func sweep(_ now: NIODeadline) {
        let limits = self.loop.limits
        self.current?.expireIfDue(now)
        for exchange in self.waiting { exchange.expireIfDue(now) }
        if let lingerSince, self.isPast(limits.linger, since: lingerSince, now) { return self.closeNow() }
        if self.isStalled(now) {
            LoopCounters.count(self.loop.counters.timedOut)
            return self.closeNow()
        }
        switch self.phase {
        case .head where self.parser.hasBegun:
            if self.isPast(limits.headerDeadline, since: self.since, now) {
                self.timeOut("the request head took longer than the listener waits for it")
            }
        case .head where self.depth == 0:
            if self.isPast(limits.idleTimeout, since: self.since, now) { self.context?.close(promise: nil) }
        case .body, .chunks:
            let earned = Int64(self.bodyReceived) * 1_000_000_000 / Int64(max(limits.bodyBytesPerSecond, 1))
            if self.isPast(limits.bodyGrace + .nanoseconds(earned), since: self.since, now) {
                self.timeOut("the request body comes too slowly")
            }
        case .head, .held, .closing: break
        }
    }

    func drain() {
        self.tellExchanges(.draining)
        guard self.depth == 0, !self.parser.hasBegun, self.input.readableBytes == 0 else { return }
        if case .head = self.phase { self.closeAfterFlush() }
    }

    func tellExchanges(_ ending: ConnectionEnding) {
        // Who ends an answer lets the next one follow.
        let exchanges = [self.current].compactMap { $0 } + Array(self.waiting)
        for exchange in exchanges { exchange.connectionEnds(ending) }
    }

    func closeNow() {
        self.context?.close(promise: nil)
    }

    /// `since` may be one interval old already, so the interval is added: a deadline may be late, never early.
    private func isPast(_ limit: TimeAmount, since: NIODeadline, _ now: NIODeadline) -> Bool {
        now - since > limit + self.loop.limits.sweepInterval
    }

    private func timeOut(_ detail: String) {
        LoopCounters.count(self.loop.counters.timedOut)
        let refusal = Refusal.problem(408, detail: detail)
        if let exchange = self.incoming {
            self.bodyIsBroken(exchange, refusal)
        } else {
            let exchange = self.makeExchange(HTTPHead(), nil)
            if self.current == nil { self.current = exchange } else { self.waiting.append(exchange) }
            self.refuseAndClose(exchange, refusal)
        }
    }

    /// Whether bytes wait to be sent and none has left for too long.
    private func isStalled(_ now: NIODeadline) -> Bool {
        guard self.mayBeUnsent, let channel = self.context?.channel else { return false }
        let unsent = (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        guard unsent > 0 else {
            self.mayBeUnsent = false
            self.stall = nil
            return false
        }
        // What is added meanwhile does not count: a stream may go on being written. Under TLS more bytes wait than were
        // handed over, which makes this a little less than has left, never more.
        let sent = self.handedBytes &- unsent
        guard let stall = self.stall, sent <= stall.sent else {
            self.stall = (sent, now)
            return false
        }
        return self.isPast(self.loop.limits.writeStall, since: stall.since, now)
    }
}
