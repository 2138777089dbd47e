import NIOCore
import NIOHPACK
import NIOHTTP1
import NIOHTTP2
import NIOPosix
import NIOSSL
import Synchronization
import Testing

@testable import PulpListener

/// TLS, the protocol agreed on by it, HTTP/2 and its floods.
@Suite(.serialized, .timeLimit(.minutes(15))) struct TLSTests {
    @Test("h2 and http/1.1 are agreed on as the client wishes", arguments: [["h2", "http/1.1"], ["http/1.1"], []])
    func agreement(protocols: [String]) async throws {
        try await self.with(ClosureOwner()) { server in
            let client = try await TLSClient(server, protocols: protocols)
            let agreed = try await client.agreed()
            #expect(agreed == protocols.first)
            try await client.close()
        }
    }

    @Test("HTTP/1.1 over TLS is served and says so")
    func http1() async throws {
        let owner = ClosureOwner(serve: { exchange in
            exchange.respond(status: exchange.isTLS ? 200 : 500, body: ByteBuffer(string: "secure"))
        })
        try await self.with(owner) { server in
            let client = try await TLSClient(server, protocols: ["http/1.1"])
            let answer = try await client.request("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(answer.hasSuffix("secure"))
        }
    }

    @Test("an HTTP/2 request is the same exchange")
    func http2() async throws {
        let owner = ClosureOwner(serve: { exchange in
            let seen = [
                exchange.method, exchange.path, exchange.host, exchange.headers["x"].joined(separator: "+"),
                exchange.headers["cookie"].joined(separator: "+"), "\(exchange.httpVersion)", "\(exchange.isTLS)",
                String(buffer: exchange.body), exchange.parameters.map(\.value).joined(),
            ]
            let headers: HTTPHeaders = ["X-Seen": seen.joined(separator: "|"), "Connection": "close"]
            exchange.respond(status: 201, headers: headers, body: exchange.body)
        })
        try await self.with(owner) { server in
            let client = try await HTTP2Client(server)
            let answer = try await client.request(
                ["x": "1", "X": "2", "cookie": "a=1"], extra: [("cookie", "b=2")], method: "POST",
                path: "/a%20b?q=1", body: "hello")
            #expect(answer.status == "201")
            #expect(answer.body == "hello")
            #expect(answer.headers.first(name: "connection") == nil)
            #expect(answer.headers.first(name: "content-length") == "5")
            let seen = answer.headers.first(name: "x-seen")
            #expect(seen == "POST|/a b|localhost|1+2|a=1; b=2|HTTP/2.0|true|hello|a b")
            try await client.close()
        }
    }

    @Test("many streams of one connection are answered, large bodies and streamed answers too")
    func streams() async throws {
        let owner = ClosureOwner(serve: { exchange in
            guard exchange.path != "/stream" else {
                do throws(ResponseFault) {
                    try exchange.respondHead(status: 200, headers: [:])
                } catch {
                    Issue.record("\(error)")
                }
                for part in ["one ", "two ", "three"] { exchange.write(ByteBuffer(string: part)) }
                return exchange.end()
            }
            exchange.respond(status: 200, body: exchange.body)
        })
        try await self.with(owner) { server in
            let client = try await HTTP2Client(server)
            let body = String(repeating: "0123456789", count: 30_000)
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for index in 0..<20 {
                    group.addTask {
                        let sent = index % 5 == 0 ? body : "small"
                        return try await client.request(method: "POST", path: "/", body: sent).body == sent
                    }
                }
                for try await isRight in group { #expect(isRight) }
            }
            let streamed = try await client.request(method: "GET", path: "/stream", body: "")
            #expect(streamed.body == "one two three")
            try await client.close()
        }
    }

    @Test("refusals are the same on HTTP/2, and leave the connection open")
    func http2Refusals() async throws {
        let routes = RouteTable()
        try routes.register(method: "POST", pattern: "/a", owner: ClosureOwner(maxBodyBytes: 10))
        try await self.with(routes) { server in
            let client = try await HTTP2Client(server)
            let none = try await client.request(method: "GET", path: "/none", body: "")
            #expect(none.status == "404")
            #expect(none.body == "404 page not found")
            let method = try await client.request(method: "GET", path: "/a", body: "")
            #expect(method.headers.first(name: "allow") == "OPTIONS, POST")
            let large = try await client.request(method: "POST", path: "/a", body: String(repeating: "x", count: 11))
            #expect(large.status == "413")
            let path = try await client.request(method: "GET", path: "/a%zz", body: "")
            #expect(path.status == "400")
            let fine = try await client.request(method: "POST", path: "/a", body: "ok")
            #expect(fine.body == "ok")
            try await client.close()
        }
    }

    @Test("a stream that the client resets is cancelled")
    func http2Reset() async throws {
        let (cancelled, signal) = AsyncStream.makeStream(of: Bool.self)
        let owner = ClosureOwner(serve: { exchange in
            exchange.onCancel = { signal.yield(true) }
            signal.yield(false)
        })
        try await self.with(owner) { server in
            let client = try await HTTP2Client(server)
            let stream = try await client.open(method: "GET", path: "/")
            var events = cancelled.makeAsyncIterator()
            #expect(await events.next() == false)
            // The promise of the close fails with what closed the stream.
            try? await stream.close()
            #expect(await events.next() == true)
            try await client.close()
        }
    }

    @Test("rapid resets end the connection, and the listener goes on")
    func rapidReset() async throws {
        try await self.with(ClosureOwner(serve: { _ in })) { server in
            let client = try await HTTP2Client(server)
            for _ in 0..<2000 where client.channel.isActive {
                guard let stream = try? await client.open(method: "GET", path: "/") else { break }
                try? await stream.close()
            }
            try await client.channel.closeFuture.get()
            let other = try await TLSClient(server, protocols: ["http/1.1"])
            try await other.close()
        }
    }

    @Test(
        "floods of cheap frames end the connection",
        arguments: [
            // PING, SETTINGS, and a HEADERS with endless CONTINUATION.
            [UInt8](repeating: 0, count: 2) + [8, 6, 0, 0, 0, 0, 0] + [UInt8](repeating: 7, count: 8),
            [0, 0, 0, 4, 0, 0, 0, 0, 0],
            [0, 0, 1, 9, 0, 0, 0, 0, 1, 0x88],
        ])
    func floods(frame: [UInt8]) async throws {
        try await self.with(ClosureOwner()) { server in
            let client = try await TLSClient(server, protocols: ["h2"])
            _ = try await client.agreed()
            var bytes = ByteBuffer(string: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            bytes.writeBytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
            if frame[3] == 9 { bytes.writeBytes([0, 0, 1, 1, 0, 0, 0, 0, 1, 0x82]) }
            for _ in 0..<20_000 { bytes.writeBytes(frame) }
            // The server may close while this is being sent.
            try? await client.channel.writeAndFlush(bytes)
            try await client.channel.closeFuture.get()
        }
    }

    @Test("draining sends GOAWAY and lets the stream in flight finish")
    func goAway() async throws {
        let inbox = Inbox()
        let server = try await TestListener(
            try RouteTable.everything(ClosureOwner(serve: inbox.add)), tls: try Certificates.pair("drain"))
        let client = try await HTTP2Client(server)
        async let answer = client.request(method: "GET", path: "/", body: "")
        let exchange = try await inbox.next()
        async let drained = server.listener.drain(deadline: .seconds(20))
        exchange.respond(status: 200, body: ByteBuffer(string: "done"))
        #expect(try await answer.body == "done")
        #expect(await drained)
        try await client.channel.closeFuture.get()
        try await server.group.shutdownGracefully()
    }

    @Test("a handshake that does not come to its end is cut off")
    func slowHandshake() async throws {
        var limits = ListenerConfiguration.Limits()
        limits.handshakeDeadline = .milliseconds(50)
        limits.sweepInterval = .milliseconds(20)
        try await self.with(ClosureOwner(), limits: limits) { server in
            let silent = try await server.connect()
            let nothing = try await silent.receiveAll()
            #expect(nothing.isEmpty)
            #expect(server.listener.counters.timeouts == 1)
        }
    }

    @Test("plain HTTP on a TLS port is closed")
    func plainText() async throws {
        try await self.with(ClosureOwner()) { server in
            let answer = try await server.connect().request("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(!answer.contains("HTTP/1.1 200"))
        }
    }

    @Test("new certificates are used by the next handshake, bad ones leave the old in use")
    func reload() async throws {
        let pair = try Certificates.pair("before")
        let server = try await TestListener(try RouteTable.everything(ClosureOwner()), tls: pair)
        #expect(try await TLSClient(server, protocols: []).name() == "before")
        let old = try await TLSClient(server, protocols: ["http/1.1"])
        _ = try await old.agreed()
        try Certificates.replace(pair, by: try Certificates.pair("after"))
        try server.listener.reloadCertificates()
        #expect(try await TLSClient(server, protocols: []).name() == "after")
        let answer = try await old.request("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 200"))
        // A key that belongs to another certificate.
        let foreign = try Certificates.pair("foreign")
        try Certificates.copy(foreign.privateKeyPath, over: pair.privateKeyPath)
        let error = #expect(throws: ListenerError.self) { try server.listener.reloadCertificates() }
        #expect(error?.message.contains(pair.privateKeyPath) == true)
        #expect(try await TLSClient(server, protocols: []).name() == "after")
        try await server.stop()
    }

    @Test("a certificate that is not there is an error at the start")
    func missing() {
        let tls = ListenerConfiguration.TLS(certificateChainPath: "no.pem", privateKeyPath: "no-key.pem")
        let configuration = ListenerConfiguration(address: .tcp(host: "127.0.0.1", port: 0), tls: tls)
        let error = #expect(throws: ListenerError.self) {
            try Listener(
                configuration: configuration, routes: RouteTable(),
                group: MultiThreadedEventLoopGroup.singleton, logger: .silent, wallClock: { 0 })
        }
        #expect(error?.message.contains("no.pem") == true)
    }

    private func with(
        _ owner: any RouteOwner, limits: ListenerConfiguration.Limits = .init(),
        _ body: (TestListener) async throws -> Void
    ) async throws {
        try await self.with(try RouteTable.everything(owner), limits: limits, body)
    }

    private func with(
        _ routes: RouteTable, limits: ListenerConfiguration.Limits = .init(),
        _ body: (TestListener) async throws -> Void
    ) async throws {
        let server = try await TestListener(routes, tls: try Certificates.pair("test"), limits: limits)
        do {
            try await body(server)
        } catch {
            try await server.stop()
            throw error
        }
        try await server.stop()
    }
}
