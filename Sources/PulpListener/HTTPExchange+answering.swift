import Logging
import NIOCore
import NIOHTTP1

extension HTTPExchange {
    /// Answers with a whole response. On any thread; a second answer is ignored.
    ///
    /// Fields that belong to the connection are dropped. A header that cannot be sent, or a status outside 200...999,
    /// makes the answer a 500 that says so: the client never gets a part of it.
    package func respond(status: Int, headers: HTTPHeaders = [:], body: ByteBuffer = ByteBuffer()) {
        self.onLoop { $0.answer(status: status, headers: headers, body: body) }
    }

    /// Answers with a refusal. On any thread; a second answer is ignored.
    package func fail(_ refusal: Refusal) {
        self.onLoop { exchange in
            let headers = HTTPHeaders(refusal.headers.map { ($0.name, $0.value) })
            exchange.answer(status: refusal.status, headers: headers, body: refusal.body)
        }
    }

    private func onLoop(_ body: @escaping @Sendable (HTTPExchange) -> Void) {
        if self.eventLoop.inEventLoop {
            body(self)
        } else {
            self.eventLoop.execute { body(self) }
        }
    }

    private func answer(status: Int, headers: HTTPHeaders, body: ByteBuffer) {
        guard !self.isAnswered, !self.isCancelled else { return }
        do throws(ResponseFault) {
            var response = try self.makeResponse(status: status)
            for (name, value) in headers { try response.addHeader(name: name, value: value) }
            response.finish(body: body)
        } catch {
            self.transport.loop.logger.error("an answer could not be sent", metadata: ["reason": "\(error)"])
            self.fail(.problem(500, detail: "the answer of the application could not be sent"))
        }
    }

    // MARK: Streaming

    /// Sends the head of an answer whose body follows in parts. On the loop.
    package func respondHead(status: Int, headers: HTTPHeaders) throws(ResponseFault) {
        var response = try self.makeResponse(status: status)
        for (name, value) in headers { try response.addHeader(name: name, value: value) }
        response.stream()
    }

    /// Sends one part of the body. On the loop. Ignored after the end and when the client is gone.
    ///
    /// Look at ``isWritable`` before, or wait for ``onWritable``: what cannot be sent is kept in memory.
    package func write(_ part: ByteBuffer) {
        self.eventLoop.assertInEventLoop()
        guard self.isAnswered, !self.isFinished, !self.isCancelled, part.readableBytes > 0 else { return }
        switch self.framing {
        case .none: return
        case .chunked where !self.isHTTP2:
            var framed = self.transport.loop.takeBuffer()
            framed.writeString(String(part.readableBytes, radix: 16))
            framed.writeInteger(UInt16(0x0D0A))
            framed.writeImmutableBuffer(part)
            framed.writeInteger(UInt16(0x0D0A))
            self.transport.send(framed, of: self, ends: false)
        default: self.transport.send(part, of: self, ends: false)
        }
    }

    /// Sends one part that goes to many: as ``write(_:)-(ByteBuffer)``, without a copy.
    package func write(_ part: StreamPart) {
        self.eventLoop.assertInEventLoop()
        guard self.isAnswered, !self.isFinished, !self.isCancelled, part.byteCount > 0 else { return }
        switch self.framing {
        case .none: return
        case .chunked where !self.isHTTP2: self.transport.send(part.chunk, of: self, ends: false)
        default: self.transport.send(part.bytes, of: self, ends: false)
        }
    }

    /// Ends a streamed answer. On the loop.
    package func end() {
        self.eventLoop.assertInEventLoop()
        guard self.isAnswered, !self.isFinished, !self.isCancelled else { return }
        self.isFinished = true
        let ending = self.framing == .chunked && !self.isHTTP2 ? ByteBuffer(string: "0\r\n\r\n") : ByteBuffer()
        self.transport.send(ending, of: self, ends: true)
    }

    /// Breaks an answer off that cannot be completed: the client sees the connection or the stream end early.
    package func abort() {
        self.eventLoop.assertInEventLoop()
        guard !self.isFinished, !self.isCancelled else { return }
        self.transport.abort(self)
    }

    /// Whether a part written now goes to the socket: the client reads fast enough, and it is this answer's turn.
    package var isWritable: Bool {
        self.eventLoop.assertInEventLoop()
        return !self.isCancelled && self.transport.isWritable(self)
    }

    /// Hands the connection over, for a protocol that begins as HTTP/1.1: the listener's handlers are removed first.
    ///
    /// `body` gets the channel and the bytes that came after the request; it sends the 101 itself. On the loop.
    /// - Throws: ``ResponseFault/Code/notUpgradable`` on HTTP/2 or when other requests wait on the connection.
    package func takeOver(
        _ body: @escaping (_ channel: any Channel, _ leftover: ByteBuffer) throws -> Void
    ) throws(ResponseFault) {
        self.eventLoop.assertInEventLoop()
        guard !self.isAnswered, !self.isCancelled else {
            throw ResponseFault(.answered, "the request is answered already, or its client is gone")
        }
        try self.transport.takeOver(self, body)
    }
}
