import Foundation
import PulpTestSupport
import Synchronization
import Testing

/// A client of an event stream over a real socket.
final class StreamClient: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var isClosed = false
    }

    private let channel: any Channel
    private let inbox: Inbox

    private init(_ channel: any Channel, _ inbox: Inbox) {
        self.channel = channel
        self.inbox = inbox
    }

    /// Connects and asks for `path`.
    /// - Parameter reads: Whether it takes what comes.
    static func open(
        _ address: SocketAddress, _ path: String = "/events", headers: String = "", reads: Bool = true
    ) async throws -> StreamClient {
        let inbox = Inbox()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: reads)
            // Small, so that one that does not read is soon noticed.
            .channelOption(.socketOption(.so_rcvbuf), value: reads ? 1 << 18 : 4_096)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Receiver(inbox))
                }
            }.connect(to: address).get()
        try await channel.writeAndFlush(
            ByteBuffer(string: "GET \(path) HTTP/1.1\r\nHost: pulp.test\r\n\(headers)\r\n"))
        return StreamClient(channel, inbox)
    }

    /// All that came, as it came.
    var text: String { String(decoding: self.inbox.state.withLock { $0.bytes }, as: UTF8.self) }
    var isClosed: Bool { self.inbox.state.withLock { $0.isClosed } }

    func saw(_ text: String) async -> Bool { await eventually { self.text.contains(text) } }

    func read() async throws { try await self.channel.setOption(.autoRead, value: true).get() }

    func close() async { try? await self.channel.close().get() }

    private final class Inbox: Sendable {
        let state = Mutex(State())
    }

    private final class Receiver: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let inbox: Inbox

        init(_ inbox: Inbox) {
            self.inbox = inbox
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = self.unwrapInboundIn(data)
            self.inbox.state.withLock { $0.bytes += bytes.readableBytesView }
        }

        func channelInactive(context: ChannelHandlerContext) {
            self.inbox.state.withLock { $0.isClosed = true }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }
}

/// What this process holds of the system.
struct Usage {
    var descriptors = 0

    static var now: Usage {
        Usage(descriptors: (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd"))?.count ?? 0)
    }
}

extension PluginSpec {
    /// The fixture that uses every import, with settings.
    static func sse(
        _ settings: [String: CapabilitySetting.Value] = [:], limits: [String: CapabilitySetting.Value] = [:]
    ) throws -> PluginSpec {
        var spec = try Fixture.spec("sse")
        spec.capabilitySections["sse"] = settings.map { CapabilitySetting(name: $0.key, value: $0.value) }
        spec.capabilityLimits["transport.sse"] = limits.map { CapabilitySetting(name: $0.key, value: $0.value) }
        return spec
    }
}

extension Site {
    /// Has the fixture do something, and gives what it answers.
    func post(_ what: String, _ body: [UInt8]) async throws -> String {
        try await self.request("POST", "/do/\(what)", body: body).text
    }

    func post(_ what: String, _ body: String) async throws -> String { try await self.post(what, Array(body.utf8)) }

    func emit(_ data: String, to path: String = "/events", id: String = "", event: String = "") async throws -> String {
        try await self.post(
            "emit", ServerSentEventRecord(path: path, id: id, event: event, data: data).encodedBytes())
    }

    func subscribe(_ path: String = "/events", headers: String = "") async throws -> StreamClient {
        let client = try await StreamClient.open(self.address, path, headers: headers)
        #expect(await client.saw("\r\n\r\n"))
        return client
    }
}
