import Logging
import NIOCore
import NIOHTTP1

/// One HTTP/1 connection from the bytes of the socket to exchanges and back, in one handler.
///
/// Reads requests one after the other, answers them in the same order whatever order the answers come in, and stops
/// reading when too many are unanswered or the client does not take its answers. All answers that are ready at the end of
/// a read leave as one buffer in one write.
final class HTTP1Connection: ChannelDuplexHandler, RemovableChannelHandler, SweptConnection, ExchangeTransport {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Phase {
        case head
        /// This many bytes of the body are still to come.
        case body(Int)
        case chunks(ChunkedDecoder)
        /// A request that may leave HTTP is being answered: what follows may not be HTTP.
        case held
        /// Nothing more is read as a request; the last answers are on their way.
        case closing
    }

    let loop: ListenerLoop
    var slot = -1
    var context: ChannelHandlerContext?

    // Reading
    var input = ByteBuffer()
    var parser: HTTPHeadParser
    var phase = Phase.head
    /// The exchange whose body is being read.
    var incoming: HTTPExchange?
    /// Set when the body being read is not wanted by anyone.
    var dropsBody = false
    var bodyLimit = 0
    var bodyReceived = 0
    /// When the phase began, or the head's first byte came.
    var since: NIODeadline
    var isProcessing = false
    var isReadWithheld = false
    var inputEnded = false

    // Answering
    /// The exchange whose answer is next on the wire, and those after it.
    var current: HTTPExchange?
    var waiting = CircularBuffer<HTTPExchange>()
    var output = ByteBuffer()
    var isWritable = true
    var isInRead = false
    var needsFlush = false
    var closesAfterFlush = false
    /// The client may still be sending what nobody wants: close in two steps, so that it sees the answer.
    var lingers = false
    var lingerSince: NIODeadline?
    /// Bytes that were handed to the channel; those that have left it, as far as they had, and since when.
    var handedBytes = 0
    var stall: (sent: Int, since: NIODeadline)?
    var mayBeUnsent = false

    private let isTLS: Bool
    private var origin: ConnectionOrigin

    init(loop: ListenerLoop, isTLS: Bool) {
        self.loop = loop
        self.isTLS = isTLS
        let limits = loop.limits
        self.parser = HTTPHeadParser(
            limits: .init(
                headBytes: limits.headerBytes, targetBytes: limits.requestLineBytes, fields: limits.headerFields))
        self.since = loop.coarseNow
        self.origin = ConnectionOrigin(
            eventLoop: loop.eventLoop, remoteAddress: "", isTLS: isTLS, isHTTP2: false)
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.loop.add(self)
        self.since = self.loop.coarseNow
        self.origin = ConnectionOrigin(
            eventLoop: context.eventLoop, remoteAddress: context.channel.remoteAddress?.clientText ?? "",
            isTLS: self.isTLS, isHTTP2: false)
        if self.loop.isDraining { context.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.loop.remove(self)
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.loop.remove(self)
        self.phase = .closing
        self.cancelAll()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A broken connection is the client's affair: closed, counted as closed, never a failure of the host.
        self.loop.logger.debug("a connection broke", metadata: ["reason": "\(error)"])
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.isInRead = true
        var bytes = Self.unwrapInboundIn(data)
        if case .closing = self.phase { return }
        if self.input.readableBytes == 0 {
            self.input = bytes
        } else {
            self.input.writeBuffer(&bytes)
        }
        self.process()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.isInRead = false
        if self.needsFlush { self.flush() }
    }

    func read(context: ChannelHandlerContext) {
        if self.mayRead {
            context.read()
        } else {
            self.isReadWithheld = true
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        self.isWritable = context.channel.isWritable
        guard self.isWritable else { return }
        self.process()
        self.resumeReading()
        self.current?.onWritable?()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent { self.inputDidEnd() }
        context.fireUserInboundEventTriggered(event)
    }

    func makeExchange(_ head: HTTPHead, _ target: RequestTarget?) -> HTTPExchange {
        HTTPExchange(id: self.loop.nextRequestID(), head: head, target: target, transport: self, origin: self.origin)
    }

    // MARK: Back-pressure

    /// Requests read and not answered.
    var depth: Int { (self.current == nil ? 0 : 1) + self.waiting.count }

    private var mayRead: Bool {
        switch self.phase {
        case .head: self.isWritable && self.depth < self.loop.limits.pipelineDepth
        case .body, .chunks, .closing: true
        case .held: false
        }
    }

    func resumeReading() {
        guard self.isReadWithheld, self.mayRead else { return }
        self.isReadWithheld = false
        self.context?.read()
    }

    private func cancelAll() {
        let exchanges = [self.current].compactMap { $0 } + Array(self.waiting)
        self.current = nil
        self.waiting.removeAll()
        self.incoming = nil
        self.input = ByteBuffer()
        self.output = ByteBuffer()
        for exchange in exchanges {
            exchange.held = []
            exchange.cancel()
        }
    }
}

extension SocketAddress {
    /// `address:port`, the address of IPv6 in brackets, as in `remote_addr` of the reference.
    var clientText: String {
        guard let address = self.ipAddress, let port = self.port else { return "unix:" }
        return address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
    }
}
