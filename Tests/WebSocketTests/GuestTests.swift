import PulpTestSupport
import Testing

@Suite("WebSockets of a real plugin")
struct GuestTests {
    @Test("one step reaches a thousand sockets, by one import each and by one for all", arguments: ["!all", "!many"])
    func fanOut(command: String) async throws {
        try await withSite([Fixture.spec("websocket")]) { site async throws in
            var clients: [WebSocketClient] = []
            for _ in 0..<1_000 { clients.append(try await WebSocketClient.open(site.address)) }
            // The last one's opening has been stepped when it has its answer, and so have the others'.
            try await clients[999].send("here")
            #expect(try await clients[999].text() == "here")
            #expect(await eventually { (try? await Self.count(clients[999]))?.hasPrefix("1000 ") == true })
            try await clients[0].send("\(command) hello everybody")
            for client in clients { #expect(try await client.text() == "hello everybody") }
            for client in clients { await client.drop() }
        }
    }

    private static func count(_ client: WebSocketClient) async throws -> String {
        try await client.send("!count")
        return try await client.text()
    }

    @Test("a plugin closes its own connections, hears of each end once, and closing twice is status 4")
    func ends() async throws {
        try await withSite([Fixture.spec("websocket")]) { site async throws in
            let watcher = try await WebSocketClient.open(site.address)
            let one = try await WebSocketClient.open(site.address)
            try await one.send("!close 4321 because")
            #expect(try await one.next() == .close(4_321, "because"))
            try await one.close(4_321)
            #expect(await eventually { (try? await Self.count(watcher)) == "1 1 4321 " })
            let two = try await WebSocketClient.open(site.address)
            try await two.send("!twice")
            #expect(try await two.next() == .close(1000, "first"))
            await two.drop()
            #expect(
                await eventually {
                    (try? await Self.count(watcher)) == "1 2 65535 the client did not answer the close frame 1000"
                })
            let three = try await WebSocketClient.open(site.address)
            await three.drop()
            #expect(await eventually { (try? await Self.count(watcher))?.hasPrefix("1 3 65535 ") == true })
            await watcher.drop()
        }
    }

    @Test("an instance that traps or runs away closes its connections with 1012; the next one hears of the ends")
    func crash() async throws {
        var spec = try Fixture.spec("websocket")
        spec.limits.callTimeout = .seconds(1)
        try await withSite([spec]) { site async throws in
            for command in ["!trap", "!spin"] {
                let witness = try await WebSocketClient.open(site.address)
                let client = try await WebSocketClient.open(site.address)
                try await client.send(command)
                #expect(try await client.next().code == 1012, "\(command)")
                #expect(try await witness.next().code == 1012)
                try await client.close(1012)
                try await witness.close(1012)
                let next = try #require(await Self.reconnect(site))
                #expect(await eventually { (try? await Self.count(next)) == "1 2 1012 " })
                try await next.close()
            }
        }
    }

    private static func reconnect(_ site: Site) async -> WebSocketClient? {
        var client: WebSocketClient?
        _ = await eventually {
            client = try? await WebSocketClient.open(site.address)
            return client != nil
        }
        return client
    }

    @Test(
        "messages of a connection go to the instance that had its opening, in order",
        arguments: [InstancePolicy.count(3), .perCore])
    func instances(policy: InstancePolicy) async throws {
        var spec = try Fixture.spec("websocket")
        spec.instances = policy
        try await withSite([spec], loops: 2) { site async throws in
            var clients: [WebSocketClient] = []
            for _ in 0..<12 { clients.append(try await WebSocketClient.open(site.address)) }
            for client in clients {
                for round in 0..<50 { try await client.send("\(round)") }
            }
            for client in clients {
                for round in 0..<50 { #expect(try await client.text() == "\(round)") }
            }
            // Only now: what is for all of an instance's connections comes between the answers of others.
            for client in clients {
                // Only the instance that knows the connection lists it.
                try await client.send("!all hello from its own instance")
            }
            for client in clients { #expect(try await client.text() == "hello from its own instance") }
            for client in clients { await client.drop() }
        }
    }

    @Test("a host that stops says 1001 to clients, and its plugins hear of the ends before they stop")
    func stop() async throws {
        try await withSite([Fixture.spec("websocket")]) { site async throws in
            let client = try await WebSocketClient.open(site.address)
            try await client.send("hello")
            #expect(try await client.text() == "hello")
            async let drained: Void = site.hub.drain(within: .seconds(20))
            #expect(try await client.next().code == 1001)
            try await client.close(1001)
            await drained
        }
    }

    @Test("a plugin that is closed again and again leaves no connection behind")
    func cycles() async throws {
        for _ in 0..<20 {
            try await withSite([Fixture.spec("websocket")]) { site async throws in
                let client = try await WebSocketClient.open(site.address)
                try await client.send("hello")
                #expect(try await client.text() == "hello")
                await site.plugin.close()
                #expect(try await client.next().code == 1001)
                try await client.send(.close(1001))
                #expect(await client.rest().isEmpty)
                #expect(await eventually { site.hub.counters?.openConnections == 0 })
            }
        }
    }
}
