import NIOCore

extension HTTP1Connection {
    /// False for the last answer of a connection that takes no further request; those before it say nothing.
    func keepsAlive(after exchange: HTTPExchange) -> Bool {
        guard self.loop.isDraining || self.inputEnded else { return true }
        let isLast = exchange === (self.waiting.last ?? self.current)
        return !isLast || self.input.readableBytes > 0
    }

    func isWritable(_ exchange: HTTPExchange) -> Bool {
        self.isWritable && exchange === self.current
    }

    func send(_ part: ByteBuffer, of exchange: HTTPExchange, ends: Bool) {
        guard self.context != nil, !exchange.isCancelled else { return }
        guard exchange === self.current else {
            exchange.held.append(part)
            return
        }
        self.emit(part)
        if ends { self.advance() }
        self.scheduleFlush()
    }

    /// Appends to what leaves with the next flush. What is already there and small is joined; a large part is not copied.
    private func emit(_ part: ByteBuffer) {
        if self.output.readableBytes == 0 {
            self.output = part
        } else if part.readableBytes <= 16 * 1024 {
            self.output.writeImmutableBuffer(part)
            self.loop.giveBack(part)
        } else {
            self.writeOutput()
            self.output = part
        }
    }

    /// The current answer is complete: the next in line has its turn, with what it has given already.
    private func advance() {
        while let done = self.current, done.isGivenAway {
            done.clearHandlers()
            self.current = nil
            if !done.keepAlive { return self.closeAfterFlush() }
            if case .held = self.phase { self.phase = .head }
            guard let next = self.waiting.popFirst() else { break }
            self.current = next
            let held = next.held
            next.held = []
            for part in held { self.emit(part) }
            if !next.isFinished { self.continueInTurn(next) }
        }
        if self.current == nil, self.incoming == nil { self.since = self.loop.coarseNow }
        self.goOn()
        if self.loop.isDraining, !self.isProcessing { self.drain() }
    }

    private func continueInTurn(_ exchange: HTTPExchange) {
        if self.incoming === exchange, exchange.head.expectsContinue, self.bodyReceived == 0, !self.dropsBody {
            self.sendContinue(exchange)
        }
        exchange.onWritable?()
    }

    /// An answer made room: reads on. Inside `process` the loop there does.
    private func goOn() {
        guard !self.isProcessing else { return }
        if self.input.readableBytes > 0 || self.inputEnded { self.process() }
        self.resumeReading()
    }

    func sendContinue(_ exchange: HTTPExchange) {
        guard exchange === self.current else { return }
        self.emit(ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n"))
        self.scheduleFlush()
    }

    // MARK: Writing

    private func scheduleFlush() {
        if self.isInRead {
            self.needsFlush = true
        } else {
            self.flush()
        }
    }

    /// Hands the output to the channel without flushing it.
    private func writeOutput() {
        guard let context = self.context, self.output.readableBytes > 0 else { return }
        var bytes = ByteBuffer()
        swap(&bytes, &self.output)
        self.handedBytes &+= bytes.readableBytes
        context.write(Self.wrapOutboundOut(bytes), promise: nil)
    }

    func flush() {
        self.needsFlush = false
        guard let context = self.context else { return }
        if self.closesAfterFlush { return self.flushAndClose(context) }
        var bytes = ByteBuffer()
        swap(&bytes, &self.output)
        guard bytes.readableBytes > 0 else { return context.flush() }
        self.mayBeUnsent = true
        self.handedBytes &+= bytes.readableBytes
        context.writeAndFlush(Self.wrapOutboundOut(bytes), promise: nil)
        self.loop.giveBack(bytes)
    }

    // MARK: Closing

    func closeAfterFlush() {
        guard !self.closesAfterFlush else { return }
        self.closesAfterFlush = true
        if self.incoming == nil || !self.dropsBody { self.stopReading() }
        for exchange in self.waiting {
            exchange.held = []
            exchange.cancel()
        }
        self.waiting.removeAll()
        self.scheduleFlush()
    }

    private func flushAndClose(_ context: ChannelHandlerContext) {
        let promise = context.eventLoop.makePromise(of: Void.self)
        var bytes = ByteBuffer()
        swap(&bytes, &self.output)
        self.handedBytes &+= bytes.readableBytes
        context.writeAndFlush(Self.wrapOutboundOut(bytes), promise: promise)
        self.mayBeUnsent = true
        promise.futureResult.assumeIsolated().whenComplete { _ in self.didSendLast() }
    }

    private func didSendLast() {
        guard let context = self.context else { return }
        guard self.lingers, !self.inputEnded else { return context.close(promise: nil) }
        self.lingerSince = self.loop.coarseNow
        context.close(mode: .output, promise: nil)
        self.resumeReading()
    }

    func abort(_ exchange: HTTPExchange) {
        exchange.cancel()
        self.context?.close(promise: nil)
    }

    func takeOver(
        _ exchange: HTTPExchange, _ body: @escaping (any Channel, ByteBuffer) throws -> Void
    ) throws(ResponseFault) {
        guard let context = self.context, exchange === self.current, self.waiting.isEmpty, case .held = self.phase
        else {
            throw ResponseFault(.notUpgradable, "the request did not ask to upgrade, or others wait before it")
        }
        exchange.isAnswered = true
        exchange.isFinished = true
        exchange.clearHandlers()
        self.current = nil
        let leftover = self.input
        self.stopReading()
        let channel = context.channel
        let removal = context.pipeline.syncOperations.removeHandler(self)
        removal.assumeIsolated().whenComplete { _ in
            do {
                try body(channel, leftover)
                channel.read()
                // The end of the input is told once; it may have come before the request was served.
                if self.inputEnded { channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed) }
            } catch {
                channel.close(promise: nil)
            }
        }
    }
}
