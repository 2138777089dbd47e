import NIOCore
import NIOHTTP1
import Synchronization
import Testing

@testable import PulpListener

/// What an owner sees of a request, and what becomes of its answers.
@Suite struct ExchangeTests {
    private func exchange(_ text: String) throws -> (HTTPExchange, EmbeddedConnection) {
        let inbox = Inbox()
        let connection = try EmbeddedConnection(ClosureOwner(serve: inbox.add))
        try connection.send(text)
        return (try #require(inbox.all.first), connection)
    }

    @Test("a request is described as it came")
    func request() throws {
        let (exchange, connection) = try self.exchange(
            "POST /a%20b/%C3%A9?x=1&y=%26+z&x=2&bad=%zz&semi;colon HTTP/1.1\r\nHost: h:81\r\nX-A: 1\r\n"
                + "x-a:  2 \r\nContent-Length: 2\r\n\r\nhi")
        #expect(exchange.method == "POST")
        #expect(exchange.target == "/a%20b/%C3%A9?x=1&y=%26+z&x=2&bad=%zz&semi;colon")
        #expect(exchange.path == "/a b/é")
        #expect(exchange.host == "h:81")
        #expect(exchange.headers["X-A"] == ["1", "2"])
        #expect(exchange.headers.count == 4)
        #expect(exchange.headerCount == 4)
        #expect(exchange.queryItems.map { "\($0.name)=\($0.value)" } == ["x=1", "y=& z", "x=2"])
        #expect(exchange.httpVersion == .http1_1)
        #expect(exchange.remoteAddress == "192.0.2.7:4711")
        #expect(exchange.parameters.map(\.value) == ["a b/é"])
        #expect(String(buffer: exchange.body) == "hi")
        #expect(!exchange.isTLS)
        try connection.finish()
    }

    @Test("the host of an absolute target counts, an escaped slash separates segments, no query is no pair")
    func absolute() throws {
        let (exchange, connection) = try self.exchange("GET HTTP://other/a%2Fb HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(exchange.host == "other")
        #expect(exchange.path == "/a/b")
        #expect(!exchange.hasQuery)
        #expect(Array(exchange.queryItems.map(\.name)).isEmpty)
        try connection.finish()
    }

    @Test("header fields are read as bytes in order")
    func fields() throws {
        let (exchange, connection) = try self.exchange("GET / HTTP/1.1\r\nHost: h\r\nA:\r\nB: \t x y \t\r\n\r\n")
        var seen: [String] = []
        exchange.forEachHeader { seen.append(String(lossy: $0) + "=" + String(lossy: $1)) }
        #expect(seen == ["Host=h", "A=", "B=x y"])
        try connection.finish()
    }

    @Test(
        "a header that could split the answer is refused and nothing of it is sent",
        arguments: [
            ("X", "a\r\nSet-Cookie: x"), ("X", "a\nb"), ("X", "a\rb"), ("X", "a\u{0}b"), ("X\r\nY", "a"), ("X:", "a"),
            ("X Y", "a"), ("", "a"), ("Ä", "a"), ("X", "\u{7F}"),
        ])
    func injection(name: String, value: String) throws {
        let (exchange, connection) = try self.exchange("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        var builder = try exchange.makeResponse(status: 200)
        do throws(ResponseFault) {
            try builder.addHeader(name: name, value: value)
            Issue.record("accepted")
        } catch {
            #expect(error.code == .header)
        }
        try builder.addHeader(name: "Good", value: "yes")
        builder.finish(body: ByteBuffer(string: "ok"))
        let answer = try connection.received()
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\nGood: yes\r\nContent-Length: 2\r\n"))
        #expect(answer.components("\r\n") == 5)
        try connection.finish()
    }

    @Test("the whole-response call answers 500 for a header that cannot be sent")
    func injectionByRespond() throws {
        let (exchange, connection) = try self.exchange("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        exchange.respond(status: 200, headers: ["X": "a\r\nb: c"])
        let answer = try connection.received()
        #expect(answer.hasPrefix("HTTP/1.1 500 Internal Server Error\r\n"))
        #expect(!answer.contains("b: c"))
        try connection.finish()
    }

    @Test(
        "fields of the connection are the listener's",
        arguments: [
            "Content-Length", "transfer-encoding", "Connection", "KEEP-ALIVE", "Upgrade", "Proxy-Connection", "TE",
            "Trailer",
        ])
    func dropped(name: String) throws {
        let (exchange, connection) = try self.exchange("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        var builder = try exchange.makeResponse(status: 200)
        #expect(try builder.addHeader(name: name, value: "7") == .dropped)
        #expect(try builder.addHeader(name: "X", value: "7") == .added)
        builder.finish(body: ByteBuffer(string: "ok"))
        let answer = try connection.received()
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\nX: 7\r\nContent-Length: 2\r\nDate: "))
        try connection.finish()
    }

    @Test("a status that is no final one is refused", arguments: [-1, 0, 99, 100, 101, 199, 1000, Int.max])
    func status(_ status: Int) throws {
        let (exchange, connection) = try self.exchange("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        do throws(ResponseFault) {
            let builder = try exchange.makeResponse(status: status)
            builder.finish(body: ByteBuffer())
            Issue.record("accepted")
        } catch {
            #expect(error.code == .status)
        }
        #expect(!exchange.isAnswered)
        try connection.finish()
    }

    @Test("a status without a body sends none", arguments: [204, 304])
    func bodyless(status: Int) throws {
        let (exchange, connection) = try self.exchange("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        exchange.respond(status: status, body: ByteBuffer(string: "no"))
        let answer = try connection.received()
        #expect(answer.hasSuffix("\r\n\r\n"))
        #expect(!answer.contains("Content-Length"))
        try connection.finish()
    }

    @Test("an unknown status has an empty reason, the date is a guest's if it sets one, cookies repeat")
    func details() throws {
        let (exchange, connection) = try self.exchange("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        var builder = try exchange.makeResponse(status: 299)
        try builder.addHeader(name: "Date", value: "then")
        try builder.addCookie("a=1".utf8.span)
        try builder.addCookie("b=2".utf8.span)
        builder.finish(body: "x".utf8.span)
        let expected =
            "HTTP/1.1 299 \r\nDate: then\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 1\r\n\r\nx"
        #expect(try connection.received() == expected)
        try connection.finish()
    }

    @Test("headers without end are refused")
    func headerFlood() throws {
        let (exchange, connection) = try self.exchange("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        var builder = try exchange.makeResponse(status: 200)
        let value = String(repeating: "x", count: 1000)
        var code: ResponseFault.Code?
        for _ in 0..<300 where code == nil {
            do throws(ResponseFault) {
                try builder.addHeader(name: "X", value: value)
            } catch {
                code = error.code
            }
        }
        #expect(code == .tooLarge)
        builder.finish(body: ByteBuffer())
        try connection.finish()
    }

    @Test("the second answer is ignored")
    func twice() throws {
        let (exchange, connection) = try self.exchange("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        exchange.respond(status: 200)
        exchange.respond(status: 500)
        exchange.fail(.text(500, "no"))
        #expect(try connection.received().components("HTTP/1.1 ") == 1)
        #expect(throws: ResponseFault.self) { try exchange.respondHead(status: 200, headers: [:]) }
        try connection.finish()
    }

    @Test("a streamed answer is chunked, or ended by the close on 1.0")
    func streaming() throws {
        let (exchange, connection) = try self.exchange("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(exchange.isWritable)
        try exchange.respondHead(status: 200, headers: ["X": "y"])
        exchange.write(ByteBuffer(string: "hello"))
        exchange.write(ByteBuffer())
        exchange.end()
        exchange.write(ByteBuffer(string: "late"))
        let expected =
            "Transfer-Encoding: chunked\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
        #expect(try connection.received() == "HTTP/1.1 200 OK\r\nX: y\r\n" + expected)
        #expect(connection.isOpen)
        try connection.finish()

        let (old, other) = try self.exchange("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        try old.respondHead(status: 200, headers: [:])
        old.write(ByteBuffer(string: "hello"))
        #expect(other.isOpen)
        old.end()
        #expect(try other.received().hasSuffix("Connection: close\r\n\r\nhello"))
        #expect(!other.isOpen)
        try other.finish()
    }

    @Test("a streamed answer waits for its turn and is told when it has it")
    func streamingInTurn() throws {
        let inbox = Inbox()
        let connection = try EmbeddedConnection(ClosureOwner(serve: inbox.add))
        try connection.send(String(repeating: "GET / HTTP/1.1\r\nHost: h\r\n\r\n", count: 2))
        let (first, second) = (inbox.all[0], inbox.all[1])
        let turns = Mutex(0)
        second.onWritable = { turns.withLock { $0 += 1 } }
        #expect(!second.isWritable)
        try second.respondHead(status: 200, headers: [:])
        second.write(ByteBuffer(string: "early"))
        #expect(try connection.received().isEmpty)
        first.respond(status: 200)
        #expect(turns.withLock { $0 } == 1)
        #expect(second.isWritable)
        second.end()
        #expect(try connection.received().hasSuffix("5\r\nearly\r\n0\r\n\r\n"))
        try connection.finish()
    }

    @Test("a lost connection cancels each unanswered exchange once, and late answers go nowhere")
    func cancellation() throws {
        let inbox = Inbox()
        let connection = try EmbeddedConnection(ClosureOwner(serve: inbox.add))
        try connection.send(String(repeating: "GET / HTTP/1.1\r\nHost: h\r\n\r\n", count: 3))
        inbox.all[0].respond(status: 200)
        let cancelled = Mutex<[Int]>([])
        for (index, exchange) in inbox.all.enumerated() {
            exchange.onCancel = { cancelled.withLock { $0.append(index) } }
        }
        try connection.finish()
        #expect(cancelled.withLock { $0 } == [1, 2])
        #expect(inbox.all[1].isCancelled)
        inbox.all[1].respond(status: 200)
        #expect(throws: ResponseFault.self) { try inbox.all[2].respondHead(status: 200, headers: [:]) }
        #expect(!inbox.all[1].isWritable)
    }

    @Test("an answer that is broken off closes the connection")
    func abort() throws {
        let (exchange, connection) = try self.exchange("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        try exchange.respondHead(status: 200, headers: [:])
        exchange.abort()
        #expect(!connection.isOpen)
        #expect(exchange.isCancelled)
        try connection.finish()
    }

    @Test(
        "dates are written as HTTP wants them",
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"),
            (1_767_225_599, "Wed, 31 Dec 2025 23:59:59 GMT"), (-5, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (Int64.max, "Fri, 31 Dec 9999 23:59:59 GMT"),
        ] as [(Int64, String)])
    func dates(second: Int64, text: String) {
        #expect(HTTPDate.text(second) == text)
    }
}
