import PulpTestSupport
import Synchronization
import Testing

@Suite("Under load")
struct LoadTests {
    /// How far the clients of a test are.
    private final class Progress: Sendable {
        let sent = Atomic<Int>(0)
        let ending = Atomic<Bool>(false)
        var isEnding: Bool { self.ending.load(ordering: .sequentiallyConsistent) }
    }

    @Test("a plugin answers beside others that spin, trap and sleep on the same loop")
    func neighbours() async throws {
        var bad = try Fixture.spec("responder")
        bad.name = "bad"
        bad.restart = .always
        bad.limits.callTimeout = .milliseconds(400)
        try await withSite([Fixture.spec("echo"), bad], loops: 1) { site async throws in
            let spinning = try await site.connect()
            for what in ["loop", "trap", "loop"] {
                try await spinning.send(HTTPConnection.bytes("GET", "/do/\(what)"))
                let good = try await site.connect()
                for index in 0..<30 {
                    #expect(try await good.request("GET", "/echo/\(index)").text == "\(index)")
                }
                await good.close()
                #expect([500, 503, 504].contains(try await spinning.response().status))
            }
            await spinning.close()
        }
    }

    @Test("an end in the middle loses nothing: every request that was accepted gets its answer")
    func drain() async throws {
        var spec = try Fixture.spec("echo")
        spec.limits.queue = 1_000
        spec.instances = .perCore
        try await withSite([spec]) { site async throws in
            let progress = Progress()
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for client in 0..<8 {
                    tasks.addTask {
                        let connection = try await site.connect()
                        for index in 0... {
                            let wasEnding = progress.isEnding
                            do {
                                let response = try await connection.request("GET", "/echo/\(client)-\(index)")
                                #expect(response.status == 200 && response.text == "\(client)-\(index)")
                                progress.sent.add(1, ordering: .relaxed)
                                if response.header("connection") == "close" { return }
                            } catch {
                                // Between two answers the server may close; before the end began it may not.
                                #expect(wasEnding || progress.isEnding, "\(error)")
                                return
                            }
                        }
                    }
                }
                #expect(await eventually { progress.sent.load(ordering: .relaxed) > 200 })
                progress.ending.store(true, ordering: .sequentiallyConsistent)
                await site.hub.drain(within: .seconds(30))
                await site.plugin.stop(within: .seconds(30))
                try await tasks.waitForAll()
            }
            #expect(site.plugin.availability == .stopped)
            #expect(site.world.log.messages.filter { $0 == "shutdown complete" }.count == 2)
            await #expect(throws: (any Error).self) { try await site.get("/echo/late") }
        }
    }

    @Test("requests in flight are answered when the host stops, however long they take within the grace")
    func drainSlow() async throws {
        let slow = SlowImport()
        try await withSite([Fixture.spec("slow-caller")], capabilities: [slow]) { site async throws in
            let connection = try await site.connect()
            try await connection.send(HTTPConnection.bytes("GET", "/slow/1"))
            #expect(await eventually { slow.calls.openCount == 1 })
            async let ended: Void = site.hub.drain(within: .seconds(60))
            slow.calls.release(0)
            #expect(try await connection.response().status == 200)
            await ended
            await site.plugin.stop(within: .seconds(60))
        }
    }

    @Test(
        "two hundred connections at once are all served, by any kind of instances",
        arguments: [
            InstancePolicy.count(1), .perCore, .perEvent,
        ])
    func crowd(instances: InstancePolicy) async throws {
        var spec = try Fixture.spec("echo")
        spec.instances = instances
        spec.limits.queue = 10_000
        try await withSite([spec]) { site async throws in
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for client in 0..<200 {
                    tasks.addTask {
                        let connection = try await site.connect()
                        for index in 0..<5 {
                            #expect(
                                try await connection.request("GET", "/echo/\(client)-\(index)").text
                                    == "\(client)-\(index)")
                        }
                        await connection.close()
                    }
                }
                try await tasks.waitForAll()
            }
        }
    }
}
