import PulpTestSupport
import Testing

/// What stays open over a swap: WebSockets and event streams.
@Suite("Connections that stay open over a swap")
struct AdoptionTests {
    @Test("a WebSocket goes over: the new version has its ws.open, with its own parameters, and then its messages")
    func webSocket() async throws {
        try await withHost([.version("v1")]) { rig in
            let client = try await WebSocketClient.open(rig.address, "/ws/blue")
            #expect(try await client.text() == "open v1 blue")
            try await client.send("one")
            #expect(try await client.text() == "v1 one")
            try await rig.deploy("v2", ["room": "/:kind/:room"])
            #expect(try await client.text() == "open v2 ws")
            try await client.send("two")
            #expect(try await client.text() == "v2 two")
            #expect(await eventually { rig.versionCount == 1 })
            try await client.send("three")
            #expect(try await client.text() == "v2 three")
            await #expect(throws: HostError.self) { try await rig.deploy("v3", ["fail": "code"]) }
            try await client.send("four")
            #expect(try await client.text() == "v2 four")
            try await client.close()
        }
    }

    @Test("a message of which a part has come is the new version's, once it is whole")
    func halfway() async throws {
        try await withHost([.version("v1")]) { rig in
            let client = try await WebSocketClient.open(rig.address, "/ws/a")
            #expect(try await client.text() == "open v1 a")
            let bytes = WebSocketClient.bytes(.text("a message in two halves"))
            // In the head, in the mask and in the payload.
            for (number, half) in [1, 4, 12].enumerated() {
                try await client.send(Array(bytes[..<half]))
                try await rig.deploy("v\(number + 2)")
                #expect(try await client.text() == "open v\(number + 2) a")
                try await client.send(Array(bytes[half...]))
                #expect(try await client.text() == "v\(number + 2) a message in two halves")
            }
            try await client.close()
        }
    }

    @Test("no message is lost or answered twice while versions change")
    func messages() async throws {
        try await withHost([.version("v0")]) { rig in
            let client = try await WebSocketClient.open(rig.address, "/ws/a")
            #expect(try await client.text() == "open v0 a")
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask {
                    for number in 1...60 { try await rig.deploy("v\(number)") }
                }
                var sent = 0
                var opened = 0
                while opened < 60 {
                    sent += 1
                    try await client.send("\(sent)")
                    var text = try await client.text()
                    while text.hasPrefix("open ") {
                        opened += 1
                        text = try await client.text()
                    }
                    #expect(text.hasSuffix(" \(sent)"))
                }
                try await tasks.waitForAll()
            }
            try await client.close()
        }
    }

    @Test("a WebSocket whose path the new version does not serve is closed with 1012")
    func vanished() async throws {
        try await withHost([.version("v1")]) { rig in
            let client = try await WebSocketClient.open(rig.address, "/ws/blue")
            #expect(try await client.text() == "open v1 blue")
            try await rig.deploy("v2", ["room": "/other/:room"])
            #expect(try await client.next().code == 1012)
            try await client.send(.close(1012))
            let refused = await #expect(throws: WebSocketClient.Refused.self) {
                try await WebSocketClient.open(rig.address, "/ws/blue")
            }
            #expect(refused?.status == 404)
            #expect(await eventually { rig.versionCount == 1 })
        }
    }

    @Test(
        "an event stream goes over: both versions' events come, the new version hears of its subscriber, and ids go on")
    func events() async throws {
        try await withHost([.version("v1")]) { rig in
            let stream = try await rig.connect()
            try await stream.send("GET /events HTTP/1.1\r\nHost: pulp.test\r\n\r\n")
            _ = try await stream.text(until: "text/event-stream")
            func emit(_ text: String) async throws {
                #expect(try await rig.request("POST", "/emit", body: Array(text.utf8)).text == "0")
                _ = try await stream.text(until: "data: \(text)\n")
            }
            try await emit("first")
            #expect(await eventually { (try? await rig.get("/log").text) == "sse.subscribe\n" })
            for number in 2...5 {
                try await rig.deploy("v\(number)")
                _ = try await stream.text(until: "data: v\(number)\n")
                try await emit("of \(number)")
                #expect(await eventually { (try? await rig.get("/log").text) == "sse.subscribe\n" })
            }
            // What was kept by the first version is there for those who come back to the last.
            let again = try await rig.connect()
            try await again.send("GET /events HTTP/1.1\r\nHost: pulp.test\r\nLast-Event-ID: unknown\r\n\r\n")
            #expect(try await again.text(until: "data: of 5\n").contains("data: first\n"))
            await again.close()
            await stream.close()
            #expect(await eventually { (try? await rig.get("/log").text)?.hasSuffix("sse.unsubscribe\n") == true })
        }
    }
}
