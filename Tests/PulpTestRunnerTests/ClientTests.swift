import NIOCore
import NIOPosix
import Testing

@testable import PulpTestRunner

/// The client of tests against hosts that do what ours does not.
@Suite("A test's client", .timeLimit(.minutes(2)))
struct ClientTests {
    /// Answers the first bytes of each connection with these, and reads nothing else; then closes if told to.
    private final class Server: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer

        let answer: [UInt8]
        let closes: Bool

        init(_ answer: [UInt8], closes: Bool) {
            (self.answer, self.closes) = (answer, closes)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let (channel, closes) = (context.channel, self.closes)
            channel.setOption(.autoRead, value: false).whenSuccess {
                channel.writeAndFlush(ByteBuffer(bytes: self.answer)).whenComplete { _ in
                    if closes { channel.close(promise: nil) }
                }
            }
        }
    }

    private static func with(
        _ answer: [UInt8], closes: Bool = false, _ body: (TestClient) async throws -> Void
    ) async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let server = try await ServerBootstrap(group: loop)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Server(answer, closes: closes))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let address = try #require(server.localAddress)
        let client = TestClient(address: .tcp(address), loop: loop, signal: Signal(loop: loop))
        do {
            try await body(client)
        } catch {
            await client.close()
            try await server.close()
            throw error
        }
        await client.close()
        try await server.close()
    }

    /// Waits for what the client's signal tells of.
    private static func wait(_ client: TestClient, _ condition: () -> Bool) async -> Bool {
        await client.signal.wait(within: .seconds(60), until: condition)
    }

    @Test(
        "takes no answer for whole that was cut short",
        arguments: [
            "Content-Length: 10\r\n\r\n12345", "Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n",
            "Transfer-Encoding: chunked\r\n\r\nnonsense\r\n", "Transfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\n1",
        ])
    func short(rest: String) async throws {
        try await Self.with(Array("HTTP/1.1 200 OK\r\n\(rest)".utf8), closes: true) { client in
            try await client.begin(TestRequest(method: "GET", target: "/"), name: "a")
            #expect(await Self.wait(client) { client.isBroken("a") })
            #expect(client.answer(to: "a") == nil)
            #expect(client.part(of: "a")?.status == 200)
        }
    }

    @Test(
        "reads an answer in every form that HTTP/1.1 gives it",
        arguments: [
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12345", "12345"),
            ("HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n2;x=y\r\n12\r\n3\r\n345\r\n0\r\n\r\n", "12345"),
            ("HTTP/1.1 200 OK\r\n\r\n12345", "12345"),
            ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", ""),
            ("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n12345", ""),
        ])
    func whole(answer: String, body: String) {
        // In one piece, and byte by byte.
        for size in [answer.utf8.count, 1] {
            var reader = AnswerReader(to: "GET")
            var rest = Array(answer.utf8)[...]
            while !rest.isEmpty {
                reader.read(Array(rest.prefix(size)), isLast: rest.count <= size)
                rest = rest.dropFirst(size)
            }
            #expect(reader.isWhole)
            #expect(reader.soFar?.body == Array(body.utf8))
        }
    }

    @Test("ends a stream that brings more than a test keeps, and says so")
    func flood() async throws {
        let head = Array("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n".utf8)
        let many = [[UInt8]](repeating: Array("data:x\n\n".utf8), count: 100_001).flatMap(\.self)
        try await Self.with(head + many) { client in
            _ = try await client.subscribe("/", [], name: "s", within: .seconds(60))
            let isOver = await Self.wait(client) {
                client.read()
                return client.received.overfull == "s"
            }
            #expect(isOver)
        }
        // One frame of a WebSocket that says that it is longer.
        let upgraded = Array("HTTP/1.1 101 Switching Protocols\r\n\r\n".utf8)
        let frame = [0x82, 127, 0, 0, 0, 1, 0, 0, 0, 0] + [UInt8](repeating: 0, count: ClientConnection.mostBytes)
        try await Self.with(upgraded + frame) { client in
            _ = try await client.connect("/", [], name: "s", within: .seconds(60))
            let isOver = await Self.wait(client) {
                client.read()
                return client.received.overfull == "s" && client.received.closed["s"] != nil
            }
            #expect(isOver)
        }
    }

    @Test("waits for a peer that does not read no longer than its task lasts")
    func stuck() async throws {
        try await Self.with([]) { client in
            // More than any system keeps between two sockets.
            let request = TestRequest(method: "PUT", target: "/", body: [UInt8](repeating: 0, count: 64 << 20))
            await withTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try? await client.begin(request, name: "a") }
                _ = await Self.wait(client) { client.isOpen("a") }
                tasks.cancelAll()
            }
            #expect(await Self.wait(client) { client.isBroken("a") })
        }
    }

    @Test("reads very many small frames that come at once")
    func frames() {
        var reader = FrameReader()
        let bytes = [[UInt8]](repeating: [0x81, 0x01, 0x78], count: 200_000).flatMap(\.self)
        #expect(reader.read(bytes + [0x88]).count == 200_000)
        #expect(reader.read([0x02, 0x0F, 0xA0]) == [.close(4000)])
    }
}
