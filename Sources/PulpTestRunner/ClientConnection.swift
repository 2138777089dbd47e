import NIOCore
import NIOPosix
import Synchronization

/// Where a plugin under test is reached.
enum TestAddress: Sendable {
    case unix(String)
    case tcp(SocketAddress)
}

/// A connection to the host under test: what has come, and what is sent.
final class ClientConnection: Sendable {
    /// More than any test looks at: a connection on which more comes is closed.
    static let mostBytes = 64 << 20

    private struct State {
        var bytes: [UInt8] = []
        /// How many have come, with those that were taken.
        var count = 0
        var isClosed = false
    }

    private let channel: any Channel
    private let state: Box

    private init(channel: any Channel, state: Box) {
        self.channel = channel
        self.state = state
    }

    static func open(_ address: TestAddress, on loop: any EventLoop, signal: Signal) async throws -> ClientConnection {
        let state = Box(signal: signal)
        let bootstrap = ClientBootstrap(group: loop).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(Collector(state: state))
            }
        }
        let channel =
            switch address {
            case .unix(let path): try await bootstrap.connect(unixDomainSocketPath: path).get()
            case .tcp(let address): try await bootstrap.connect(to: address).get()
            }
        return ClientConnection(channel: channel, state: state)
    }

    /// Sends; a peer that does not read keeps it here until the task is cancelled.
    func send(_ bytes: [UInt8]) async {
        await withTaskCancellationHandler {
            // Whoever closed it while it was being sent has answered already, or the wait for an answer says so.
            try? await self.channel.writeAndFlush(ByteBuffer(bytes: bytes))
        } onCancel: {
            self.closeLater()
        }
    }

    func close() async {
        try? await self.channel.close()
    }

    /// Closes without waiting for it.
    func closeLater() { self.channel.close(promise: nil) }
    /// Sends without waiting for it.
    func sendLater(_ bytes: [UInt8]) { self.channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }

    var isClosed: Bool { self.state.state.withLock { $0.isClosed } }
    /// How many bytes have come.
    var count: Int { self.state.state.withLock { $0.count } }
    /// Closed because more than ``mostBytes`` have come.
    var isOverfull: Bool { self.count > Self.mostBytes }

    /// Lets `body` look at what has come and take of it.
    func take<Result: Sendable>(_ body: (inout [UInt8]) -> Result) -> Result {
        self.state.state.withLock { body(&$0.bytes) }
    }

    /// What has come since it was last taken.
    func takeAll() -> [UInt8] {
        self.take { bytes in
            defer { bytes = [] }
            return bytes
        }
    }

    private final class Box: Sendable {
        let state = Mutex(State())
        let signal: Signal

        init(signal: Signal) {
            self.signal = signal
        }
    }

    private final class Collector: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer

        private let state: Box

        init(state: Box) {
            self.state = state
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let buffer = self.unwrapInboundIn(data)
            let isTooMuch = self.state.state.withLock { state in
                state.count += buffer.readableBytes
                guard state.count <= ClientConnection.mostBytes else { return true }
                state.bytes += buffer.readableBytesView
                return false
            }
            if isTooMuch { context.close(promise: nil) }
            self.state.signal.fire()
        }

        func channelInactive(context: ChannelHandlerContext) {
            self.state.state.withLock { $0.isClosed = true }
            self.state.signal.fire()
            context.fireChannelInactive()
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }
}
