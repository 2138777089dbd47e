import NIOEmbedded
import PulpTestSupport
import Testing

@testable import PulpListener
@testable import PulpServerSentEvents

/// Streams byte by byte, on a loop whose time the test moves.
@Suite("A stream")
struct StreamTests {
    @Test("begins with its head, and each event is a chunk")
    func bytes() throws {
        let rig = try Rig()
        let client = try rig.subscribe()
        let head = try client.raw()
        #expect(head.hasPrefix("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\n"))
        #expect(head.contains("\r\nX-Accel-Buffering: no\r\n"))
        #expect(head.contains("\r\nTransfer-Encoding: chunked\r\n"))
        #expect(head.hasSuffix("\r\n\r\n"))
        try rig.emit("a\nb", id: "1", event: "e")
        #expect(try client.raw() == "20\r\nid: 1\nevent: e\ndata: a\ndata: b\n\n\r\n")
        client.finish()
    }

    @Test("ends with the connection on HTTP/1.0, without chunks")
    func http10() throws {
        let rig = try Rig()
        let client = try rig.subscribe(version: "1.0")
        #expect(try client.raw().contains("\r\nConnection: close\r\n"))
        try rig.emit("a")
        #expect(try client.raw() == "data: a\n\n")
        rig.drain()
        #expect(!client.channel.isActive)
    }

    @Test("is only its head for HEAD, and the connection goes on")
    func head() throws {
        let rig = try Rig()
        let client = try rig.subscribe()
        _ = try client.raw()
        let other = try rig.subscribe("/rooms/1")
        _ = try other.raw()
        let asker = try rig.subscribe("/nowhere")
        #expect(try asker.raw().hasPrefix("HTTP/1.1 404 "))
        try asker.send("HEAD /events HTTP/1.1\r\nHost: h\r\n\r\n")
        let answer = try asker.raw()
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"))
        #expect(answer.hasSuffix("\r\n\r\n"))
        try rig.emit("a")
        #expect(try asker.raw().isEmpty)
        try asker.send("POST /events HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n")
        #expect(try asker.raw().hasPrefix("HTTP/1.1 405 "))
        for one in [client, other, asker] { one.finish() }
    }

    @Test("gets the events of its own path only")
    func paths() throws {
        let rig = try Rig()
        let (one, two) = (try rig.subscribe("/rooms/1"), try rig.subscribe("/rooms/2"))
        try rig.emit("for one", to: "/rooms/1")
        #expect(try one.body() == "data: for one\n\n")
        #expect(try two.body().isEmpty)
        one.finish()
        two.finish()
    }

    @Test("gets a comment when it was silent for keep_alive_ms, and none while events come")
    func keepAlive() throws {
        let rig = try Rig()
        let client = try rig.subscribe()
        _ = try client.body()
        rig.advance(.milliseconds(14_900))
        #expect(try client.raw().isEmpty)
        rig.advance(.seconds(2))
        #expect(try client.raw() == "7\r\n:ping\n\n\r\n")
        rig.advance(.seconds(14))
        try rig.emit("x")
        _ = try client.raw()
        rig.advance(.seconds(14))
        #expect(try client.raw().isEmpty)
        // Hours of comments, and nothing else ends it.
        for _ in 0..<240 { rig.advance(.seconds(15)) }
        #expect(client.channel.isActive)
        #expect(try client.body().split(separator: "\n\n").count > 200)
        client.finish()
        // Nobody is left to look after.
        rig.advance(.hours(1))
        #expect(rig.session.subscriberCount == 0)
    }

    @Test("says how long to wait before coming back, and carries the manifest's headers")
    func settings() throws {
        let rig = try Rig([
            "retry_ms": .integer(2_500), "headers": .strings(["Access-Control-Allow-Origin: *", "X-A:b"]),
        ])
        let client = try rig.subscribe()
        let answer = try client.raw()
        #expect(answer.contains("\r\nAccess-Control-Allow-Origin: *\r\nX-A: b\r\n"))
        #expect(answer.hasSuffix("\r\n\r\nd\r\nretry: 2500\n\n\r\n"))
        client.finish()
        for line in ["no colon", ": x", "a b: c", "X: a\r\nY: b", "X: a\0"] {
            #expect(throws: CapabilityError.self) { try Rig(["headers": .strings([line])]) }
        }
    }

    @Test("comes back with Last-Event-ID to what it missed, and then to what happens, each once")
    func replay() throws {
        let rig = try Rig()
        for number in 1...5 { try rig.emit("\(number)", id: "\(number)") }
        let client = try rig.subscribe(headers: "last-event-id: 3 \r\n")
        try rig.emit("6", id: "6")
        #expect(try client.body() == "id: 4\ndata: 4\n\nid: 5\ndata: 5\n\nid: 6\ndata: 6\n\n")
        let first = try rig.subscribe()
        #expect(try first.body().isEmpty)
        let newest = try rig.subscribe(headers: "Last-Event-ID: 6\r\n")
        #expect(try newest.body().isEmpty)
        for one in [client, first, newest] { one.finish() }
    }

    @Test("is told when events are missing that it may not have seen")
    func missed() throws {
        let rig = try Rig(["replay": .integer(2)])
        for number in 1...5 { try rig.emit("\(number)", id: "\(number)") }
        let client = try rig.subscribe(headers: "Last-Event-ID: 1\r\n")
        #expect(
            try client.body() == "event: pulp.missed\ndata: events are missing here\n\n"
                + "id: 4\ndata: 4\n\nid: 5\ndata: 5\n\n")
        client.finish()
    }

    @Test("events between the subscription and its first turn are neither lost nor sent twice")
    func seam() throws {
        let rig = try Rig()
        let early = try rig.subscribe()
        _ = try early.body()
        // Emitted, and not handed out yet: the loop has not run.
        for number in 1...3 {
            let record = ServerSentEventRecord(path: "/events", id: "\(number)", data: "\(number)")
            try rig.session.emit(record.encodedBytes().wireBytes)
        }
        let late = try rig.subscribe(headers: "Last-Event-ID: 1\r\n")
        let first = try rig.subscribe()
        let record = ServerSentEventRecord(path: "/events", id: "4", data: "4")
        try rig.session.emit(record.encodedBytes().wireBytes)
        rig.loop.run()
        let all = (1...4).map { "id: \($0)\ndata: \($0)\n\n" }
        #expect(try early.body() == all.joined())
        #expect(try late.body() == all[1...].joined())
        #expect(try first.body() == all[3])
        for one in [early, late, first] { one.finish() }
    }

    @Test("that does not keep up waits, and is disconnected with a reason when too much waits; the others go on")
    func slow() throws {
        let rig = try Rig(limits: ["queue_bytes": .integer(1_024)])
        let (slow, quick) = (try rig.subscribe(), try rig.subscribe())
        _ = (try slow.body(), try quick.body())
        slow.channel.isWritable = false
        slow.channel.pipeline.fireChannelWritabilityChanged()
        let data = String(repeating: "x", count: 500)
        for _ in 0..<2 { try rig.emit(data) }
        #expect(try slow.body().isEmpty)
        // It catches up: all of it comes, in order.
        slow.channel.isWritable = true
        slow.channel.pipeline.fireChannelWritabilityChanged()
        #expect(try slow.body() == String(repeating: "data: \(data)\n\n", count: 2))
        slow.channel.isWritable = false
        slow.channel.pipeline.fireChannelWritabilityChanged()
        for _ in 0..<10 { try rig.emit(data) }
        #expect(rig.session.slowCount == 1)
        #expect(rig.session.subscriberCount == 1)
        #expect(try slow.body().hasPrefix(":disconnected"))
        #expect(try quick.body() == String(repeating: "data: \(data)\n\n", count: 12))
        let line = try #require(rig.logs.lines.first { $0.message == "a slow subscriber was disconnected" })
        #expect(line.level == .warning)
        #expect(line.metadata["reason"]?.contains("queue_bytes") == true)
        #expect(line.metadata["path"] == "/events")
        slow.finish()
        quick.finish()
    }

    @Test("waits for the answers of earlier requests on its connection")
    func pipelined() throws {
        let rig = try Rig()
        let inbox = HeldOwner()
        try rig.routes.register(method: "GET", pattern: "/held", owner: inbox)
        let client = try rig.subscribe("/held")
        try client.send("GET /events HTTP/1.1\r\nHost: h\r\n\r\n")
        try rig.emit("a")
        #expect(try client.raw().isEmpty)
        inbox.held?.respond(status: 200)
        #expect(try client.raw().hasSuffix("9\r\ndata: a\n\n\r\n"))
        client.finish()
    }

    @Test("ends when its client sends no more, and when the listener stops")
    func endings() throws {
        let rig = try Rig()
        let clients = try (0..<3).map { _ in try rig.subscribe() }
        for client in clients { _ = try client.raw() }
        clients[0].channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(try clients[0].raw() == "0\r\n\r\n")
        #expect(!clients[0].channel.isActive)
        clients[1].finish()
        #expect(rig.session.subscriberCount == 1)
        rig.drain()
        #expect(try clients[2].raw() == "0\r\n\r\n")
        #expect(!clients[2].channel.isActive)
        #expect(rig.session.subscriberCount == 0)
    }

    @Test("is refused with 503 and Retry-After when as many listen as may")
    func full() throws {
        let rig = try Rig(limits: ["subscribers": .integer(2), "subscribers_per_path": .integer(1)])
        let one = try rig.subscribe()
        let refused = try rig.subscribe()
        let answer = try refused.raw()
        #expect(answer.hasPrefix("HTTP/1.1 503 "))
        #expect(answer.contains("\r\nRetry-After: 5\r\n"))
        let two = try rig.subscribe("/rooms/2")
        #expect(try rig.subscribe("/rooms/3").raw().hasPrefix("HTTP/1.1 503 "))
        let reasons = rig.logs.lines.compactMap { $0.metadata["reason"] }
        #expect(reasons.contains { $0.contains("subscribers_per_path") })
        #expect(reasons.contains { $0.contains("[limits.transport.sse] subscribers clients") })
        one.finish()
        #expect(try rig.subscribe().raw().hasPrefix("HTTP/1.1 200 "))
        two.finish()
    }

    @Test("is refused while the plugin has failed or stops, but not while it restarts")
    func availability() throws {
        let rig = try Rig()
        for (availability, status) in [
            (Availability.restarting, "200"), (.full, "200"), (.failed, "503"), (.stopping, "503"),
        ] {
            rig.events.availability = availability
            let client = try rig.subscribe()
            #expect(try client.raw().hasPrefix("HTTP/1.1 \(status) "), "\(availability)")
            client.finish()
        }
        let telling = try Rig(["events": .boolean(true)])
        telling.events.availability = .restarting
        #expect(try telling.subscribe().raw().hasPrefix("HTTP/1.1 503 "))
    }
}

/// Keeps a request.
private final class HeldOwner: RouteOwner, @unchecked Sendable {
    // Touched on the test's own loop only.
    var held: HTTPExchange?
    let maxBodyBytes = 0

    func serve(_ exchange: HTTPExchange) { self.held = exchange }
}

extension ServerSentEventsSession {
    var subscriberCount: Int {
        ["/events", "/rooms/1", "/rooms/2", "/rooms/3"].reduce(0) { $0 + self.listenerCount(at: $1) }
    }
}
