import NIOCore
import NIOPosix
import NIOSSL

/// Sends one request and reads the answer up to the end of the connection.
enum HTTPClient {
    /// A request that was sent, whose answer is still to come.
    struct Pending: Sendable {
        fileprivate let received: EventLoopFuture<(text: String, certificate: [UInt8])>

        /// Heads and bodies, as they came.
        func answer() async throws -> String { try await self.received.get().text }

        /// What the server showed, in DER; empty without TLS.
        func certificate() async throws -> [UInt8] { try await self.received.get().certificate }
    }

    static func get(_ path: String, at address: TestAddress) async throws -> String {
        try await Self.send(path, to: address).answer()
    }

    /// - Parameter paths: Requests in a row on one connection, sent together; the last one ends it.
    static func send(_ paths: String..., to address: TestAddress, isTLS: Bool = false) async throws -> Pending {
        let group = MultiThreadedEventLoopGroup.singleton
        let loop = group.next()
        let promise = loop.makePromise(of: (text: String, certificate: [UInt8]).self)
        let context = try isTLS ? Self.trusting() : nil
        let connecting = ClientBootstrap(group: loop).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                let pipeline = channel.pipeline.syncOperations
                if let context {
                    try pipeline.addHandler(NIOSSLClientHandler(context: context, serverHostname: nil))
                }
                try pipeline.addHandler(AnswerHandler(promise))
            }
        }.connect(host: address.host, port: address.port)
        // Nobody else ends it when there is no connection.
        connecting.whenFailure { promise.fail($0) }
        let channel = try await connecting.get()
        var requests = ""
        for (index, path) in paths.enumerated() {
            let ending = index == paths.count - 1 ? "Connection: close\r\n" : ""
            requests += "GET \(path) HTTP/1.1\r\nHost: localhost\r\n\(ending)\r\n"
        }
        try await channel.writeAndFlush(ByteBuffer(string: requests))
        return Pending(received: promise.futureResult)
    }

    private static func trusting() throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        return try NIOSSLContext(configuration: configuration)
    }
}

private final class AnswerHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let promise: EventLoopPromise<(text: String, certificate: [UInt8])>
    private var received = ByteBuffer()
    private var certificate: [UInt8] = []

    init(_ promise: EventLoopPromise<(text: String, certificate: [UInt8])>) {
        self.promise = promise
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // While the connection is open: afterwards nobody knows it.
        if self.certificate.isEmpty {
            let certificate = try? context.pipeline.syncOperations.nioSSL_peerCertificate()
            self.certificate = (try? certificate?.toDERBytes()) ?? []
        }
        var part = self.unwrapInboundIn(data)
        self.received.writeBuffer(&part)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.promise.succeed((String(buffer: self.received), self.certificate))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A connection that is cut off ends all the same, and what came is the answer.
        context.close(promise: nil)
    }
}
