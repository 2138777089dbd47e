import NIOCore
import NIOHTTP1
import NIOPosix

/// As little as a server on NIO's HTTP/1.1 decoder can do: the answer is one buffer, written once a read.
///
/// It looks at nothing of the request and keeps no rule of a real server: the yardstick for what the rest costs.
final class LeanestHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = ByteBuffer

    private let answer: ByteBuffer
    private var pending = 0

    private init(_ answer: ByteBuffer) {
        self.answer = answer
    }

    static func serve(
        on group: any EventLoopGroup, body: String, contentType: String
    ) async throws -> any Channel {
        let text =
            "HTTP/1.1 200 OK\r\nContent-Type: \(contentType)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        let answer = ByteBuffer(string: text)
        return try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 8 * 1024))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes))
                    try channel.pipeline.syncOperations.addHandler(decoder)
                    try channel.pipeline.syncOperations.addHandler(LeanestHandler(answer))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .end = self.unwrapInboundIn(data) { self.pending += 1 }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        guard self.pending > 0 else { return }
        for _ in 0..<self.pending { context.write(self.wrapOutboundOut(self.answer), promise: nil) }
        self.pending = 0
        context.flush()
    }
}
