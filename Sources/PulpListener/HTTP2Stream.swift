import Logging
import NIOCore
import NIOHPACK
import NIOHTTP2

/// One HTTP/2 stream: the same exchange as on HTTP/1, carried by frames.
///
/// The header block is written down as an HTTP/1.1 head and goes through the same parser, so that one set of rules holds for
/// both; the answer's head is read back from its bytes.
final class HTTP2Stream: ChannelInboundHandler, ExchangeTransport {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    let loop: ListenerLoop
    private let connection: HTTP2Connection
    private var context: ChannelHandlerContext?
    private var exchange: HTTPExchange?
    private var isReadingBody = false
    private var dropsBody = false
    private var bodyLimit = 0
    private var bodyReceived = 0
    private var since: NIODeadline
    private var didSendHead = false
    /// Pieces of the answer that wait for the client's windows or the socket, and when one last left or began to wait.
    private var waitingPieces = 0
    private var lastSent: NIODeadline

    /// Small enough that an honest client takes one in any span that is looked at.
    private static let pieceBytes = 64 * 1024

    init(connection: HTTP2Connection) {
        self.connection = connection
        self.loop = connection.loop
        self.since = connection.loop.coarseNow
        self.lastSent = connection.loop.coarseNow
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.connection.add(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.connection.remove(self)
        self.context = nil
        self.exchange?.cancel()
        self.exchange = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.exchange?.cancel()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.loop.logger.debug("an HTTP/2 stream broke", metadata: ["reason": "\(error)"])
        context.close(promise: nil)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { self.exchange?.onWritable?() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch Self.unwrapInboundIn(data) {
        case .headers(let headers):
            if self.exchange == nil {
                self.begin(headers.headers, endStream: headers.endStream)
            } else if headers.endStream {
                self.bodyDidEnd()
            }
        case .data(let data):
            if case .byteBuffer(let bytes) = data.data { self.take(bytes) }
            if data.endStream { self.bodyDidEnd() }
        default: break
        }
    }

    // MARK: Reading

    private func begin(_ headers: HPACKHeaders, endStream: Bool) {
        LoopCounters.count(self.loop.counters.requests)
        do throws(RequestFault) {
            let head = try HTTP2Head.parse(headers, limits: self.loop.limits)
            let target = try RequestTarget(head.bytes.readableBytesUInt8Span, head.target, method: head.method)
            let exchange = self.makeExchange(head, target)
            switch RequestRouting.decide(exchange, target, loop: self.loop) {
            case .serve(let owner):
                exchange.owner = owner
                self.bodyLimit = owner.maxBodyBytes
                guard !endStream else { return owner.serve(exchange) }
                self.startBody(exchange)
            case .refuse(let refusal):
                self.isReadingBody = !endStream
                self.dropsBody = true
                exchange.fail(refusal)
            }
        } catch {
            LoopCounters.count(self.loop.counters.malformed)
            self.isReadingBody = !endStream
            self.dropsBody = true
            self.makeExchange(HTTPHead(), nil).fail(Refusal(error))
        }
    }

    private func makeExchange(_ head: HTTPHead, _ target: RequestTarget?) -> HTTPExchange {
        let origin = ConnectionOrigin(
            eventLoop: self.loop.eventLoop, remoteAddress: self.connection.remoteAddress, isTLS: true, isHTTP2: true)
        let exchange = HTTPExchange(
            id: self.loop.nextRequestID(), head: head, target: target, transport: self, origin: origin)
        self.exchange = exchange
        return exchange
    }

    private func startBody(_ exchange: HTTPExchange) {
        self.isReadingBody = true
        self.since = self.loop.coarseNow
        guard exchange.head.expectsContinue else { return }
        self.write(.headers(.init(headers: [":status": "100"])))
        self.context?.flush()
    }

    private func take(_ bytes: ByteBuffer) {
        self.bodyReceived += bytes.readableBytes
        guard let exchange = self.exchange, !self.dropsBody else {
            return self.bodyReceived > 64 * 1024 ? self.stopBody() : ()
        }
        guard self.bodyReceived <= self.bodyLimit else {
            self.dropsBody = true
            exchange.body = ByteBuffer()
            return exchange.fail(.bodyTooLarge)
        }
        if exchange.body.readableBytes == 0 {
            exchange.body = bytes
        } else {
            exchange.body.writeImmutableBuffer(bytes)
        }
    }

    private func bodyDidEnd() {
        guard self.isReadingBody else { return }
        self.isReadingBody = false
        guard let exchange = self.exchange, !self.dropsBody else { return }
        exchange.owner?.serve(exchange)
    }

    /// Tells the client to stop sending what nobody reads, its answer being complete (RFC 9113, 8.1).
    private func stopBody() {
        guard self.isReadingBody, self.exchange?.isFinished == true else { return }
        self.isReadingBody = false
        self.write(.rstStream(.noError))
        self.context?.flush()
    }

    func sweep(_ now: NIODeadline) {
        self.exchange?.expireIfDue(now)
        let limits = self.loop.limits
        if self.waitingPieces > 0, now - self.lastSent > limits.writeStall + limits.sweepInterval {
            return self.giveUp()
        }
        guard self.isReadingBody else { return }
        if self.dropsBody {
            if now - self.since > limits.linger + limits.sweepInterval { self.stopBody() }
            return
        }
        let earned = Int64(self.bodyReceived) * 1_000_000_000 / Int64(max(limits.bodyBytesPerSecond, 1))
        guard now - self.since > limits.bodyGrace + .nanoseconds(earned) + limits.sweepInterval else { return }
        LoopCounters.count(self.loop.counters.timedOut)
        self.dropsBody = true
        self.exchange?.fail(.problem(408, detail: "the request body comes too slowly"))
    }

    func drain() { self.exchange?.connectionEnds(.draining) }

    /// The client takes nothing of its answer.
    private func giveUp() {
        LoopCounters.count(self.loop.counters.timedOut)
        self.waitingPieces = 0
        self.exchange?.cancel()
        self.write(.rstStream(.cancel))
        self.context?.flush()
    }

    // MARK: Answering

    func keepsAlive(after exchange: HTTPExchange) -> Bool { true }

    func isWritable(_ exchange: HTTPExchange) -> Bool {
        self.context?.channel.isWritable ?? false
    }

    func send(_ part: ByteBuffer, of exchange: HTTPExchange, ends: Bool) {
        guard let context = self.context, !exchange.isCancelled else { return }
        var part = part
        if !self.didSendHead {
            self.didSendHead = true
            let headers = HTTP2Head.answer(&part)
            let isAlone = ends && part.readableBytes == 0
            self.write(.headers(.init(headers: headers, endStream: isAlone)))
            if isAlone { return self.didSendAll(context) }
        }
        if part.readableBytes > 0 || ends {
            self.writeData(part, ends: ends, context)
        }
        if ends { self.didSendAll(context) } else { context.flush() }
    }

    private func writeData(_ part: ByteBuffer, ends: Bool, _ context: ChannelHandlerContext) {
        if self.waitingPieces == 0 { self.lastSent = self.loop.coarseNow }
        var rest = part
        repeat {
            let piece = rest.readSlice(length: min(rest.readableBytes, Self.pieceBytes)) ?? ByteBuffer()
            let isLast = ends && rest.readableBytes == 0
            let sent = context.eventLoop.makePromise(of: Void.self)
            self.waitingPieces += 1
            sent.futureResult.assumeIsolated().whenComplete { _ in
                self.waitingPieces = max(self.waitingPieces - 1, 0)
                self.lastSent = self.loop.coarseNow
            }
            context.write(
                Self.wrapOutboundOut(.data(.init(data: .byteBuffer(piece), endStream: isLast))), promise: sent)
        } while rest.readableBytes > 0
    }

    private func write(_ frame: HTTP2Frame.FramePayload) {
        self.context?.write(Self.wrapOutboundOut(frame), promise: nil)
    }

    private func didSendAll(_ context: ChannelHandlerContext) {
        self.exchange?.clearHandlers()
        context.flush()
        // The rest of the body is dropped for a while: some clients forget the answer when a reset follows it closely.
        self.dropsBody = true
        self.bodyReceived = 0
        self.since = self.loop.coarseNow
    }

    func abort(_ exchange: HTTPExchange) {
        exchange.cancel()
        self.write(.rstStream(.internalError))
        self.context?.flush()
    }

    func takeOver(
        _ exchange: HTTPExchange, _ body: @escaping (any Channel, ByteBuffer) throws -> Void
    ) throws(ResponseFault) {
        throw ResponseFault(.notUpgradable, "a stream of HTTP/2 is not handed over")
    }
}
