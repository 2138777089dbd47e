import NIOCore
import NIOEmbedded
import Testing

@testable import PulpListener

/// One HTTP/1 connection without sockets: order, framing, back-pressure, keep-alive.
@Suite struct ConnectionTests {
    private let get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"

    @Test("answers leave in the order of the requests whatever order they come in")
    func pipelining() throws {
        let inbox = Inbox()
        let connection = try EmbeddedConnection(ClosureOwner(serve: inbox.add))
        try connection.send(String(repeating: self.get, count: 4))
        let exchanges = inbox.all
        #expect(exchanges.count == 4)
        #expect(Set(exchanges.map(\.id)).count == 4)
        #expect(exchanges.allSatisfy { $0.id != 0 })
        var received = ""
        for index in [2, 1, 3, 0] {
            exchanges[index].respond(status: 200, body: ByteBuffer(string: "<\(index)>"))
            let part = try connection.received()
            #expect(part.isEmpty == (index != 0), "nothing leaves before the first is answered")
            received += part
        }
        let places = (0..<4).compactMap { received.ranges(of: "<\($0)>").first?.lowerBound }
        #expect(places.count == 4)
        #expect(places == places.sorted())
        try connection.finish()
    }

    @Test("answers to one read leave in one write")
    func oneWrite() throws {
        let connection = try EmbeddedConnection(ClosureOwner())
        try connection.channel.writeInbound(ByteBuffer(string: String(repeating: self.get, count: 3)))
        let first = try #require(try connection.channel.readOutbound(as: ByteBuffer.self))
        #expect(String(buffer: first).components("HTTP/1.1 200 OK") == 3)
        #expect(try connection.channel.readOutbound(as: ByteBuffer.self) == nil)
        try connection.finish()
    }

    @Test("reading stops at the depth of the pipeline and goes on after an answer")
    func depth() throws {
        let inbox = Inbox()
        var limits = ListenerConfiguration.Limits()
        limits.pipelineDepth = 2
        let connection = try EmbeddedConnection(ClosureOwner(serve: inbox.add), limits: limits)
        let counter = ReadCounter()
        try connection.channel.pipeline.syncOperations.addHandler(counter, position: .first)
        try connection.send(String(repeating: self.get, count: 5))
        #expect(inbox.all.count == 2)
        connection.channel.read()
        #expect(counter.reads == 0, "the socket is left alone")
        inbox.all[0].respond(status: 200)
        #expect(inbox.all.count == 3)
        for index in 1..<5 { inbox.all[index].respond(status: 200) }
        #expect(counter.reads == 1, "the read that was withheld is done")
        #expect(try connection.received().components("HTTP/1.1 200 OK") == 5)
        try connection.finish()
    }

    @Test("a client that does not take its answers is not read from")
    func writability() throws {
        let inbox = Inbox()
        let connection = try EmbeddedConnection(ClosureOwner(serve: inbox.add))
        connection.channel.isWritable = false
        connection.channel.pipeline.fireChannelWritabilityChanged()
        try connection.send(self.get)
        #expect(inbox.all.isEmpty)
        connection.channel.isWritable = true
        connection.channel.pipeline.fireChannelWritabilityChanged()
        #expect(inbox.all.count == 1)
        try connection.finish()
    }

    @Test(
        "the connection is kept or closed as the request asks",
        arguments: [
            ("GET / HTTP/1.1\r\nHost: h\r\n\r\n", true, ""),
            ("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", false, "Connection: close\r\n"),
            ("GET / HTTP/1.1\r\nHost: h\r\nConnection: x, Close\r\n\r\n", false, "Connection: close\r\n"),
            ("GET / HTTP/1.0\r\n\r\n", false, "Connection: close\r\n"),
            ("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true, "Connection: keep-alive\r\n"),
        ])
    func keepAlive(request: String, stays: Bool, header: String) throws {
        let connection = try EmbeddedConnection(ClosureOwner())
        let answer = try connection.send(request)
        #expect(answer.contains(header))
        #expect(connection.isOpen == stays)
        try connection.finish()
    }

    @Test("what follows a last request is not served")
    func afterClose() throws {
        let owner = ClosureOwner()
        let connection = try EmbeddedConnection(owner)
        try connection.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n" + self.get)
        #expect(owner.servedCount == 1)
        try connection.finish()
    }

    @Test("100 Continue is sent once the request is admitted and before its body")
    func expectation() throws {
        let connection = try EmbeddedConnection(ClosureOwner())
        let head = "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
        #expect(try connection.send(head) == "HTTP/1.1 100 Continue\r\n\r\n")
        #expect(try connection.send("abc").hasSuffix("\r\n\r\nabc"))
        try connection.finish()
    }

    @Test("100 Continue waits for its turn behind an earlier answer")
    func expectationInTurn() throws {
        let inbox = Inbox()
        let connection = try EmbeddedConnection(ClosureOwner(serve: inbox.add))
        let head = "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
        #expect(try connection.send(self.get + head).isEmpty)
        inbox.all[0].respond(status: 200)
        #expect(try connection.received().hasSuffix("\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"))
        try connection.finish()
    }

    @Test("a refused request gets no 100 Continue, and its body is never read")
    func refusedExpectation() throws {
        let owner = ClosureOwner(admit: { _ in .problem(503, detail: "starting", retryAfter: 2) })
        let connection = try EmbeddedConnection(owner)
        let head = "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
        let answer = try connection.send(head)
        #expect(answer.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
        #expect(answer.contains("Retry-After: 2\r\n"))
        #expect(answer.contains("Connection: close\r\n"))
        #expect(owner.servedCount == 0)
        try connection.finish()
    }

    @Test("a refused request with a short body leaves the connection usable")
    func refusedShortBody() throws {
        let owner = ClosureOwner()
        let routes = RouteTable()
        try routes.register(method: "GET", pattern: "/a", owner: owner)
        let connection = try EmbeddedConnection(routes)
        let post = "POST /none HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n"
        let answer = try connection.send(post + "GET /" + self.get)
        #expect(answer.hasPrefix("HTTP/1.1 404 Not Found\r\n"))
        #expect(answer.contains("\r\n\r\n404 page not foundHTTP/1.1 200 OK\r\n"))
        #expect(owner.servedCount == 1)
        try connection.finish()
    }

    @Test("413 is sent before a body that is announced too large, and while counting one that is not")
    func tooLarge() throws {
        let owner = ClosureOwner(maxBodyBytes: 10)
        for body in [
            "Content-Length: 11\r\n\r\n", "Content-Length: 9999999999999\r\n\r\n",
            "Transfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n6\r\n",
            "Transfer-Encoding: chunked\r\n\r\nfffffff\r\nabcdefghijklmn",
        ] {
            let connection = try EmbeddedConnection(owner)
            let answer = try connection.send("POST / HTTP/1.1\r\nHost: h\r\n" + body + "more")
            #expect(answer.hasPrefix("HTTP/1.1 413 "))
            #expect(answer.hasSuffix("Connection: close\r\n\r\nrequest body too large"))
            try connection.finish()
        }
        #expect(owner.servedCount == 0)
    }

    @Test("a body of exactly the limit is served", arguments: ["Content-Length: 10\r\n\r\n0123456789"])
    func atTheLimit(body: String) throws {
        let connection = try EmbeddedConnection(ClosureOwner(maxBodyBytes: 10))
        let chunks = "Transfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n"
        for framed in [body, chunks] {
            let answer = try connection.send("POST / HTTP/1.1\r\nHost: h\r\n" + framed)
            #expect(answer.hasSuffix("\r\n\r\n0123456789"))
        }
        try connection.finish()
    }

    @Test("a head in any two pieces, and byte by byte, is the same request")
    func pieces() throws {
        let text = "POST /a?x=1 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"
        for cut in 1..<text.utf8.count {
            let connection = try EmbeddedConnection(ClosureOwner())
            var answer = try connection.send(String(text.prefix(cut)))
            answer += try connection.send(String(text.dropFirst(cut)))
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(answer.hasSuffix("abc"))
            try connection.finish()
        }
    }

    @Test("HEAD gets the length of the body and no body")
    func head() throws {
        let owner = ClosureOwner(serve: { $0.respond(status: 200, body: ByteBuffer(string: "12345")) })
        let connection = try EmbeddedConnection(owner)
        let answer = try connection.send("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(answer.contains("Content-Length: 5\r\n"))
        #expect(answer.hasSuffix("\r\n\r\n"))
        try connection.finish()
    }

    @Test(
        "paths that are not clean are sent to the clean one",
        arguments: [
            ("GET", "//a", 301, "/a"), ("GET", "/a//b?q=1", 301, "/a/b?q=1"), ("GET", "/a/./b", 301, "/a/b"),
            ("GET", "/a/../b/", 301, "/b/"), ("POST", "/../..", 308, "/"), ("GET", "/a/..", 301, "/"),
            ("GET", "/a%2F%2Fb", 301, "/a/b"), ("GET", "/%2e%2e/a%20b", 301, "/a%20b"),
            ("GET", "//evil.example/", 301, "/evil.example/"), ("GET", "/./%5Cevil", 301, "/%5Cevil"),
        ])
    func unclean(method: String, target: String, status: Int, location: String) throws {
        let owner = ClosureOwner()
        let connection = try EmbeddedConnection(owner)
        let answer = try connection.send("\(method) \(target) HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
        #expect(answer.contains("\r\nLocation: \(location)\r\n"))
        #expect(owner.servedCount == 0)
        try connection.finish()
    }

    @Test("OPTIONS is answered for a path and for the server, 405 names what is allowed")
    func options() throws {
        let routes = RouteTable()
        try routes.register(method: "GET", pattern: "/a", owner: ClosureOwner())
        let connection = try EmbeddedConnection(routes)
        let path = try connection.send("OPTIONS /a HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(path.hasPrefix("HTTP/1.1 204 No Content\r\nAllow: GET, HEAD, OPTIONS\r\n"))
        #expect(!path.contains("Content-Length"))
        #expect(try connection.send("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n").hasPrefix("HTTP/1.1 204 "))
        let other = try connection.send("DELETE /a HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(other.hasPrefix("HTTP/1.1 405 Method Not Allowed\r\n"))
        #expect(other.contains("Allow: GET, HEAD, OPTIONS\r\n"))
        #expect(other.contains("Content-Type: application/problem+json\r\n"))
        try connection.finish()
    }

    @Test("an upgrade hands the channel over with the bytes that came after the request")
    func takeOver() throws {
        let inbox = Inbox()
        let connection = try EmbeddedConnection(ClosureOwner(serve: inbox.add))
        let request = "GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
        try connection.send(request + "GET leftover")
        let exchange = try #require(inbox.all.first)
        #expect(exchange.wantsUpgrade)
        var leftover = ""
        try exchange.takeOver { channel, bytes in
            leftover = String(buffer: bytes)
            try channel.pipeline.syncOperations.addHandler(ReadCounter())
        }
        connection.channel.embeddedEventLoop.run()
        #expect(leftover == "GET leftover")
        try connection.channel.writeInbound(ByteBuffer(string: "frame"))
        #expect(try connection.channel.readInbound(as: ByteBuffer.self) == ByteBuffer(string: "frame"))
        try connection.finish()
    }

    @Test("only a request that asked for it is handed over")
    func noTakeOver() throws {
        let inbox = Inbox()
        let connection = try EmbeddedConnection(ClosureOwner(serve: inbox.add))
        try connection.send(self.get)
        let exchange = try #require(inbox.all.first)
        #expect(throws: ResponseFault.self) { try exchange.takeOver { _, _ in } }
        exchange.respond(status: 200)
        #expect(try connection.received().hasPrefix("HTTP/1.1 200"))
        try connection.finish()
    }
}

/// Counts the reads that reach the socket.
private final class ReadCounter: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer

    var reads = 0

    func read(context: ChannelHandlerContext) {
        self.reads += 1
        context.read()
    }
}
