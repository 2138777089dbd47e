import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import PulpListener

/// Slow clients, on a clock that the test turns.
@Suite struct DeadlineTests {
    private let get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"

    @Test("a head that does not come to its end in time is answered 408 and closed")
    func slowHead() throws {
        let connection = try EmbeddedConnection(ClosureOwner())
        try connection.send("GET / HT")
        for _ in 0..<4 {
            connection.advance(seconds: 2)
            #expect(try connection.send("T").isEmpty)
        }
        #expect(connection.loop.counters.timedOut.load(ordering: .relaxed) == 0)
        connection.advance(seconds: 5)
        #expect(try connection.received().hasPrefix("HTTP/1.1 408 Request Timeout\r\n"))
        connection.advance(seconds: 5)
        #expect(!connection.isOpen)
        try connection.finish()
    }

    @Test("header lines one by one do not extend the deadline of the head")
    func slowloris() throws {
        let connection = try EmbeddedConnection(ClosureOwner())
        try connection.send("GET / HTTP/1.1\r\nHost: h\r\n")
        var answer = ""
        for index in 0..<14 where answer.isEmpty {
            connection.advance(seconds: 1)
            answer = try connection.received() + connection.send("X\(index): y\r\n")
        }
        #expect(answer.hasPrefix("HTTP/1.1 408 "))
        try connection.finish()
    }

    @Test("an idle connection is closed without a word, one that waits for its answer is not")
    func idle() throws {
        let inbox = Inbox()
        let connection = try EmbeddedConnection(ClosureOwner(serve: inbox.add))
        connection.advance(seconds: 50)
        #expect(connection.isOpen)
        try connection.send(self.get)
        connection.advance(seconds: 300)
        #expect(connection.isOpen)
        inbox.all[0].respond(status: 200)
        connection.advance(seconds: 59)
        #expect(connection.isOpen)
        connection.advance(seconds: 4)
        #expect(!connection.isOpen)
        #expect(try connection.received().components("HTTP/1.1 ") == 1)
        try connection.finish()
    }

    @Test("a body may be slow for a while and then has to keep its rate")
    func slowBody() throws {
        let owner = ClosureOwner()
        let connection = try EmbeddedConnection(owner)
        try connection.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n")
        connection.advance(seconds: 9)
        // 20 KiB buy 20 seconds on top of the first 10.
        #expect(try connection.send(String(repeating: "x", count: 20 * 1024)).isEmpty)
        connection.advance(seconds: 20)
        #expect(connection.isOpen)
        #expect(try connection.received().isEmpty)
        connection.advance(seconds: 4)
        #expect(try connection.received().hasPrefix("HTTP/1.1 408 "))
        #expect(owner.servedCount == 0)
        try connection.finish()
    }

    @Test("a body of chunks that trickle is ended as well")
    func slowChunks() throws {
        let connection = try EmbeddedConnection(ClosureOwner())
        try connection.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
        var answer = ""
        for _ in 0..<14 where answer.isEmpty {
            connection.advance(seconds: 1)
            answer = try connection.received() + connection.send("1\r\nx\r\n")
        }
        #expect(answer.hasPrefix("HTTP/1.1 408 "))
        try connection.finish()
    }

    @Test("an owner can set a time for its answer")
    func expiry() throws {
        let owner = ClosureOwner(serve: { exchange in
            exchange.expire(after: .seconds(5)) { exchange.fail(.text(504, "plugin timeout")) }
        })
        let connection = try EmbeddedConnection(owner)
        try connection.send(self.get)
        connection.advance(seconds: 4)
        #expect(try connection.received().isEmpty)
        connection.advance(seconds: 2)
        #expect(try connection.received().hasSuffix("plugin timeout"))
        #expect(connection.isOpen)
        try connection.finish()
    }

    @Test("draining closes an idle connection at once and a busy one after its answer")
    func drain() throws {
        let inbox = Inbox()
        let idle = try EmbeddedConnection(ClosureOwner())
        _ = idle.loop.drain()
        #expect(!idle.isOpen)
        let busy = try EmbeddedConnection(ClosureOwner(serve: inbox.add))
        try busy.send(self.get + self.get)
        let drained = busy.loop.drain()
        #expect(busy.isOpen)
        inbox.all[0].respond(status: 200)
        inbox.all[1].respond(status: 200)
        let answer = try busy.received()
        #expect(answer.components("HTTP/1.1 200 OK") == 2, "both are answered")
        #expect(answer.components("Connection: close") == 1)
        #expect(answer.hasSuffix("Connection: close\r\n\r\n"))
        #expect(!busy.isOpen)
        try drained.wait()
    }

    @Test("without connections no timer is left")
    func noTimer() throws {
        let connection = try EmbeddedConnection(ClosureOwner())
        connection.advance(seconds: 2)
        #expect(connection.loop.isSweeping)
        connection.connection.closeNow()
        connection.advance(seconds: 2)
        #expect(!connection.loop.isSweeping)
    }
}
