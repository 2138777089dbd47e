import PulpManifest
import PulpTestSupport
import PulpWire
import Testing

/// WebSockets, event streams, ticks, and events that are none.
@Suite("A live plugin in Swift", .timeLimit(.minutes(3)))
struct SwiftSDKLiveTests {
    @Test("has handlers for each pattern of WebSockets, sends to one and to many, and closes")
    func webSockets() async throws {
        try await SwiftSDKTests.serve { site async throws in
            let one = try await WebSocketClient.open(site.address, "/rooms/blue?name=Ada")
            #expect(try await one.text() == "welcome to blue, Ada")
            let two = try await WebSocketClient.open(site.address, "/rooms/red")
            #expect(try await two.text() == "welcome to red, you")
            try await one.send("hello")
            #expect(try await one.text() == "all: hello")
            #expect(try await two.text() == "all: hello")
            try await two.send(.init(2, [1, 2, 3]))
            let binary = try await two.next()
            #expect(binary.opcode == 2 && binary.payload == [1, 2, 3])
            let shout = try await WebSocketClient.open(site.address, "/shout")
            try await shout.send("hey")
            #expect(try await shout.text() == "hey!")
            _ = try await shout.close()
            _ = try await one.close(4001)
            #expect(await eventually { (try? await site.get("/story").text.contains("left 4001 ")) == true })
            try await two.send("alone")
            #expect(try await two.text() == "all: alone")
            await two.drop()
        }
    }

    @Test("may turn a WebSocket away, and what its handler throws goes to the log")
    func refusal() async throws {
        try await SwiftSDKTests.serve { site async throws in
            let client = try await WebSocketClient.open(site.address, "/rooms/secret")
            let frames = await client.rest()
            #expect(frames.last?.code == 4003)
            #expect(await eventually { site.world.log.messages.contains { $0.contains("nobody may enter") } })
            #expect(try await site.get("/visits/you").status == 200)
        }
    }

    @Test("hears of a connection that another instance has seen open, where the pattern can only be one")
    func anInstanceForEachEvent() async throws {
        for isAlone in [true, false] {
            var spec = try Fixture.spec("sdk-swift")
            spec.instances = .perEvent
            var config: MessagePackValue = ["name": "x", "ratio": 1, "upstream": ["url": ""]]
            if isAlone { config = ["name": "x", "ratio": 1, "upstream": ["url": ""], "alone": true] }
            spec.config = config.encodedBytes()
            try await withSite([spec]) { site async throws in
                let client = try await WebSocketClient.open(site.address, "/shout")
                try await client.send("hello")
                if isAlone {
                    #expect(try await client.text() == "hello!")
                } else {
                    #expect(
                        await eventually {
                            site.world.log.messages.contains { $0.contains("its pattern is not known") }
                        })
                }
                await client.drop()
            }
        }
    }

    @Test("sends events, counts who listens, and learns who comes and goes")
    func events() async throws {
        try await SwiftSDKTests.serve { site async throws in
            let reader = try await site.connect()
            try await reader.send("GET /news/today HTTP/1.1\r\nHost: x\r\nLast-Event-ID: 7\r\n\r\n")
            _ = try await reader.text(until: "text/event-stream")
            #expect(await eventually { (try? await site.get("/story").text) == "reads today after 7|" })
            let sent = try await site.request("POST", "/news/today?id=8", body: Array("rain\nsun".utf8))
            #expect(sent.text == "1")
            _ = try await reader.text(until: "id: 8\nevent: headline\ndata: rain\ndata: sun\n\n")
            // A line break in an id is refused, and so is the request that asked for it.
            #expect(try await site.request("POST", "/news/today?id=a%0Ab", body: []).status == 500)
            #expect(try await site.request("POST", "/news/nobody", body: []).text == "0")
            await reader.reset()
            #expect(await eventually { (try? await site.get("/story").text.contains("reads no more")) == true })
        }
    }

    @Test("has ticks, and timers of its own that are no more frequent")
    func ticks() async throws {
        try await SwiftSDKTests.serve { site async throws in
            #expect(
                await eventually {
                    let counts = (try? await site.get("/counts").text)?.split(separator: " ").compactMap { Int($0) }
                    guard let counts, counts.count == 2 else { return false }
                    return counts[0] > 10 && counts[1] > 1 && counts[0] > counts[1]
                })
        }
    }

    @Test("answers an event that is cut off or none with a status, and lives")
    func hostile() async throws {
        try await SwiftSDKTests.serve { site async throws in
            let request = HTTPRequestRecord(
                id: 99, method: "GET", path: "/visits/x", params: ["name": "x"], query: ["q": "1"],
                headers: ["A": "b"], body: [1, 2], remoteAddr: "x")
            let event = MessagePackWriter.encode { writer in
                writer.writeStepEvent(kind: .httpRequest) { request.encode(into: &$0) }
            }
            var envelopes = (0..<event.count).map {
                StepEnvelope(callNumber: 1, wallTime: 1, payload: [UInt8](event[..<$0]))
            }
            for kind in ["ws.open", "ws.frame", "ws.close", "sse.subscribe", "sse.unsubscribe", "http.request", "x"] {
                for payload: [UInt8] in [[0xc1], [0xc0], [0x80], [0x81, 0xa2, 0x69], [0x93, 1, 2, 3], [0xff]] {
                    let bytes = MessagePackWriter.encode {
                        $0.writeStepEvent(dynamicKind: kind, payload: payload.wireBytes)
                    }
                    envelopes.append(StepEnvelope(callNumber: 1, wallTime: 1, payload: bytes))
                }
            }
            for envelope in envelopes {
                let bytes = envelope.encodedBytes()
                _ = try await site.plugin.call(.step(byteCount: bytes.count), bytes: bytes)
            }
            let cut = StepEnvelope(callNumber: 1, wallTime: 1, payload: event).encodedBytes()
            for count in [1, 19, 20, 30] {
                let status = try await site.plugin.call(.step(byteCount: count), bytes: [UInt8](cut[..<count]))
                #expect(status == 3, "\(count)")
            }
            #expect(try await site.get("/visits/you").text.hasPrefix("Hello, you!"))
            #expect(site.plugin.availability == .ready)
        }
    }

    @Test("says goodbye")
    func shutdown() async throws {
        try await withWorld { world async throws in
            try await withSite([Fixture.spec("sdk-swift")]) { site async throws in
                _ = try await site.plugin.shutdown()
                #expect(site.world.log.messages.contains("stopped"))
            }
        }
    }
}
