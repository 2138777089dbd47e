import NIOCore
import NIOPosix
import Synchronization

/// A client that sends one request and takes the answer as it comes, or does not.
final class StreamingClient: Sendable {
    private struct State {
        var count = 0
        /// The first bytes.
        var text: [UInt8] = []
        /// The last ones.
        var tail: [UInt8] = []
        var isClosed = false
    }

    private let channel: any Channel
    private let state: Box

    private final class Box: Sendable {
        let state = Mutex(State())
    }

    private init(_ channel: any Channel, _ state: Box) {
        self.channel = channel
        self.state = state
    }

    /// - Parameter isReading: Whether what comes is read before ``read()``.
    static func post(_ path: String, _ body: String, to address: SocketAddress, isReading: Bool = true) async throws
        -> StreamingClient
    {
        let box = Box()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: isReading)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Receiver(box))
                }
            }.connect(to: address).get()
        let head = "POST \(path) HTTP/1.1\r\nHost: pulp.test\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
        try await channel.writeAndFlush(ByteBuffer(string: head + body))
        return StreamingClient(channel, box)
    }

    var count: Int { self.state.state.withLock { $0.count } }
    var text: String { self.state.state.withLock { String(decoding: $0.text, as: UTF8.self) } }
    var isClosed: Bool { self.state.state.withLock { $0.isClosed } }
    /// Whether the last chunk has come.
    var isEnded: Bool { self.state.state.withLock { $0.tail.suffix(5) == Array("0\r\n\r\n".utf8) } }

    func read() async throws { try await self.channel.setOption(.autoRead, value: true).get() }
    /// Goes with a reset: a mere close could be half a close, after which an answer still comes.
    func close() async {
        let options = self.channel as? any SocketOptionProvider
        try? await options?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        try? await self.channel.close()
    }

    private final class Receiver: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let box: Box

        init(_ box: Box) { self.box = box }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = self.unwrapInboundIn(data).readableBytesView
            self.box.state.withLock { state in
                state.count += bytes.count
                if state.text.count < 4_096 { state.text += bytes.prefix(4_096) }
                state.tail = Array((state.tail + bytes.suffix(5)).suffix(5))
            }
        }

        func channelInactive(context: ChannelHandlerContext) { self.box.state.withLock { $0.isClosed = true } }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
