import Foundation
import NIOCore
import NIOHPACK
import NIOHTTP2
import NIOPosix
import NIOSSL
import NIOTLS
import Synchronization
import Testing

@testable import PulpListener

/// Self-signed pairs, made by the `openssl` command in the folder of this run.
enum Certificates {
    static func pair(_ name: String) throws -> ListenerConfiguration.TLS {
        let prefix = TemporaryFolder.path("\(name)-\(UUID().uuidString)")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
            "2",
            "-subj", "/CN=\(name)", "-keyout", prefix + ".key", "-out", prefix + ".pem",
        ]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return ListenerConfiguration.TLS(certificateChainPath: prefix + ".pem", privateKeyPath: prefix + ".key")
    }

    static func replace(_ old: ListenerConfiguration.TLS, by new: ListenerConfiguration.TLS) throws {
        try self.copy(new.certificateChainPath, over: old.certificateChainPath)
        try self.copy(new.privateKeyPath, over: old.privateKeyPath)
    }

    static func copy(_ source: String, over target: String) throws {
        try Data(contentsOf: URL(fileURLWithPath: source)).write(to: URL(fileURLWithPath: target))
    }
}

/// A TLS client that sends and collects text, and knows what was agreed on.
final class TLSClient: Sendable {
    let channel: any Channel
    private let collector = Collector()
    private let handshake: EventLoopFuture<String?>

    init(_ server: TestListener, protocols: [String]) async throws {
        let context = try TLSClient.context(protocols)
        let collector = self.collector
        let promise = server.group.any().makePromise(of: String?.self)
        self.handshake = promise.futureResult
        self.channel = try await ClientBootstrap(group: server.group).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                let pipeline = channel.pipeline.syncOperations
                try pipeline.addHandler(NIOSSLClientHandler(context: context, serverHostname: nil))
                try pipeline.addHandler(HandshakeHandler(promise))
                try pipeline.addHandler(CollectingHandler(collector))
            }
        }.connect(to: server.address).get()
    }

    static func context(_ protocols: [String]) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        configuration.applicationProtocols = protocols
        return try NIOSSLContext(configuration: configuration)
    }

    func agreed() async throws -> String? { try await self.handshake.get() }

    /// The common name of the server's certificate.
    func name() async throws -> String? {
        _ = try await self.agreed()
        let certificate = try await self.channel.eventLoop.submit { [channel] in
            try channel.pipeline.syncOperations.nioSSL_peerCertificate()
        }.get()
        try await self.channel.close()
        let text = try certificate?.toDERBytes().map { Character(Unicode.Scalar($0)) }
        return ["before", "after", "foreign", "test"].first { String(text ?? []).contains($0) }
    }

    func request(_ text: String) async throws -> String {
        _ = try await self.agreed()
        try await self.channel.writeAndFlush(ByteBuffer(string: text))
        return try await self.collector.waitForEnd(on: self.channel.eventLoop)
    }

    func close() async throws { try? await self.channel.close() }
}

private final class HandshakeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let promise: EventLoopPromise<String?>

    init(_ promise: EventLoopPromise<String?>) { self.promise = promise }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted(let agreed)? = event as? TLSUserEvent { self.promise.succeed(agreed) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.promise.fail(ChannelError.eof)
        context.fireChannelInactive()
    }
}

/// An HTTP/2 client made of NIO's own parts.
final class HTTP2Client: Sendable {
    struct Answer: Sendable {
        var headers = HPACKHeaders()
        var body = ""

        var status: String? { self.headers.first(name: ":status") }
    }

    let channel: any Channel
    private let multiplexer: NIOHTTP2Handler.StreamMultiplexer

    init(_ server: TestListener) async throws {
        let context = try TLSClient.context(["h2"])
        self.channel = try await ClientBootstrap(group: server.group).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                let pipeline = channel.pipeline.syncOperations
                try pipeline.addHandler(NIOSSLClientHandler(context: context, serverHostname: nil))
                try pipeline.addHandler(
                    NIOHTTP2Handler(mode: .client, eventLoop: channel.eventLoop) { stream in
                        stream.eventLoop.makeSucceededVoidFuture()
                    })
            }
        }.connect(to: server.address).get()
        self.multiplexer = try await self.channel.pipeline.handler(type: NIOHTTP2Handler.self)
            .flatMap { $0.multiplexer }.get()
    }

    func request(
        _ headers: HPACKHeaders = [:], extra: [(String, String)] = [], method: String, path: String, body: String
    ) async throws -> Answer {
        let promise = self.channel.eventLoop.makePromise(of: Answer.self)
        let stream = try await self.stream { AnswerHandler(promise) }
        var fields: HPACKHeaders = [":method": method, ":scheme": "https", ":authority": "localhost", ":path": path]
        for (name, value, _) in headers { fields.add(name: name.lowercased(), value: value) }
        for (name, value) in extra { fields.add(name: name, value: value) }
        let head = HTTP2Frame.FramePayload.headers(.init(headers: fields, endStream: body.isEmpty))
        stream.writeAndFlush(head, promise: nil)
        if !body.isEmpty {
            let data = HTTP2Frame.FramePayload.data(.init(data: .byteBuffer(ByteBuffer(string: body)), endStream: true))
            // The server may answer and reset before it has taken all of it.
            stream.writeAndFlush(data, promise: nil)
        }
        return try await promise.futureResult.get()
    }

    /// A stream with its request sent and its answer not waited for.
    func open(method: String, path: String) async throws -> any Channel {
        let promise = self.channel.eventLoop.makePromise(of: Answer.self)
        promise.futureResult.whenComplete { _ in }
        let stream = try await self.stream { AnswerHandler(promise) }
        let fields: HPACKHeaders = [":method": method, ":scheme": "https", ":authority": "localhost", ":path": path]
        try await stream.writeAndFlush(HTTP2Frame.FramePayload.headers(.init(headers: fields, endStream: true)))
        return stream
    }

    private func stream(_ handler: @escaping @Sendable () -> AnswerHandler) async throws -> any Channel {
        let promise = self.channel.eventLoop.makePromise(of: (any Channel).self)
        self.multiplexer.createStreamChannel(promise: promise) { stream in
            stream.eventLoop.makeCompletedFuture { try stream.pipeline.syncOperations.addHandler(handler()) }
        }
        return try await promise.futureResult.get()
    }

    func close() async throws { try? await self.channel.close() }
}

private final class AnswerHandler: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame.FramePayload

    private let promise: EventLoopPromise<HTTP2Client.Answer>
    private var answer = HTTP2Client.Answer()

    init(_ promise: EventLoopPromise<HTTP2Client.Answer>) { self.promise = promise }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch Self.unwrapInboundIn(data) {
        case .headers(let headers):
            self.answer.headers = headers.headers
            if headers.endStream { self.promise.succeed(self.answer) }
        case .data(let data):
            if case .byteBuffer(let bytes) = data.data { self.answer.body += String(buffer: bytes) }
            if data.endStream { self.promise.succeed(self.answer) }
        default: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { self.promise.fail(error) }

    func channelInactive(context: ChannelHandlerContext) { self.promise.fail(ChannelError.eof) }
}
