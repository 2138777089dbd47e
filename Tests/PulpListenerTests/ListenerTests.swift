import Logging
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import PulpListener

/// The listener on real sockets.
@Suite(.serialized, .timeLimit(.minutes(15))) struct ListenerTests {
    private let get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
    private let last = "GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"

    private func with(
        _ owner: any RouteOwner, limits: ListenerConfiguration.Limits = .init(), logger: Logger = .silent,
        threads: Int = 1, _ body: (TestListener) async throws -> Void
    ) async throws {
        let server = try await TestListener(
            try RouteTable.everything(owner), limits: limits, logger: logger, threads: threads)
        do {
            try await body(server)
        } catch {
            try await server.stop()
            throw error
        }
        try await server.stop()
    }

    @Test("requests on several loops are answered, and counted")
    func serves() async throws {
        try await self.with(ClosureOwner(), threads: 2) { server in
            for _ in 0..<4 {
                let client = try await server.connect()
                try await client.send(self.get)
                _ = try await client.receive(containing: "\r\n\r\n")
                let answer = try await client.request(self.last)
                #expect(answer.components("HTTP/1.1 200 OK") == 2)
            }
            #expect(server.listener.counters.requests == 8)
            #expect(server.listener.counters.acceptedConnections == 4)
        }
    }

    @Test("an answer given on another thread arrives")
    func otherThread() async throws {
        let owner = ClosureOwner(serve: { exchange in
            NIOThreadPool.singleton.submit { _ in exchange.respond(status: 200, body: ByteBuffer(string: "there")) }
        })
        try await self.with(owner) { server in
            let answer = try await server.connect().request(self.last)
            #expect(answer.hasSuffix("there"))
        }
    }

    @Test("a body of 8 MiB goes there and back")
    func largeBody() async throws {
        try await self.with(ClosureOwner(maxBodyBytes: 8 * 1024 * 1024)) { server in
            let body = String(repeating: "0123456789abcdef", count: 512 * 1024)
            let client = try await server.connect()
            let head = "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
            let answer = try await client.request(head + body)
            #expect(answer.hasSuffix("\r\n\r\n" + body))
        }
    }

    @Test("a client that has closed its sending side gets its answer")
    func halfClose() async throws {
        let inbox = Inbox()
        try await self.with(ClosureOwner(serve: inbox.add)) { server in
            let client = try await server.connect()
            try await client.send(self.get)
            try await client.closeOutput()
            let exchange = try await inbox.next()
            exchange.respond(status: 200, body: ByteBuffer(string: "still here"))
            let answer = try await client.receiveAll()
            #expect(answer.hasSuffix("still here"))
        }
    }

    @Test("pipelined requests are all answered after the client has closed its sending side")
    func halfClosePipelined() async throws {
        let inbox = Inbox()
        try await self.with(ClosureOwner(serve: inbox.add)) { server in
            let client = try await server.connect()
            try await client.send(String(repeating: self.get, count: 3))
            try await client.closeOutput()
            for index in 0..<3 {
                let exchange = try await inbox.next()
                exchange.respond(status: 200, body: ByteBuffer(string: "<\(index)>"))
            }
            let answer = try await client.receiveAll()
            #expect(answer.components("HTTP/1.1 200 OK") == 3)
            #expect(answer.hasSuffix("<2>"))
        }
    }

    @Test("a client that closes its sending side amid a body is told and never served")
    func halfCloseInBody() async throws {
        let owner = ClosureOwner()
        try await self.with(owner) { server in
            let client = try await server.connect()
            try await client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc")
            try await client.closeOutput()
            let answer = try await client.receiveAll()
            #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
            #expect(owner.servedCount == 0)
        }
    }

    @Test("a reset cancels what is in flight")
    func reset() async throws {
        let (cancelled, signal) = AsyncStream.makeStream(of: UInt64.self)
        let owner = ClosureOwner(serve: { exchange in
            exchange.onCancel = { signal.yield(exchange.id) }
            signal.yield(0)
        })
        try await self.with(owner) { server in
            let client = try await server.connect()
            try await client.send(self.get)
            var events = cancelled.makeAsyncIterator()
            #expect(await events.next() == 0)
            try await client.reset()
            let id = try #require(await events.next())
            #expect(id > 0)
        }
    }

    @Test("a reset amid a body leaves nothing behind")
    func resetInBody() async throws {
        let owner = ClosureOwner()
        try await self.with(owner) { server in
            let client = try await server.connect()
            try await client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc")
            try await client.reset()
            let answer = try await server.connect().request(self.last)
            #expect(answer.hasPrefix("HTTP/1.1 200"))
            #expect(owner.servedCount == 1)
        }
    }

    @Test("413 reaches a client that goes on sending")
    func tooLargeWhileSending() async throws {
        try await self.with(ClosureOwner(maxBodyBytes: 1000)) { server in
            let client = try await server.connect()
            let head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n"
            try await client.send(head + String(repeating: "x", count: 200_000))
            let answer = try await client.receiveAll()
            #expect(answer.hasSuffix("request body too large"))
        }
    }

    @Test(
        "a head that is too large is refused",
        arguments: [
            ("GET /" + String(repeating: "a", count: 9000) + " HTTP/1.1\r\nHost: h\r\n\r\n", 414),
            ("GET /" + String(repeating: "a", count: 100_000), 414),
            ("GET / HTTP/1.1\r\nHost: h\r\nX: " + String(repeating: "a", count: 17_000) + "\r\n\r\n", 431),
            ("GET / HTTP/1.1\r\nHost: h\r\n" + String(repeating: "X: y\r\n", count: 200) + "\r\n", 431),
        ])
    func oversized(request: String, status: Int) async throws {
        try await self.with(ClosureOwner()) { server in
            let answer = try await server.connect().request(request)
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
        }
    }

    @Test("2,000 idle connections are held while another is served, and end by themselves when idle too long")
    func manyIdle() async throws {
        var limits = ListenerConfiguration.Limits()
        limits.idleTimeout = .milliseconds(200)
        limits.sweepInterval = .milliseconds(50)
        try await self.with(ClosureOwner(), limits: limits, threads: 2) { server in
            var clients: [RawClient] = []
            for _ in 0..<2000 { clients.append(try await server.connect()) }
            let answer = try await server.connect().request(self.last)
            #expect(answer.hasPrefix("HTTP/1.1 200"))
            for client in clients { _ = try await client.receiveAll() }
            #expect(server.listener.counters.acceptedConnections == 2001)
        }
    }

    @Test("one connection over the limit is closed at once, and room is made again")
    func connectionLimit() async throws {
        var limits = ListenerConfiguration.Limits()
        limits.connections = 2
        let lines = LogLines()
        try await self.with(ClosureOwner(), limits: limits, logger: lines.logger) { server in
            let first = try await server.connect()
            let second = try await server.connect()
            for client in [first, second] {
                try await client.send(self.get)
                _ = try await client.receive(containing: "200 OK")
            }
            for _ in 0..<3 {
                let nothing = try await server.connect().receiveAll()
                #expect(nothing.isEmpty)
            }
            #expect(server.listener.counters.refusedConnections == 3)
            #expect(lines.count("connection limit reached") == 1)
            _ = try await first.request(self.last)
            try await first.close()
            let answer = try await server.connect().request(self.last)
            #expect(answer.hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test("draining answers what is in flight with Connection: close and accepts nothing more")
    func drain() async throws {
        let inbox = Inbox()
        let server = try await TestListener(try RouteTable.everything(ClosureOwner(serve: inbox.add)))
        let busy = try await server.connect()
        let idle = try await server.connect()
        try await busy.send(self.get)
        let exchange = try await inbox.next()
        async let drained = server.listener.drain(deadline: .seconds(20))
        let nothing = try await idle.receiveAll()
        #expect(nothing.isEmpty)
        exchange.respond(status: 200, body: ByteBuffer(string: "done"))
        let answer = try await busy.receiveAll()
        #expect(answer.contains("Connection: close\r\n"))
        #expect(answer.hasSuffix("done"))
        #expect(await drained)
        await #expect(throws: (any Error).self) { try await server.connect() }
        try await server.group.shutdownGracefully()
    }

    @Test("draining ends at its deadline even if an answer never comes")
    func drainDeadline() async throws {
        let inbox = Inbox()
        let server = try await TestListener(try RouteTable.everything(ClosureOwner(serve: inbox.add)))
        let client = try await server.connect()
        try await client.send(self.get)
        let exchange = try await inbox.next()
        #expect(await server.listener.drain(deadline: .milliseconds(50)) == false)
        let answer = try await client.receiveAll()
        #expect(answer.isEmpty)
        _ = exchange
        try await server.group.shutdownGracefully()
    }

    @Test("a taken port is an error that names it")
    func portTaken() async throws {
        try await self.with(ClosureOwner()) { server in
            let port = try #require(server.address.port)
            let configuration = ListenerConfiguration(address: .tcp(host: "127.0.0.1", port: port))
            let second = try Listener(
                configuration: configuration, routes: RouteTable(), group: server.group, logger: .silent,
                wallClock: { 0 })
            let error = await #expect(throws: ListenerError.self) { try await second.start() }
            #expect(error?.message.contains("127.0.0.1:\(port)") == true)
        }
    }

    @Test("without file descriptors the listener waits, says so once, and goes on")
    func descriptors() async throws {
        // In a process of its own: other tests of this one need descriptors.
        await #expect(processExitsWith: .success) {
            let last = "GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
            var limits = ListenerConfiguration.Limits()
            limits.acceptPause = .milliseconds(20)
            let lines = LogLines()
            let routes = try RouteTable.everything(ClosureOwner())
            let server = try await TestListener(routes, limits: limits, logger: lines.logger)
            let client = try await server.connect()
            try await client.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n")
            _ = try await client.receive(containing: "200 OK")
            // One is left for the client's socket; the server's side of it cannot be made.
            let (late, descriptors) = try await Descriptors.exhausted(keeping: 1) { try await server.connect() }
            try await late.send(last)
            try await lines.wait(for: "cannot accept connections")
            descriptors.release()
            let answer = try await late.receiveAll()
            try #require(answer.hasPrefix("HTTP/1.1 200"))
            try #require(lines.count("cannot accept connections") == 1)
            let other = try await client.request(last)
            try #require(other.hasSuffix("\r\n\r\n"))
        }
    }

    @Test("a unix socket is served, a dead file is replaced, another file and a live one are not")
    func unixSocket() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let path = TemporaryFolder.path("listener.sock")
        let listener = { @Sendable () throws -> Listener in
            try Listener(
                configuration: ListenerConfiguration(address: .unix(path: path)),
                routes: try RouteTable.everything(ClosureOwner()), group: group, logger: .silent, wallClock: { 0 })
        }
        let first = try listener()
        let address = try #require(try await first.start())
        let client = try await RawClient(address, on: group)
        let answer = try await client.request(self.last)
        #expect(answer.hasPrefix("HTTP/1.1 200"))
        await #expect(throws: ListenerError.self) { try await listener().start() }
        await first.drain(deadline: .zero)
        // What a killed process leaves behind: a socket file that nobody listens on.
        let dead = try await ServerBootstrap(group: group).bind(unixDomainSocketPath: path).get()
        try await dead.close()
        let second = try listener()
        try await second.start()
        await second.drain(deadline: .zero)
        try TemporaryFolder.write("precious", to: path)
        await #expect(throws: ListenerError.self) { try await listener().start() }
        try await group.shutdownGracefully()
    }
}
