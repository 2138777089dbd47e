import NIOCore
import NIOPosix
import Synchronization

/// Clients of a WebSocket server: they ask for an upgrade, and send and count as they are told.
final class WebSocketLoad: Sendable {
    private let group: MultiThreadedEventLoopGroup
    private(set) var channels: [any Channel] {
        get { self.stored.withLock { $0 } }
        set { self.stored.withLock { $0 = newValue } }
    }
    private let stored = Mutex<[any Channel]>([])
    let counts = Counts()

    /// Messages that came, of all clients.
    final class Counts: Sendable {
        let frames = Atomic<Int>(0)
        let isEchoing = Atomic<Bool>(false)
    }

    init(threads: Int) {
        self.group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
    }

    /// Opens connections, a few at a time.
    func open(_ count: Int, port: Int, payload: String) async throws {
        var open: [any Channel] = []
        while open.count < count {
            let batch = try await withThrowingTaskGroup(of: (any Channel).self) { tasks in
                for _ in 0..<min(50, count - open.count) {
                    tasks.addTask { try await self.connect(port: port, payload: payload) }
                }
                var channels: [any Channel] = []
                for try await channel in tasks { channels.append(channel) }
                return channels
            }
            open += batch
        }
        self.channels = open
    }

    private func connect(port: Int, payload: String) async throws -> any Channel {
        let ready = self.group.next().makePromise(of: Void.self)
        let counts = self.counts
        let channel = try await ClientBootstrap(group: self.group)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 2_048))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        Client(payload: payload, counts: counts, ready: ready))
                }
            }.connect(host: "127.0.0.1", port: port).get()
        try await ready.futureResult.get()
        return channel
    }

    func send(_ text: String, on channel: any Channel) async throws {
        try await channel.writeAndFlush(Client.frame(text))
    }

    /// Has every client send its message, and again whenever it has the answer, until ``counts`` says otherwise.
    func startEcho() async throws {
        self.counts.isEchoing.store(true, ordering: .relaxed)
        for channel in self.channels { channel.triggerUserOutboundEvent(Client.Begin(), promise: nil) }
    }

    func close() async {
        self.counts.isEchoing.store(false, ordering: .relaxed)
        for channel in self.channels { channel.close(promise: nil) }
        for channel in self.channels { try? await channel.closeFuture.get() }
        try? await self.group.shutdownGracefully()
    }
}

private final class Client: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    struct Begin: Sendable {}

    private let message: ByteBuffer
    private let counts: WebSocketLoad.Counts
    private let ready: EventLoopPromise<Void>
    private var isOpen = false
    private var input = ByteBuffer()

    init(payload: String, counts: WebSocketLoad.Counts, ready: EventLoopPromise<Void>) {
        self.message = Self.frame(payload)
        self.counts = counts
        self.ready = ready
    }

    /// A masked text of at most 125 bytes.
    static func frame(_ text: String) -> ByteBuffer {
        let mask: [UInt8] = [0x12, 0x34, 0x56, 0x78]
        let bytes = Array(text.utf8)
        return ByteBuffer(
            bytes: [0x81, 0x80 | UInt8(bytes.count)] + mask + bytes.enumerated().map { $1 ^ mask[$0 % 4] })
    }

    func channelActive(context: ChannelHandlerContext) {
        let request =
            "GET /ws HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(string: request)), promise: nil)
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        context.writeAndFlush(self.wrapOutboundOut(self.message), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = self.unwrapInboundIn(data)
        self.input.writeBuffer(&bytes)
        if !self.isOpen {
            guard self.input.readableBytesView.suffix(4).elementsEqual([13, 10, 13, 10]) else { return }
            self.isOpen = true
            self.input.clear()
            return self.ready.succeed()
        }
        while let length = self.input.getInteger(at: self.input.readerIndex + 1, as: UInt8.self),
            self.input.readableBytes >= 2 + Int(length)
        {
            self.input.moveReaderIndex(forwardBy: 2 + Int(length))
            self.counts.frames.add(1, ordering: .relaxed)
            guard self.counts.isEchoing.load(ordering: .relaxed) else { continue }
            context.writeAndFlush(self.wrapOutboundOut(self.message), promise: nil)
        }
        if self.input.readableBytes == 0 { self.input = ByteBuffer() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.ready.fail(BenchProblem("the server closed a connection"))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
