import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import PulpListener

/// Answers without an end of their own.
@Suite("A stream")
struct StreamTests {
    private static func part(_ text: String) -> StreamPart {
        StreamPart(byteCount: text.utf8.count) { $0.writeString(text) }
    }

    /// Writes on for ever, whatever the client takes; tells when the client has gone.
    private static func flood(_ gone: EventLoopPromise<Void>) -> ClosureOwner {
        ClosureOwner(serve: { exchange in
            try? exchange.respondHead(status: 200, headers: [:])
            let many = StreamPart(byteCount: 1 << 23) { $0.writeRepeatingByte(0x78, count: 1 << 23) }
            exchange.write(many)
            let bound = NIOLoopBound(exchange, eventLoop: exchange.eventLoop)
            let writing = exchange.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(5)) { _ in
                bound.value.write(Self.part("more"))
            }
            exchange.onCancel = {
                writing.cancel()
                gone.succeed()
            }
        })
    }

    private static var impatient: ListenerConfiguration.Limits {
        var limits = ListenerConfiguration.Limits()
        limits.writeStall = .milliseconds(300)
        limits.sweepInterval = .milliseconds(20)
        return limits
    }

    @Test("to a client that takes nothing ends, though it is written on all the time")
    func stuck() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let gone = loop.makePromise(of: Void.self)
        let server = try await TestListener(
            try .everything(Self.flood(gone)), limits: Self.impatient)
        let client = try await server.connect()
        try await client.channel.setOption(.autoRead, value: false).get()
        try await client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        try await gone.futureResult.get()
        try await client.close()
        try await server.stop()
    }

    @Test("on HTTP/2 ends as well when its client opens no window")
    func stuckOnHTTP2() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let gone = loop.makePromise(of: Void.self)
        let server = try await TestListener(
            try .everything(Self.flood(gone)), tls: try Certificates.pair("test"), limits: Self.impatient)
        let client = try await HTTP2Client(server)
        let stream = try await client.open(method: "GET", path: "/")
        try await stream.setOption(.autoRead, value: false).get()
        try await client.channel.setOption(.autoRead, value: false).get()
        try await gone.futureResult.get()
        try await client.close()
        try await server.stop()
    }

    private static func talker() -> ClosureOwner {
        ClosureOwner(serve: { exchange in
            try? exchange.respondHead(status: 200, headers: [:])
            for text in ["one ", "two "] { exchange.write(Self.part(text)) }
            exchange.onEnding = { [unowned exchange] ending in
                exchange.write(Self.part("\(ending)"))
                exchange.end()
            }
        })
    }

    @Test("is told that the listener stops, and ends at once")
    func draining() async throws {
        let server = try await TestListener(try .everything(Self.talker()))
        let client = try await server.connect()
        try await client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        _ = try await client.receive(containing: "two")
        #expect(await server.listener.drain(deadline: .seconds(20)))
        #expect(try await client.receiveAll().hasSuffix("4\r\none \r\n4\r\ntwo \r\n8\r\ndraining\r\n0\r\n\r\n"))
        try await server.stop()
    }

    @Test("is told that its client sends no more")
    func halfClose() async throws {
        let server = try await TestListener(try .everything(Self.talker()))
        let client = try await server.connect()
        try await client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        _ = try await client.receive(containing: "two")
        try await client.closeOutput()
        #expect(try await client.receiveAll().hasSuffix("a\r\ninputEnded\r\n0\r\n\r\n"))
        try await server.stop()
    }

    @Test("on HTTP/2 has no chunks, and ends when the listener stops")
    func drainingOnHTTP2() async throws {
        let talker = Self.talker()
        let server = try await TestListener(try .everything(talker), tls: try Certificates.pair("test"))
        let client = try await HTTP2Client(server)
        async let answer = client.request(method: "GET", path: "/", body: "")
        while talker.servedCount == 0 { await Task.yield() }
        #expect(await server.listener.drain(deadline: .seconds(20)))
        #expect(try await answer.body.hasPrefix("one two "))
        try await client.close()
        try await server.stop()
    }
}
