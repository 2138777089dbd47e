import NIOCore

extension HTTP1Connection {
    /// Reads as many requests as the input holds and back-pressure allows.
    ///
    /// An owner may answer from inside, which calls this again: the outer call goes on then.
    func process() {
        guard !self.isProcessing else { return }
        self.isProcessing = true
        while self.step() {}
        self.isProcessing = false
        if self.inputEnded { self.endWithoutInput() }
    }

    /// True when there may be more to do.
    private func step() -> Bool {
        switch self.phase {
        case .head: self.readHead()
        case .body(let left): self.readBody(left)
        case .chunks(let decoder): self.readChunks(decoder)
        case .held, .closing: false
        }
    }

    private func readHead() -> Bool {
        guard self.input.readableBytes > 0, self.isWritable, self.depth < self.loop.limits.pipelineDepth else {
            return false
        }
        if !self.parser.hasBegun { self.since = self.loop.coarseNow }
        switch self.parser.parse(self.input.readableBytesUInt8Span) {
        case .needsMore: return false
        case .malformed(let fault):
            LoopCounters.count(self.loop.counters.malformed)
            self.refuseConnection(fault)
            return false
        case .complete(var head, let length):
            guard let bytes = self.input.readSlice(length: length) else { return false }
            if self.input.readableBytes == 0 { self.input = ByteBuffer() }
            head.bytes = bytes
            self.begin(head)
            return true
        }
    }

    private func begin(_ head: HTTPHead) {
        LoopCounters.count(self.loop.counters.requests)
        let target: RequestTarget
        do throws(RequestFault) {
            target = try RequestTarget(head.bytes.readableBytesUInt8Span, head.target, method: head.method)
        } catch {
            return self.refuseConnection(error, head)
        }
        let exchange = self.makeExchange(head, target)
        self.enqueue(exchange)
        switch RequestRouting.decide(exchange, target, loop: self.loop) {
        case .serve(let owner): self.accept(exchange, owner)
        case .refuse(let refusal): self.refuse(exchange, refusal)
        }
    }

    private func enqueue(_ exchange: HTTPExchange) {
        if self.current == nil {
            self.current = exchange
        } else {
            self.waiting.append(exchange)
        }
    }

    /// The request has an owner that took it in: its body is read.
    private func accept(_ exchange: HTTPExchange, _ owner: any RouteOwner) {
        exchange.owner = owner
        guard exchange.head.hasBody else { return self.deliver(exchange) }
        self.incoming = exchange
        self.dropsBody = false
        self.bodyLimit = owner.maxBodyBytes
        self.startBody(exchange.head)
        if exchange.head.expectsContinue, exchange.head.minorVersion == 1, self.input.readableBytes == 0 {
            self.sendContinue(exchange)
        }
    }

    private func startBody(_ head: HTTPHead) {
        self.bodyReceived = 0
        self.since = self.loop.coarseNow
        if let length = head.contentLength {
            self.phase = .body(length)
        } else {
            self.phase = .chunks(ChunkedDecoder(overheadLimit: self.loop.limits.headerBytes))
        }
    }

    /// Answers without the owner. The body of a refused request is read and dropped when it is short.
    private func refuse(_ exchange: HTTPExchange, _ refusal: Refusal) {
        let head = exchange.head
        let isShort = (head.contentLength ?? 0) <= 64 * 1024 && !head.expectsContinue
        if head.hasBody {
            guard isShort else { return self.refuseAndClose(exchange, refusal) }
            self.incoming = exchange
            self.dropsBody = true
            self.bodyLimit = 64 * 1024
            self.startBody(head)
        }
        exchange.fail(refusal)
    }

    func refuseAndClose(_ exchange: HTTPExchange, _ refusal: Refusal) {
        self.stopReading()
        self.lingers = true
        exchange.keepAlive = false
        exchange.fail(refusal)
    }

    /// For requests that cannot be trusted to end where they say: answers after those before it, then closes.
    private func refuseConnection(_ fault: RequestFault, _ head: HTTPHead = HTTPHead()) {
        let exchange = self.makeExchange(head, nil)
        self.enqueue(exchange)
        self.refuseAndClose(exchange, Refusal(fault))
    }

    func stopReading() {
        self.phase = .closing
        self.incoming = nil
        self.input = ByteBuffer()
    }

    // MARK: Bodies

    private func readBody(_ left: Int) -> Bool {
        guard let exchange = self.incoming, self.input.readableBytes > 0 else { return false }
        let count = min(left, self.input.readableBytes)
        self.take(count, for: exchange, announced: left)
        if left > count {
            self.phase = .body(left - count)
            return false
        }
        self.bodyDidEnd(exchange)
        return true
    }

    private func readChunks(_ decoder: ChunkedDecoder) -> Bool {
        guard let exchange = self.incoming else { return false }
        var decoder = decoder
        do throws(RequestFault) {
            switch try decoder.next(&self.input) {
            case .needsMore:
                return self.expectChunks(decoder, of: exchange, 0)
            case .data(let count):
                guard self.expectChunks(decoder, of: exchange, count) else { return false }
                self.take(count, for: exchange, announced: count)
                return true
            case .end:
                self.bodyDidEnd(exchange)
                return true
            }
        } catch {
            self.bodyIsBroken(exchange, Refusal(error))
            return false
        }
    }

    /// False when there is nothing to take: the chunk is over the limit, or none of it is there.
    private func expectChunks(_ decoder: ChunkedDecoder, of exchange: HTTPExchange, _ count: Int) -> Bool {
        self.phase = .chunks(decoder)
        guard self.bodyReceived + count + decoder.announced <= self.bodyLimit else {
            self.bodyIsBroken(exchange, .bodyTooLarge)
            return false
        }
        return count > 0
    }

    private func take(_ count: Int, for exchange: HTTPExchange, announced: Int) {
        self.bodyReceived += count
        if self.dropsBody {
            self.input.moveReaderIndex(forwardBy: count)
        } else if exchange.body.readableBytes == 0, var part = self.input.readSlice(length: count) {
            // The usual body came whole and is not copied; a longer one starts a buffer of its own.
            if count < announced {
                var body = self.loop.newBuffer(capacity: min(announced, 64 * 1024))
                body.writeBuffer(&part)
                exchange.body = body
            } else {
                exchange.body = part
            }
        } else if var part = self.input.readSlice(length: count) {
            exchange.body.writeBuffer(&part)
        }
        if self.input.readableBytes == 0 { self.input = ByteBuffer() }
    }

    private func bodyDidEnd(_ exchange: HTTPExchange) {
        self.incoming = nil
        self.phase = .head
        self.since = self.loop.coarseNow
        if !self.dropsBody { return self.deliver(exchange) }
        if self.closesAfterFlush || (exchange.isFinished && !exchange.keepAlive) { self.stopReading() }
    }

    /// The request will never be whole: whoever waits for it has not seen it yet.
    func bodyIsBroken(_ exchange: HTTPExchange, _ refusal: Refusal) {
        if exchange.isAnswered {
            self.stopReading()
            self.lingers = true
            exchange.keepAlive = false
            if self.depth == 0 { self.closeAfterFlush() }
        } else {
            self.refuseAndClose(exchange, refusal)
        }
    }

    private func deliver(_ exchange: HTTPExchange) {
        if exchange.wantsUpgrade {
            self.phase = .held
        } else if !exchange.keepAlive {
            // Whatever follows a last request is no request.
            self.stopReading()
        }
        exchange.owner?.serve(exchange)
    }

    // MARK: End of input

    func inputDidEnd() {
        self.inputEnded = true
        if let exchange = self.incoming {
            self.bodyIsBroken(exchange, .problem(400, detail: "the body ended before it was complete"))
        }
        self.tellExchanges(.inputEnded)
        self.endWithoutInput()
    }

    /// After the client's last byte: closes when every request read is answered.
    private func endWithoutInput() {
        guard self.depth == 0, !self.isProcessing else { return }
        if self.lingers || !self.closesAfterFlush { self.closeAfterFlush() }
    }
}
