import PulpTestSupport
import Testing

@Suite("A plugin behind a socket")
struct ServingTests {
    /// The guests of the echo contract: the one of the benchmarks, in C, and one in Go when it was built.
    static let echoes = Fixture.isBuilt("go-echo") ? ["echo", "go-echo"] : ["echo"]

    @Test("answers the echo contract to the byte", arguments: Self.echoes)
    func echo(guest: String) async throws {
        try await withSite([Fixture.spec(guest)]) { site async throws in
            let connection = try await site.connect()
            for round in 0..<20 {
                let get = try await connection.request("GET", "/echo/hello%20w\(round)%C3%A4")
                #expect(get.status == 200)
                #expect(get.text == "hello w\(round)ä")
                #expect(get.header("content-type") == "text/plain; charset=utf-8")
                #expect(get.header("set-cookie") == nil)
            }
            let binary = (0..<256).map { UInt8($0) }
            let post = try await connection.request("POST", "/echo", body: binary)
            #expect(post.status == 200 && post.body == binary)
            #expect(post.header("content-type") == "application/octet-stream")
            #expect(try await connection.request("POST", "/echo", body: []).body.isEmpty)
            let large = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            #expect(try await connection.request("POST", "/echo", body: large).body == large)
            #expect(try await connection.request("GET", "/echo/after").text == "after")
            await connection.close()
        }
    }

    @Test("gets chunked bodies as one")
    func chunked() async throws {
        try await withSite([Fixture.spec("echo")]) { site async throws in
            let connection = try await site.connect()
            try await connection.send(
                "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")
            #expect(try await connection.response().text == "hello world")
            await connection.close()
        }
    }

    @Test("is not asked for what it has no route for: 404, 405 with Allow, and OPTIONS")
    func methods() async throws {
        try await withSite([Fixture.spec("echo")]) { site async throws in
            let connection = try await site.connect()
            let missing = try await connection.request("GET", "/nothing/here")
            #expect(missing.status == 404 && missing.text == "404 page not found")
            let wrong = try await connection.request("DELETE", "/echo/x")
            #expect(wrong.status == 405)
            #expect(wrong.header("allow")?.contains("GET") == true)
            let options = try await connection.request("OPTIONS", "/echo/x")
            #expect([200, 204].contains(options.status) && options.header("allow")?.contains("GET") == true)
            // The guest looks at the method: it must see its own route's.
            let head = try await connection.request("HEAD", "/echo/five5")
            #expect(head.status == 200 && head.header("content-length") == "5" && head.body.isEmpty)
            #expect(try await connection.request("GET", "/echo/still").text == "still")
            await connection.close()
        }
    }

    @Test(
        "answers pipelined requests in their order, with any kind of instances",
        arguments: [
            InstancePolicy.count(1), .count(3), .perCore, .perEvent,
        ])
    func pipelining(instances: InstancePolicy) async throws {
        var spec = try Fixture.spec("echo")
        spec.instances = instances
        spec.limits.queue = 1_000
        try await withSite([spec]) { site async throws in
            let connection = try await site.connect()
            for burst in [1, 2, 7, 40] {
                try await connection.send(
                    (0..<burst).flatMap { HTTPConnection.bytes("GET", "/echo/\(burst)-\($0)") })
                for index in 0..<burst { #expect(try await connection.response().text == "\(burst)-\(index)") }
            }
            await connection.close()
        }
    }

    @Test(
        "that crashes, hangs or says nothing in the middle of a pipeline loses none of its answers",
        arguments: [
            InstancePolicy.count(1), .perEvent,
        ])
    func pipelinedFailures(instances: InstancePolicy) async throws {
        var spec = try Fixture.spec("responder")
        spec.restart = .always
        spec.instances = instances
        spec.limits.callTimeout = .seconds(2)
        spec.limits.maxMessageBytes = 4_096
        try await withSite([spec]) { site async throws in
            let connection = try await site.connect()
            for what in ["trap", "none", "loop", "trap-after", "headers", "wrong-id"] {
                try await connection.send(
                    ["once", what, "once", what, "once"].flatMap { HTTPConnection.bytes("GET", "/do/\($0)") })
                var statuses: [Int] = []
                for _ in 0..<5 { statuses.append(try await connection.response().status) }
                let expected = what == "loop" ? 504 : what == "trap-after" ? 200 : 500
                // What waits behind a spinning guest may use its own time up, or find a plugin that restarts.
                #expect(statuses[0] == 200 && statuses[1] == expected, "\(what): \(statuses)")
                #expect(statuses.dropFirst(2).allSatisfy { [200, 500, 503, 504].contains($0) })
                #expect(await eventually { site.plugin.availability == .ready })
            }
            await connection.close()
        }
    }

    @Test("gets every header, query item and parameter, and its own go out in order", arguments: [false, true])
    func bothWays(isPerEvent: Bool) async throws {
        var spec = try Fixture.spec("responder")
        if isPerEvent { spec.instances = .perEvent }
        try await withSite([spec]) { site async throws in
            for status in [200, 201, 204, 404, 418, 500, 599] {
                let response = try await site.get("/status/\(status)?a=1&a=2")
                #expect(response.status == status)
                if status != 204 { #expect(response.text == "\(status)") }
            }
            let head = try await site.request("HEAD", "/status/404")
            #expect(head.status == 404 && head.header("content-length") == "3" && head.body.isEmpty)
            #expect(try await site.get("/do/zero-status").status == 200)
            #expect(try await site.get("/do/big").body == [UInt8](repeating: 0x78, count: 1 << 20))
        }
    }

    @Test("shows its configuration to the byte")
    func configuration() async throws {
        var spec = try Fixture.spec("config-echo")
        let config: [UInt8] = [0x81, 0xA1, 0x61, 0xD3, 0, 0, 0, 0, 0, 0, 0, 7]
        spec.config = config
        try await withSite([spec]) { site async throws in
            #expect(try await site.get("/config").body == config)
        }
    }

    @Test("may have ten thousand routes")
    func manyRoutes() async throws {
        try await withSite([Fixture.spec("routes")]) { site async throws in
            #expect(try await site.plugin.call(.probeLastCall) == 10_000)
            let connection = try await site.connect()
            for number in [0, 1, 4_999, 9_999] {
                #expect(try await connection.request("GET", "/r/\(number)").text == "\(number)")
            }
            #expect(try await connection.request("GET", "/r/10000").status == 404)
            await connection.close()
        }
    }

    @Test("cannot take another one's route, and what is left of it serves on")
    func conflict() async throws {
        try await withWorld { world async throws in
            let hub = ListenerHub(group: world.group, limits: .init(), logger: world.log.logger())
            let registry = Registry.builtins(listeners: hub, storage: nil)
            try await world.with(Fixture.spec("echo"), registry: registry) { first async throws in
                var spec = try Fixture.spec("echo")
                spec.name = "second"
                let second = spec
                let error = await #expect(throws: PluginError.self) {
                    try await world.with(second, registry: registry) { _ in }
                }
                #expect(error?.message.hasPrefix("pulp_init returned 1: GET /echo/:msg was refused") == true)
                #expect(first.availability == .ready)
            }
            // The first has gone, and its routes with it.
            try await world.with(Fixture.spec("echo"), registry: registry) { _ in }
        }
    }

    @Test(
        "built with wasi-libc runs its constructors, sees its clock and no files",
        .enabled(if: Fixture.isBuilt("wasi-c"), "wasi-c was not built: install wasi-libc"))
    func wasiLibc() async throws {
        try await withSite([Fixture.spec("wasi-c")]) { site async throws in
            #expect(try await site.get("/started").text == "1")
            #expect(try await site.get("/file").text != "0")
            #expect(try await site.get("/time").status == 200)
            #expect(site.world.log.messages.contains { $0.contains("wasi-c is up") })
        }
    }

    @Test(
        "in Go starts, keeps its configuration and serves",
        .enabled(if: Fixture.isBuilt("go-echo"), "go-echo was not built: run Scripts/build-guests go"))
    func goGuest() async throws {
        try await withSite([Fixture.spec("go-echo")]) { site async throws in
            #expect(try await site.plugin.call(.probeConfigMarker) == 424_242)
            let connection = try await site.connect()
            for size in [0, 1, 31, 32, 33, 64, 65_536] {
                let body = [UInt8](repeating: UInt8(size & 0xFF), count: size)
                #expect(try await connection.request("POST", "/echo", body: body).body == body)
            }
            await connection.close()
        }
    }

    @Test("counts requests across plugins with ids that are unique in the process")
    func uniqueIDs() async throws {
        // wrong-id answers request + 1,000,000: nobody's. What another plugin waits for is not to be answered either.
        try await withSite([Fixture.spec("responder"), Fixture.spec("later")]) { site async throws in
            #expect(try await site.get("/do/wrong-id").status == 500)
            #expect(try await site.get("/do/last").text == "4 -1")
        }
    }
}
