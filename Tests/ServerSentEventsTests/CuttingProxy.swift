import PulpTestSupport
import Synchronization

/// Passes connections on to an address until it is told to cut them.
final class CuttingProxy: Sendable {
    let port: Int
    private let server: any Channel
    private let channels: OpenChannels

    private init(_ server: any Channel, _ channels: OpenChannels) {
        self.port = server.localAddress?.port ?? 0
        self.server = server
        self.channels = channels
    }

    static func start(to address: SocketAddress) async throws -> CuttingProxy {
        let open = OpenChannels()
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { front in
                open.add(front)
                return ClientBootstrap(group: front.eventLoop)
                    .channelInitializer { back in
                        back.eventLoop.makeCompletedFuture {
                            try back.pipeline.syncOperations.addHandler(Glue(to: front))
                        }
                    }.connect(to: address).flatMapThrowing { back in
                        try front.pipeline.syncOperations.addHandler(Glue(to: back))
                    }
            }.bind(host: "127.0.0.1", port: 0).get()
        return CuttingProxy(server, open)
    }

    /// Closes every connection; new ones are passed on.
    func cut() async { for channel in self.channels.takeAll() { try? await channel.close().get() } }

    func stop() async {
        try? await self.server.close().get()
        await self.cut()
    }

    private final class OpenChannels: Sendable {
        private let channels = Mutex<[any Channel]>([])

        func add(_ channel: any Channel) { self.channels.withLock { $0.append(channel) } }

        func takeAll() -> [any Channel] {
            self.channels.withLock { channels in
                defer { channels = [] }
                return channels
            }
        }
    }

    private final class Glue: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let other: any Channel

        init(to other: any Channel) {
            self.other = other
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            self.other.writeAndFlush(self.unwrapInboundIn(data), promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) { self.other.close(promise: nil) }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
