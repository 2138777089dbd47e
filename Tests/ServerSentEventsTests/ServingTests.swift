import PulpTestSupport
import Testing

/// Real guests, real sockets.
@Suite("Events of a guest")
struct ServingTests {
    @Test("reach every subscriber of the path, on all loops, and the guest can count them")
    func fanOut() async throws {
        try await withSite([.sse()], loops: 2) { site async throws in
            var clients: [StreamClient] = []
            for _ in 0..<8 { clients.append(try await site.subscribe("/rooms/a")) }
            #expect(try await site.post("count", "/rooms/a") == "0 8")
            #expect(try await site.post("count", "/rooms/b") == "0 0")
            #expect(try await site.emit("hi\nthere", to: "/rooms/a", id: "1", event: "note") == "0")
            for client in clients { #expect(await client.saw("id: 1\nevent: note\ndata: hi\ndata: there\n\n")) }
            #expect(try await site.emit("x", to: "/elsewhere") == "4")
            #expect(try await site.emit("x", to: "/rooms/nobody") == "0")
            for client in clients { await client.close() }
            let isEmpty = try await eventually { try await site.post("count", "/rooms/a") == "0 0" }
            #expect(isEmpty)
        }
    }

    @Test("come in order and whole when one step emits many")
    func burst() async throws {
        try await withSite([.sse()], loops: 2) { site async throws in
            let clients = [try await site.subscribe(), try await site.subscribe(), try await site.subscribe()]
            #expect(try await site.post("burst", "2000") == "0")
            for client in clients {
                #expect(await client.saw("data: 2000\n\n"))
                let numbers = client.text.split(separator: "\n").filter { $0.hasPrefix("data: ") }
                    .compactMap { Int($0.dropFirst(6).prefix { $0.isNumber }) }
                #expect(numbers == Array(1...2_000))
            }
            for client in clients { await client.close() }
        }
    }

    @Test("are emitted from any instance, one for each event too")
    func instances() async throws {
        for policy in [InstancePolicy.perEvent, .perCore, .count(3)] {
            var spec = try PluginSpec.sse()
            spec.instances = policy
            try await withSite([spec], loops: 2) { site async throws in
                let client = try await site.subscribe()
                for number in 1...6 { #expect(try await site.emit("n\(number)") == "0") }
                for number in 1...6 { #expect(await client.saw("data: n\(number)\n\n")) }
                await client.close()
            }
        }
    }

    @Test("outlive the instance that emitted them: a crash leaves the subscribers and what was kept")
    func crash() async throws {
        try await withSite([.sse()]) { site async throws in
            let client = try await site.subscribe()
            #expect(try await site.emit("before", id: "1") == "0")
            #expect(try await site.request("POST", "/do/trap", body: []).status == 500)
            let isBack = try await eventually { try await site.emit("after", id: "2") == "0" }
            #expect(isBack)
            #expect(await client.saw("data: after\n\n"))
            #expect(client.text.contains("data: before\n\n"))
            let other = try await site.subscribe(headers: "Last-Event-ID: 1\r\n")
            #expect(await other.saw("data: after\n\n"))
            #expect(!other.text.contains("before"))
            await client.close()
            await other.close()
        }
    }

    @Test("are kept from one whose manifest does not grant them: every import is 99")
    func notGranted() async throws {
        var spec = try PluginSpec.sse()
        spec.capabilities = ["transport.http.inbound"]
        // pulp_init answers the status of sse_register.
        let error = await #expect(throws: (any Error).self) { try await withSite([spec]) { _ in } }
        #expect(error.map { "\($0)" }?.contains("99") == true)
    }

    @Test("end at once when the plugin closes or the host stops")
    func ending() async throws {
        try await withSite([.sse()]) { site async throws in
            let client = try await site.subscribe()
            await site.plugin.close()
            #expect(await client.saw("0\r\n\r\n"))
            #expect(try await site.get("/events").status == 404)
        }
        let opened = try await withSite([.sse()]) { site async throws in try await site.subscribe() }
        #expect(await eventually { opened.isClosed })
        #expect(opened.text.hasSuffix("0\r\n\r\n"))
    }

    @Test("do not wait for a client that takes nothing: it is disconnected, and the log says why")
    func stuck() async throws {
        try await withSite([.sse(limits: ["queue_bytes": .integer(65_536)])], loops: 1) { site async throws in
            let stuck = try await StreamClient.open(site.address, reads: false)
            let quick = try await site.subscribe()
            let hasBoth = try await eventually { try await site.post("count", "/events") == "0 2" }
            #expect(hasBoth)
            let data = String(repeating: "x", count: 250_000)
            var number = 0
            // As much as the system's own buffers hold, and then some.
            let isAlone = try await eventually {
                number += 1
                #expect(try await site.emit("\(number) \(data)") == "0")
                #expect(await quick.saw("data: \(number) "))
                return try await site.post("count", "/events") == "0 1"
            }
            #expect(isAlone)
            #expect(site.world.log.lines.contains { $0.message == "a slow subscriber was disconnected" })
            try await stuck.read()
            #expect(await stuck.saw(":disconnected"))
            await stuck.close()
            await quick.close()
        }
    }

    @Test("a thousand subscribers come and go, and leave nothing")
    func cycles() async {
        // In a process of its own: other suites run beside this one, and what is weighed is the process.
        await #expect(processExitsWith: .success) { try await Self.cyclesAlone() }
    }

    private static func cyclesAlone() async throws {
        try await withSite([.sse()], loops: 2) { site async throws in
            for _ in 0..<10 { await (try await site.subscribe()).close() }
            let before = Usage.now.descriptors
            for round in 0..<20 {
                var clients: [StreamClient] = []
                for _ in 0..<50 { clients.append(try await site.subscribe("/rooms/\(round)")) }
                #expect(try await site.emit("x", to: "/rooms/\(round)") == "0")
                for client in clients { await client.close() }
            }
            let isEmpty = try await eventually {
                try await site.post("count", "/rooms/19") == "0 0"
                    && Usage.now.descriptors <= before + 20
            }
            #expect(isEmpty, "\(before) descriptors before, \(Usage.now.descriptors) after")
        }
    }

    @Test("hostile.md: a hostile guest's floods are bounded and said: a backlog that is full is 4")
    func flood() async throws {
        let limits: [String: CapabilitySetting.Value] = [
            "backlog_bytes": .integer(1_024), "replay_bytes": .integer(65_536),
        ]
        try await withSite([.sse(limits: limits)], loops: 1) { site async throws in
            let client = try await site.subscribe()
            // A slice is a millisecond: what one emits in it has to wait for the loop.
            let isRefused = try await eventually { try await site.post("burst", "20000") == "4" }
            #expect(isRefused)
            #expect(try await site.post("count", "/events").hasPrefix("0 "))
            #expect(site.world.log.lines.contains { $0.metadata["reason"]?.contains("backlog_bytes") == true })
            await client.close()
        }
    }
}

@Suite("A plugin that asks for it is told of subscribers")
struct SubscriptionTests {
    @Test("when they come, with what they saw last, and when they go, with why")
    func telling() async throws {
        try await withSite([.sse(["events": .boolean(true)])]) { site async throws in
            let one = try await site.subscribe("/rooms/a", headers: "Last-Event-ID: 17\r\n")
            let two = try await site.subscribe("/events")
            // Of one who has gone before the plugin could hear of it, nothing is told.
            let areTold = try await eventually {
                try await site.get("/do/log").text.split(separator: "\n").count == 2
            }
            #expect(areTold)
            await one.close()
            await two.close()
            let expected = [
                "subscribe /events ", "subscribe /rooms/a 17", "unsubscribe /events gone", "unsubscribe /rooms/a gone",
            ]
            let isTold = try await eventually {
                try await site.get("/do/log").text.split(separator: "\n").map(String.init).sorted() == expected
            }
            #expect(isTold)
        }
    }

    @Test("not otherwise")
    func silent() async throws {
        try await withSite([.sse()]) { site async throws in
            await (try await site.subscribe()).close()
            let isGone = try await eventually { try await site.post("count", "/events") == "0 0" }
            #expect(isGone)
            #expect(try await site.get("/do/log").text.isEmpty)
        }
    }
}
