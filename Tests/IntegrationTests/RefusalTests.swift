import PulpTestSupport
import Synchronization
import Testing

/// `test.slow`: `test_slow(ms) -> status` sleeps until the test lets it go.
final class SlowCalls: Sendable {
    private let open = Mutex<[NIOLoopBound<SuspendedImport>]>([])
    let abandoned = Atomic<Int>(0)

    var openCount: Int { self.open.withLock { $0.count } }

    func add(_ call: SuspendedImport, on loop: any EventLoop) {
        let bound = NIOLoopBound(call, eventLoop: loop)
        self.open.withLock { $0.append(bound) }
    }

    func release(_ status: Int32 = 0) {
        let calls = self.open.withLock { open in
            defer { open = [] }
            return open
        }
        for call in calls { call.eventLoop.execute { call.value.resume { _ in status } } }
    }
}

struct SlowImport: Capability {
    static let id: CapabilityID = "test.slow"
    static let imports: [HostImport<Self>] = [
        .suspendingWords(ImportSignature("test_slow", [.init("ms")], summary: "Sleeps.")) { session, call in
            let calls = session.calls
            let suspended = SuspendedImport(caller: call.caller) { calls.abandoned.add(1, ordering: .relaxed) }
            calls.add(suspended, on: call.caller.eventLoop)
            return suspended
        }
    ]

    let calls = SlowCalls()
}

@Suite("What a client is told")
struct RefusalTests {
    private static func slowSpec(queue: Int = 64, timeout: Duration = .seconds(30)) throws -> PluginSpec {
        var spec = try Fixture.spec("slow-caller")
        spec.limits.queue = queue
        spec.limits.callTimeout = timeout
        return spec
    }

    @Test(
        "500 when a plugin does not answer or crashes, in its dialect's words",
        arguments: [
            (ManifestDialect.plugin, "plugin"), (.cell, "cell"),
        ])
    func noAnswer(dialect: ManifestDialect, noun: String) async throws {
        var spec = try Fixture.spec("responder")
        spec.dialect = dialect
        spec.restart = .always
        spec.limits.callTimeout = .seconds(2)
        try await withSite([spec]) { site async throws in
            for what in ["none", "trap", "wrong-id"] {
                let response = try await Self.whenReady(site, "/do/\(what)")
                #expect(response.status == 500 && response.text == "\(noun) did not respond", "\(what)")
                #expect(await eventually { site.plugin.availability == .ready })
            }
            let late = try await Self.whenReady(site, "/do/loop")
            #expect(late.status == 504 && late.text == "\(noun) timeout")
            #expect(await eventually { site.plugin.availability == .ready })
            #expect(try await Self.whenReady(site, "/do/once").text == "first")
        }
    }

    /// The first answer that is not 503: that an instance has crashed may be told after its last answer was given.
    private static func whenReady(_ site: Site, _ path: String) async throws -> HTTPConnection.Response {
        var response = try await site.get(path)
        _ = try await eventually {
            if response.status == 503 { response = try await site.get(path) }
            return response.status != 503
        }
        return response
    }

    @Test("the first answer when there are two, and the second gets status 4")
    func twice() async throws {
        try await withSite([Fixture.spec("responder")]) { site async throws in
            #expect(try await site.get("/do/twice").text == "first")
            #expect(try await site.get("/do/last").text == "0 4")
            #expect(try await site.get("/do/wrong-id").status == 500)
            #expect(try await site.get("/do/last").text == "4 -1")
        }
    }

    @Test("500, and no header of its own making, when an answer cannot be sent", arguments: [1, 2, 3])
    func splitHeader(loops: Int) async throws {
        try await withSite([Fixture.spec("responder")], loops: loops) { site async throws in
            // On connections of every loop.
            for _ in 0..<4 {
                let connection = try await site.connect()
                let response = try await connection.request("GET", "/do/headers")
                #expect(response.status == 500 && response.header("x-injected") == nil)
                #expect(try await connection.request("GET", "/do/once").text == "first")
                await connection.close()
            }
        }
    }

    @Test("the answer that was given before the trap")
    func trapAfter() async throws {
        try await withSite([Fixture.spec("responder")]) { site async throws in
            let response = try await site.get("/do/trap-after")
            #expect(response.status == 200 && response.text == "first")
        }
    }

    @Test("413 for a body over the plugin's limit, declared or not, and the plugin is unharmed")
    func tooLarge() async throws {
        var spec = try Fixture.spec("echo")
        spec.limits.maxMessageBytes = 100_000
        try await withSite([spec]) { site async throws in
            let declared = try await site.connect()
            try await declared.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000000\r\n\r\n")
            #expect(try await declared.response().status == 413)
            await declared.close()
            let chunked = try await site.connect()
            try await chunked.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
            let chunk = "8000\r\n" + String(repeating: "x", count: 0x8000) + "\r\n"
            for _ in 0..<4 { try? await chunked.send(chunk) }
            #expect(try await chunked.response().status == 413)
            await chunked.close()
            for size in [1_000, 49_000] {
                let body = [UInt8](repeating: 1, count: size)
                #expect(try await site.request("POST", "/echo", body: body).body == body)
            }
            #expect(site.plugin.availability == .ready)
        }
    }

    @Test("503 with Retry-After when the queue is full, and every request that was taken is answered")
    func full() async throws {
        let slow = SlowImport()
        try await withSite([Self.slowSpec(queue: 2)], loops: 1, capabilities: [slow]) { site async throws in
            var waiting: [HTTPConnection] = []
            for index in 0..<3 {
                let connection = try await site.connect()
                try await connection.send(HTTPConnection.bytes("GET", "/slow/1"))
                waiting.append(connection)
                if index == 0 { #expect(await eventually { slow.calls.openCount == 1 }) }
            }
            #expect(await eventually { site.plugin.availability == .full })
            let refused = try await site.get("/ok")
            #expect(refused.status == 503 && refused.text == "queue full" && refused.header("retry-after") == "1")
            // Two connections have no order between them: let all through, then look at the answers.
            for _ in waiting {
                #expect(await eventually { slow.calls.openCount == 1 })
                slow.calls.release()
            }
            for connection in waiting {
                #expect(try await connection.response().status == 200)
                await connection.close()
            }
            #expect(try await site.get("/ok").status == 200)
        }
    }

    @Test("503 as a problem with its reason while a plugin restarts or when it has failed")
    func failed() async throws {
        try await withSite([Fixture.spec("responder")]) { site async throws in
            var states: Set<Int> = []
            let failed = try await eventually {
                states.insert(try await site.get("/do/trap").status)
                return site.plugin.availability == .failed
            }
            #expect(failed && states.isSubset(of: [500, 503]))
            let response = try await site.get("/do/once")
            #expect(response.status == 503 && response.header("content-type") == "application/problem+json")
            #expect(response.header("retry-after") == "30")
            #expect(response.text.contains("has failed"))
        }
    }

    @Test("nothing, when it has gone: its request is not stepped any more, or its call is abandoned in the end")
    func gone() async throws {
        let slow = SlowImport()
        try await withSite([Self.slowSpec()], loops: 1, capabilities: [slow]) { site async throws in
            let first = try await site.connect()
            try await first.send(HTTPConnection.bytes("GET", "/slow/1"))
            #expect(await eventually { slow.calls.openCount == 1 })
            let gone = try await site.connect()
            try await gone.send(HTTPConnection.bytes("GET", "/slow/2"))
            #expect(await eventually { site.hub.counters?.requests ?? 0 >= 2 })
            await gone.reset()
            #expect(await eventually { site.hub.counters?.openConnections == 1 })
            slow.calls.release()
            #expect(try await first.response().status == 200)
            #expect(try await first.request("GET", "/ok").status == 200)
            #expect(slow.calls.openCount == 0)
            await first.close()
        }
    }

    @Test("504 when the plugin waits for the host too long, and the call is abandoned")
    func waitingForHost() async throws {
        let slow = SlowImport()
        try await withSite([Self.slowSpec(timeout: .milliseconds(500))], capabilities: [slow]) { site async throws in
            #expect(try await site.get("/slow/1").status == 504)
            #expect(slow.calls.abandoned.load(ordering: .relaxed) == 1)
        }
    }
}

@Suite("An answer that comes later")
struct LaterTests {
    @Test("is sent when the plugin gives it, in another step or at a tick")
    func later() async throws {
        try await withSite([Fixture.spec("later")]) { site async throws in
            let tick = try await site.get("/tick")
            #expect(tick.status == 200 && tick.text == "0")
            var held: [HTTPConnection] = []
            for _ in 0..<10 {
                let connection = try await site.connect()
                try await connection.send(HTTPConnection.bytes("GET", "/hold"))
                held.append(connection)
            }
            #expect(await eventually { site.hub.counters?.requests ?? 0 >= 11 })
            // Each release answers those that were stepped before it.
            #expect(try await site.get("/release").text == "released")
            #expect(try await site.get("/release").text == "released")
            for connection in held {
                #expect(try await connection.response().text == "0")
                #expect(try await connection.request("GET", "/tick").text == "0")
                await connection.close()
            }
        }
    }

    @Test(
        "in a pipeline keeps the order, and what it set free is stepped on no other's stack",
        arguments: [
            InstancePolicy.count(1), .count(4),
        ])
    func pipelined(instances: InstancePolicy) async throws {
        var spec = try Fixture.spec("later")
        spec.instances = instances
        try await withSite([spec], loops: 1) { site async throws in
            let connection = try await site.connect()
            for _ in 0..<20 {
                try await connection.send((0..<5).flatMap { _ in HTTPConnection.bytes("GET", "/tick") })
                for _ in 0..<5 { #expect(try await connection.response().text == "0") }
            }
            await connection.close()
        }
    }

    @Test("never is 504 at the deadline; given after it, status 4; and 500 when its instance has gone")
    func never() async throws {
        var spec = try Fixture.spec("later")
        spec.limits.callTimeout = .seconds(1)
        try await withSite([spec]) { site async throws in
            let response = try await site.get("/never")
            #expect(response.status == 504 && response.text == "plugin timeout")
            #expect(try await site.get("/hold").status == 504)
            #expect(try await site.get("/release").text == "released")
            #expect(try await site.get("/late").text == "4")
        }
    }

    @Test("is no answer to another's request, nor a second one")
    func refused() async throws {
        try await withSite([Fixture.spec("later")]) { site async throws in
            #expect(try await site.get("/other").text == "4")
            #expect(try await site.get("/early").text == "0")
            #expect(try await site.get("/late").text == "4")
        }
    }

    @Test("is 503 when the plugin is closed first")
    func closed() async throws {
        try await withSite([Fixture.spec("later")]) { site async throws in
            let connection = try await site.connect()
            try await connection.send(HTTPConnection.bytes("GET", "/never"))
            #expect(await eventually { site.hub.counters?.requests ?? 0 >= 1 })
            #expect(try await site.get("/late").status == 200)
            await site.plugin.close()
            let response = try await connection.response()
            #expect([500, 503].contains(response.status))
        }
    }
}
