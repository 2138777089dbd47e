import NIOCore
import PulpCapability
import PulpListener
import PulpWire
import Synchronization

/// One WebSocket from the bytes of its socket to events of the plugin and back, in one handler.
///
/// Confined to its loop, but for ``isOpen``, ``instance``, ``reserve(_:)`` and ``stopsSending()``, which guests on other
/// loops ask. Reads no further while its messages wait for the plugin, so that TCP holds the client back.
final class WebSocketConnection: ChannelDuplexHandler, SweptConnection, @unchecked Sendable {
    // Sendable, since what other threads touch is constant or atomic; everything else stays on the loop.
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Phase {
        case open
        /// Our close frame is sent, the client's is awaited.
        case closing
        /// Nothing more is read or said: the last bytes are on their way, the socket is about to be closed.
        case leaving
        case ended
    }

    /// What the client has ended the connection with.
    enum ClientEnd {
        case close(code: UInt16?, reason: String)
        case fault(WebSocketFault)
    }

    /// Unique in the process, never 0: the id of the request that it began as.
    let id: UInt64
    /// Of the plugin's version that the connection is with. On the loop.
    var session: WebSocketSession
    /// Of the version that it goes over to once what is under way is answered. On the loop.
    var nextSession: WebSocketSession?
    /// The payload of `ws.open`, for a version that has not had it.
    let openRecord: [UInt8]
    private let commons: WebSocketCommons
    let loop: WebSocketLoop
    let listenerLoop: ListenerLoop
    var eventLoop: any EventLoop { self.loop.eventLoop }

    var slot = -1
    var context: ChannelHandlerContext?
    var phase = Phase.open

    // Reading
    var input = ByteBuffer()
    var reader: MessageReader
    var isProcessing = false
    var isInRead = false
    var isReadWithheld = false
    var inputEnded = false
    /// The client's end, held back until the plugin has had, and answered, what came before it.
    var heldEnd: ClientEnd?
    /// Set while the rest of the input waits for the loop to serve others.
    var isContinuing = false
    /// What the session counts of this connection's unread bytes.
    var countedBytes = 0

    // To the plugin
    var waiting = CircularBuffer<WebSocketEvent>(initialCapacity: 4)
    var waitingBytes = 0
    var underWay: WebSocketEvent?
    var isAwaitingRoom = false
    var isCloseQueued = false
    var hasPlugin = true
    var instanceHasEnded = false

    // To the client
    var needsFlush = false
    /// Bytes that the channel was given and that it may not have sent.
    var handedBytes = 0
    var sentBytes: UInt64 = 0
    var owedPong: ByteBuffer?
    var stall: (sentBytes: UInt64, since: NIODeadline)?

    // Deadlines
    var lastHeard: NIODeadline
    var lastMessage: NIODeadline
    var pingSince: NIODeadline?
    var closeDeadline: NIODeadline?
    /// Why the connection ends, when nobody sends a close frame.
    var endReason: String?

    private let acceptsSends = Atomic<Bool>(true)
    private let queuedBytes = Atomic<Int>(0)
    private let instanceNumber = Atomic<UInt64>(0)

    init(_ exchange: HTTPExchange, session: WebSocketSession, loop: WebSocketLoop, open: WebSocketOpenRecord) {
        self.openRecord = open.encodedBytes()
        self.commons = session.commons
        self.id = exchange.id
        self.session = session
        self.loop = loop
        self.listenerLoop = exchange.listenerLoop
        self.reader = MessageReader(maximumMessageBytes: session.limits.messageBytes)
        self.lastHeard = loop.eventLoop.now
        self.lastMessage = self.lastHeard
    }

    /// Begins on the channel of the request: says 101, tells the plugin, reads.
    func start(
        on channel: any Channel, response: ByteBuffer, open: WebSocketOpenRecord, leftover: ByteBuffer
    ) throws {
        do {
            try channel.pipeline.syncOperations.addHandler(self)
        } catch {
            self.session.forget(self)
            throw error
        }
        // An idle connection keeps as little memory as it can; 16 KiB a read is enough for a busy one.
        try? channel.syncOptions?.setOption(
            .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 1024, maximum: 16 * 1024))
        self.write(response)
        self.enqueue(WebSocketEvent(.open(open), of: self))
        self.input = leftover
        self.process()
        self.flushIfNeeded()
        if !channel.isActive { self.end() }
        if self.listenerLoop.isDraining { self.drain() }
    }

    func onLoop(_ body: @escaping @Sendable (WebSocketConnection) -> Void) {
        if self.eventLoop.inEventLoop {
            body(self)
        } else {
            self.eventLoop.execute { body(self) }
        }
    }

    // MARK: What other loops ask

    /// Whether a message is taken: neither side has begun to close.
    var isOpen: Bool { self.acceptsSends.load(ordering: .acquiring) }

    /// True for the first who asks: from now on no message is taken.
    func stopsSending() -> Bool { self.acceptsSends.exchange(false, ordering: .acquiringAndReleasing) }

    /// The instance that knows this connection; nil until one has its `ws.open`, and with an instance for each event.
    var instance: InstanceID? {
        let number = self.instanceNumber.load(ordering: .acquiring)
        return number == 0 ? nil : InstanceID(number: number)
    }

    /// No instance knows the connection: a version that has not had its `ws.open` is to get it.
    func forgetInstance() { self.instanceNumber.store(0, ordering: .releasing) }

    func began(on instance: InstanceID) {
        self.instanceNumber.store(instance.number, ordering: .releasing)
    }

    /// Counts bytes that are about to wait for the client; false, and nothing is counted, when too many do already.
    ///
    /// A client that has taken everything gets a message of any size that is allowed at all.
    func reserve(_ count: Int, _ limits: WebSocketLimits) -> Bool {
        let (before, after) = self.queuedBytes.add(count, ordering: .relaxed)
        let total = self.commons.queuedBytes.add(count, ordering: .relaxed).newValue
        guard before <= 0 || (after <= limits.queuedBytes && total <= limits.queuedTotalBytes) else {
            self.release(count)
            return false
        }
        return true
    }

    /// Counts bytes that are sent whatever waits already: pongs, pings, close frames.
    func reserveAnyway(_ count: Int) {
        self.queuedBytes.add(count, ordering: .relaxed)
        self.commons.queuedBytes.add(count, ordering: .relaxed)
    }

    func release(_ count: Int) {
        self.queuedBytes.subtract(count, ordering: .relaxed)
        self.commons.queuedBytes.subtract(count, ordering: .relaxed)
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.listenerLoop.add(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.end()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.end()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A broken connection is the client's affair; the plugin hears of it as of any other end.
        if self.endReason == nil { self.endReason = "\(error)" }
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.isInRead = true
        self.receive(Self.unwrapInboundIn(data))
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.isInRead = false
        self.flushIfNeeded()
    }

    func read(context: ChannelHandlerContext) {
        if self.mayRead {
            context.read()
        } else {
            self.isReadWithheld = true
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard context.channel.isWritable else { return }
        self.recount()
        if let payload = self.owedPong {
            self.owedPong = nil
            self.answerPing(payload)
            self.flushIfNeeded()
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .inputClosed? = event as? ChannelEvent else { return context.fireUserInboundEventTriggered(event) }
        self.inputEnded = true
        self.process()
    }
}
