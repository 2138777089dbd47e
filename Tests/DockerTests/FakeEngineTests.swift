import Foundation
import PulpTestSupport
import Testing

@testable import PulpDocker

extension DockerSuite {
    /// What an engine may say that no engine should: none of it harms the host, and each has its status.
    ///
    /// hostile.md: "Guest-sized host allocations", "Library limits panic the host", "Message length lies", "Header/body
    /// desync", "async future dropped mid-call", "fd bookkeeping".
    @Suite("An engine that misbehaves")
    struct FakeEngineTests {
        private static let get = DockerGetRequest(name: "x")

        private static func status(
            _ answer: FakeAnswer, within timeout: Duration = .seconds(20)
        ) async throws -> Int32 {
            try await Self.status(
                of: "docker_get", Self.get, where: { $0.path.hasSuffix("/json") }, answer, within: timeout)
        }

        private static func status(
            of call: String, _ request: some WireEncodable & Sendable,
            where match: @escaping @Sendable (FakeRequest) -> Bool, _ answer: FakeAnswer,
            within timeout: Duration = .seconds(20)
        ) async throws -> Int32 {
            try await FakeEngine.with({ match($0) ? answer : FakeEngine.sound($0) }) { engine in
                var plugin = TestPlugin()
                plugin.callTimeout = timeout
                return try await plugin.with(on: engine.socketPath) { harness async throws in
                    let status = try await harness.query(call, request).status
                    // Nothing is left open once the call is over, but the subscription.
                    #expect(await eventually { engine.openCount <= 1 })
                    return status
                }
            }
        }

        @Test("every function answers 0 when the engine is sound")
        func sound() async throws {
            try await FakeEngine.with({ FakeEngine.sound($0) }) { engine in
                var plugin = TestPlugin()
                plugin.environment["TEMPLATES_DIR"] = Fixture.root.appendingPathComponent("Tests/Fixtures/callee").path
                try await plugin.with(on: engine.socketPath) { harness async throws in
                    for (name, request) in Samples.all {
                        let isQuery = Samples.queries.contains(name)
                        let status =
                            isQuery
                            ? try await harness.query(name, request).status : try await harness.command(name, request)
                        #expect(status == 0, "\(name): \(harness.logs.lines)")
                    }
                    // A list may be asked for with nothing; what is not looked at may lie anywhere.
                    #expect(try await harness.query("docker_list", [UInt8]()).status == 0)
                    #expect(try await harness.query("docker_events_poll", [UInt8]()).status == 0)
                    #expect(try await harness.call("docker_stats_all", 0xffff_fff0, 0xffff_fff0, 64, 68) == 0)
                    #expect(try await harness.call("docker_build_status", 0xffff_fff0, 0xffff_fff0, 64, 68) == 0)
                    for name in ["docker_get", "docker_create", "docker_exec", "docker_logs", "docker_stats"] {
                        #expect(try await harness.query(name, [UInt8]()).status == 3, "\(name)")
                        #expect(try await harness.query(name, [0x80]).status == 1, "\(name)")
                    }
                    for name in [
                        "docker_destroy", "docker_restart", "docker_files_write", "docker_files_delete", "docker_build",
                    ] {
                        #expect(try await harness.command(name, [UInt8]()) == 3, "\(name)")
                        #expect(try await harness.command(name, [0x80]) == 1, "\(name)")
                    }
                }
            }
        }

        @Test(
            "JSON that is cut off, is none, or is of another form is 4",
            arguments: [
                #"{"Id":"a"#, "", "null", "[]", "{}", #"{"Id":7}"#, #"{"Id":"a","Name":"b","State":[],"Config":{}}"#,
                String(repeating: "[", count: 100_000), #"{"Id":1e999}"#, "\u{0}\u{1}\u{2}",
            ])
        func json(_ text: String) async throws {
            #expect(try await Self.status(.json(200, text)) == 4)
        }

        @Test(
            "hostile.md: bytes that are no HTTP are 4 or 10, never a crash",
            arguments: [
                "garbage\r\n\r\n", "HTTP/1.1 999999 X\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}", "HTTP/1.1 20", "",
                "HTTP/1.1 200 OK\r\nA: " + String(repeating: "b", count: 200_000) + "\r\n\r\n{}",
                String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 1_000),
            ])
        func http(_ text: String) async throws {
            #expect([4, 10].contains(try await Self.status(.raw(Array(text.utf8)))))
        }

        @Test("an answer without end is cut off at its limit", arguments: ["docker_get", "docker_stats"])
        func flood(_ call: String) async throws {
            let flood = FakeAnswer.flood([UInt8](repeating: 0x20, count: 65_536))
            if call == "docker_get" {
                #expect(try await Self.status(flood) == 4)
            } else {
                #expect(
                    try await Self.status(
                        of: call, DockerTarget(id: "x"), where: { $0.path.hasSuffix("/stats") }, flood) == 4)
            }
        }

        @Test("a log without end, a program's output without end, a file without end: bounded memory, a status")
        func floodedStreams() async {
            // In a process of its own: other suites run beside this one, and what is weighed is the process.
            await #expect(processExitsWith: .success) { try await Self.floodedStreamsAlone() }
        }

        private static func floodedStreamsAlone() async throws {
            let frame: [UInt8] = [1, 0, 0, 0, 0, 0, 0xff, 0xf8] + [UInt8](repeating: 0x61, count: 0xfff8)
            let before = residentBytes()
            #expect(
                try await Self.status(
                    of: "docker_logs", DockerLogsRequest(id: "x"), where: { $0.path.hasSuffix("/logs") }, .flood(frame),
                    within: .seconds(1)) == 4)
            #expect(
                try await Self.status(
                    of: "docker_exec", DockerExecRequest(id: "x", command: ["yes"]),
                    where: { $0.path.hasSuffix("/start") && $0.path.hasPrefix("/exec") }, .flood(frame),
                    within: .seconds(1)) == 4)
            #expect(
                try await Self.status(
                    of: "docker_files_read", DockerFileReadRequest(id: "x", path: "/f"),
                    where: { $0.path.hasSuffix("/archive") }, .flood(frame)) == 4)
            #expect(residentBytes() - before < 200 << 20)
        }

        @Test(
            "frames that are none are 4, a frame that is cut off is 10",
            arguments: [
                ([9, 0, 0, 0, 0, 0, 0, 1, 0x61], 4), ([1, 1, 0, 0, 0, 0, 0, 1, 0x61], 4),
                ([1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x61], 10),
                ([1, 0, 0], 10), ([1, 0, 0, 0, 0, 0, 0, 2, 0x61], 10),
            ] as [([UInt8], Int32)])
        func frames(_ bytes: [UInt8], _ expected: Int32) async throws {
            let status = try await Self.status(
                of: "docker_logs", DockerLogsRequest(id: "x"), where: { $0.path.hasSuffix("/logs") }, .bytes(bytes))
            #expect(status == expected)
        }

        @Test(
            "an archive that is none is 4",
            arguments: [
                [UInt8](repeating: 0, count: 1_024), [UInt8](repeating: 7, count: 512), [], [1, 2, 3],
                Array(TarWriter.header("x", size: 1 << 30)), TarWriter.header("x", .folder) + TarWriter.end,
            ] as [[UInt8]])
        func archives(_ bytes: [UInt8]) async throws {
            let status = try await Self.status(
                of: "docker_files_read", DockerFileReadRequest(id: "x", path: "/f"),
                where: { $0.path.hasSuffix("/archive") }, .bytes(bytes))
            #expect(status == 4)
        }

        @Test("an engine that never answers is 4 at the call's deadline, and its connection is closed")
        func silence() async throws {
            #expect(try await Self.status(.silence, within: .milliseconds(500)) == 4)
        }

        @Test("an engine that goes away in the middle is 10")
        func goesAway() async throws {
            #expect(try await Self.status(.end) == 10)
        }

        @Test("an engine that answers byte by byte is as good as another")
        func slow() async throws {
            let line = Array("2026-11-26T16:00:00.5Z slow\n".utf8)
            let bytes: [UInt8] = [1, 0, 0, 0, 0, 0, 0, UInt8(line.count)] + line
            try await FakeEngine.with({
                $0.path.hasSuffix("/logs") ? .pieces(bytes.map { [$0] }) : FakeEngine.sound($0)
            }) { engine in
                try await TestPlugin().with(on: engine.socketPath) { harness async throws in
                    let logs = try await harness.logs("x")
                    #expect(text(logs.logs) == "slow\n")
                    #expect(logs.nextNanos == 1_795_708_800_500_000_000)
                }
            }
        }

        @Test(
            "a refusal keeps its reason for the log, on one line",
            arguments: [(500, 4), (404, 6), (409, 4), (302, 4)] as [(Int, Int32)])
        func refusals(_ code: Int, _ expected: Int32) async throws {
            try await FakeEngine.with({
                $0.path.hasSuffix("/json") ? .json(code, #"{"message":"why\nnot\u001b[31m"}"#) : FakeEngine.sound($0)
            }) { engine in
                try await TestPlugin().with(on: engine.socketPath) { harness async throws in
                    #expect(try await harness.query("docker_get", Self.get).status == expected)
                    let reasons = harness.logs.lines.compactMap { $0.metadata["reason"] }
                    if code != 302 { #expect(reasons.contains { $0.hasSuffix(#"why\nnot\u{1b}[31m"#) }, "\(reasons)") }
                }
            }
        }

        @Test("an engine that is not there is 10, is not asked again for ten seconds, and then is")
        func window() async throws {
            var plugin = TestPlugin()
            let clock = ManualClock()
            plugin.clock = clock
            let path = "/tmp/pulp-docker-none-\(getpid()).sock"
            try await plugin.with(on: path) { harness async throws in
                #expect(try await harness.query("docker_get", Self.get).status == 10)
                #expect(harness.says("is the engine running?"))
                #expect(try await harness.query("docker_list", DockerListRequest()).status == 10)
                #expect(try await harness.query("docker_events_poll", DockerEventsRequest()).status == 10)
                #expect(try await harness.command("docker_destroy", DockerTarget(id: "x")) == 10)
                clock.advance(by: .seconds(11))
                #expect(try await harness.query("docker_get", Self.get).status == 10)
            }
        }

        @Test("hostile.md: a guest that is dropped cancels its call: the connection is closed")
        func dropped() async throws {
            try await FakeEngine.with({ $0.path.hasSuffix("/json") ? .silence : FakeEngine.sound($0) }) { engine in
                try await TestPlugin().with(on: engine.socketPath) { harness async throws in
                    try await harness.withGuest { $0.write(Self.get.encodedBytes(), at: 128) }
                    let pending = try await harness.start(
                        "docker_get", words: [128, UInt64(Self.get.encodedByteCount), 64, 68])
                    #expect(await eventually { engine.requests.contains { $0.path.hasSuffix("/json") } })
                    try await harness.abandon()
                    await #expect(throws: CancellationError.self) { try await pending.value() }
                    #expect(await eventually { engine.openCount <= 1 })
                }
            }
        }

        @Test("more calls than may wait at once are 4, and the log names the limit")
        func callsInFlight() async throws {
            try await FakeEngine.with({ $0.path.hasSuffix("/json") ? .silence : FakeEngine.sound($0) }) { engine in
                var plugin = TestPlugin()
                plugin.limits["calls"] = 3
                try await plugin.with(on: engine.socketPath) { harness async throws in
                    try await harness.withGuest { $0.write(Self.get.encodedBytes(), at: 128) }
                    let words: [UInt64] = [128, UInt64(Self.get.encodedByteCount), 64, 68]
                    for _ in 0..<3 { _ = try await harness.start("docker_get", words: words) }
                    #expect(try await harness.start("docker_get", words: words).value() == 4)
                    #expect(harness.says("raise calls in [limits.spawn.docker]"))
                    try await harness.abandon()
                }
            }
        }

        @Test("a container whose making is given up midway is removed, whatever was known of it")
        func abandonedCreation() async throws {
            for stuck in ["/containers/create", "/start"] {
                try await FakeEngine.with({ $0.path.hasSuffix(stuck) ? .silence : FakeEngine.sound($0) }) { engine in
                    let harness = try await TestPlugin().open(on: engine.socketPath)
                    let request = sleeper().encodedBytes()
                    try await harness.withGuest { $0.write(request, at: 128) }
                    _ = try await harness.start("docker_create", words: [128, UInt64(request.count), 64, 68])
                    #expect(await eventually { engine.requests.contains { $0.path.hasSuffix(stuck) } })
                    try await harness.abandon()
                    await harness.close()
                    #expect(
                        engine.requests.contains { $0.method == "DELETE" && $0.query.contains("force=1") }, "\(stuck)")
                }
            }
        }

        @Test("1,000 openings and closings leave no descriptor, no thread and no memory behind")
        func tearDown() async {
            // In a process of its own: other suites run beside this one, and what is weighed is the process.
            await #expect(processExitsWith: .success) { try await Self.tearDownAlone() }
        }

        private static func tearDownAlone() async throws {
            try await FakeEngine.with({ FakeEngine.sound($0) }) { engine in
                var plugin = TestPlugin()
                plugin.settings["events"] = .boolean(true)
                let fixed = plugin
                func cycle() async throws {
                    try await fixed.with(on: engine.socketPath) { harness async throws in
                        #expect(try await harness.query("docker_get", Self.get).status == 0)
                    }
                }
                for _ in 0..<50 { try await cycle() }
                let before = (descriptorCount(), threadCount(), residentBytes())
                for _ in 0..<1_000 { try await cycle() }
                #expect(await eventually { engine.openCount == 0 })
                #expect(await eventually { descriptorCount() <= before.0 + 20 })
                #expect(await eventually { threadCount() <= before.1 + 8 })
                #expect(residentBytes() - before.2 < 64 << 20)
            }
        }
    }
}
