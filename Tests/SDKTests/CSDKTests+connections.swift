import PulpManifest
import PulpSandbox
import PulpTestSupport
import PulpWire
import Testing

extension CSDKTests {
    @Test("speaks WebSocket: opened, text, bytes, one to many, closed")
    func webSocket() async throws {
        try await Self.withPlugin(try Self.spec()) { site async throws in
            let one = try await WebSocketClient.open(site.address, "/ws/blue?as=me", headers: ["User-Agent: test"])
            try await one.send("!opened")
            #expect(try await one.text() == "/ws/blue blue me test 1")
            try await one.send("say \"hi\"")
            #expect(try await one.text() == #"you said "say \"hi\"""#)
            try await one.send(WebSocketClient.Frame(2, [0, 1, 2]))
            #expect(try await one.next() == WebSocketClient.Frame(2, [0, 1, 2]))
            let two = try await WebSocketClient.open(site.address, "/ws/red")
            try await two.send("!all hello")
            #expect(try await one.text() == "hello")
            #expect(try await two.text() == "hello")
            #expect(try await two.text() == "0, 1 failed")
            try await two.send("!bye")
            #expect(try await two.next() == .close(4001, "bye"))
            try await two.send(.close(4001, "bye"))
            let isTold = try await eventually {
                try await one.send("!closed")
                return try await one.text() == "4001 bye"
            }
            #expect(isTold)
            try await one.send(.close(1000))
            #expect(try await one.next().code == 1000)
        }
    }

    @Test("emits events, counts who listens, and hears who comes and goes")
    func events() async throws {
        try await Self.withPlugin(try Self.spec()) { site async throws in
            func emit(_ query: String = "") async throws -> String {
                try await site.request("POST", "/emit/news\(query)", body: Array("a\nb".utf8)).text
            }
            #expect(try await emit().hasPrefix("0 0"))
            let listener = try await site.connect()
            try await listener.send(
                "GET /live/news HTTP/1.1\r\nHost: x\r\nLast-Event-ID: 7\r\n\r\n")
            _ = try await listener.text(until: "text/event-stream")
            let hasCome = try await eventually { try await emit().hasPrefix("0 1 +/live/news news 7") }
            #expect(hasCome)
            _ = try await emit("?id=9")
            let received = try await listener.text(until: "id: 9")
            #expect(received.contains("data: a\ndata: b"))
            #expect(try await listener.text(until: "event: named").contains("named"))
            await listener.close()
            let hasGone = try await eventually { try await emit().hasSuffix("-/live/news gone") }
            #expect(hasGone)
        }
    }

    @Test("reads on in a later step from a stream that it has kept")
    func keptStream() async throws {
        try await withSite([try Fixture.spec("responder")]) { upstream async throws in
            let origin = "http://127.0.0.1:\(upstream.address.port ?? 0)"
            try await Self.withPlugin(try Self.spec()) { site async throws in
                let first = try await site.get("/kept?url=\(origin)/do/big").text.split(separator: " ").compactMap {
                    Int($0)
                }
                try #require(first.count == 3 && first[0] == 0 && first[1] == 0)
                var total = first[2]
                var hasEnded = false
                while !hasEnded {
                    let next = try await site.get("/kept").text.split(separator: " ").compactMap { Int($0) }
                    try #require(next.count == 3 && next[0] == 0, "\(next)")
                    total += next[2]
                    hasEnded = next[1] == 1
                }
                #expect(total == 1 << 20)
            }
        }
    }

    @Test("fetches whole answers, parts, and passes bodies on; a failure says why")
    func fetches() async throws {
        try await withSite([try Fixture.spec("echo")]) { upstream async throws in
            let origin = "http://127.0.0.1:\(upstream.address.port ?? 0)"
            try await Self.withPlugin(try Self.spec()) { site async throws in
                let simple = try await site.get("/fetch?url=\(origin)/echo/simply")
                #expect(simple.status == 200 && simple.text == "simply" && simple.header("content-type") == nil)
                let posted = try await site.request("POST", "/fetch?url=\(origin)/echo", body: Array("posted".utf8))
                #expect(posted.text == "posted" && posted.header("x-type") == "application/octet-stream")
                #expect(try await site.get("/fetch?url=\(origin)/none").status == 404)
                #expect(try await site.get("/parts?url=\(origin)/echo/twelve-bytes").text == "twelve-bytes|0 parts")
                let passed = try await site.connect()
                try await passed.send("GET /passed-on?url=\(origin)/echo/through HTTP/1.0\r\nHost: x\r\n\r\n")
                let text = try await passed.text(until: "through")
                #expect(text.contains(" 203 ") && text.lowercased().contains("x-passed: on"))
                await passed.close()
                let failed = try await site.get("/fetch?url=http://127.0.0.1:1/")
                #expect(failed.status == 502 && failed.text.hasPrefix("4 connect_failed "))
                let blocked = try await site.get("/fetch?url=http://127.0.0.2:80/")
                #expect(blocked.text.hasPrefix("4 blocked ") && blocked.text.contains("allow=127.0.0.2"))
                #expect(try await site.get("/parts?url=nonsense").text.hasPrefix("4 bad_request "))
            }
        }
    }
}
