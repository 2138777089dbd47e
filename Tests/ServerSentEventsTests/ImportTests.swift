import PulpTestSupport
import Testing

@testable import PulpServerSentEvents

@Suite("The imports of transport.sse")
struct ImportTests {
    private func harness(
        _ routes: RouteTable? = RouteTable(), dialect: PluginScope.Dialect = .cell
    ) async throws -> Harness {
        var setting = PluginSetting()
        setting.dialect = dialect
        return try await Harness(ServerSentEventsCapability(listeners: OneTable(routes: routes)), setting)
    }

    private static let sample = ServerSentEventRecord(path: "/events", id: "1", event: "e", data: "d")

    @Test("statuses are the reference's", arguments: [PluginScope.Dialect.cell, .plugin])
    func statuses(dialect: PluginScope.Dialect) async throws {
        let harness = try await self.harness(dialect: dialect)
        func register(_ text: String) async throws -> Int32 {
            try await harness.command("sse_register", Array(text.utf8))
        }
        #expect(try await register("/events") == 0)
        #expect(try await register("/events") == 0)
        #expect(try await register("/rooms/:room/*rest") == 0)
        #expect(try await register("") == 1)
        #expect(try await harness.call("sse_register", 65_530, 100) == 2)
        for bad in ["events", "/a/*b/c", "/:", String(repeating: "/x", count: 5_000)] {
            #expect(try await register(bad) == 4, "\(bad.prefix(10))")
        }
        func emit(_ record: ServerSentEventRecord) async throws -> Int32 {
            try await harness.command("sse_emit", record)
        }
        #expect(try await emit(Self.sample) == 0)
        #expect(try await emit(.init(path: "/rooms/1/a/b", data: "")) == 0)
        #expect(try await harness.command("sse_emit", [UInt8]()) == 1)
        #expect(try await harness.call("sse_emit", 0xFFFF_FFFF, 0xFFFF_FFFF) == 2)
        #expect(try await harness.command("sse_emit", [0xC1]) == 3)
        #expect(try await harness.command("sse_emit", [0x81, 0xA4, 0x70, 0x61, 0x74, 0x68, 0x01]) == 3)
        #expect(try await emit(.init(path: "/other", data: "")) == 4)
        #expect(try await emit(.init(path: "", data: "")) == 4)
        #expect(try await emit(.init(path: "/rooms/" + String(repeating: "x", count: 9_000) + "/a", data: "")) == 4)
        #expect(try await emit(.init(path: "/events", id: "a\nb", data: "")) == 4)
        // An empty map has no path.
        #expect(try await harness.command("sse_emit", [0x80]) == 4)
        await harness.close()
        #expect(harness.logs.lines.contains { $0.level == .debug && $0.metadata["reason"]?.contains("CR, LF") == true })
    }

    @Test("sse_has_subscribers stores a word, and only into memory")
    func counting() async throws {
        let harness = try await self.harness()
        #expect(try await harness.command("sse_register", Array("/events".utf8)) == 0)
        try await harness.withGuest { $0.write(Array("/events".utf8) + [0xFF, 0xFF, 0xFF, 0xFF], at: 200) }
        #expect(try await harness.call("sse_has_subscribers", 200, 7, 207) == 0)
        #expect(try await harness.withGuest { $0.word(at: 207) } == 0)
        #expect(try await harness.call("sse_has_subscribers", 200, 0, 207) == 1)
        #expect(try await harness.call("sse_has_subscribers", 65_533, 7, 207) == 2)
        #expect(try await harness.call("sse_has_subscribers", 200, 0xFFFF_FFFF, 207) == 2)
        for bad in [65_533, 65_536, 0xFFFF_FFFD, 0xFFFF_FFFF] as [UInt64] {
            #expect(try await harness.call("sse_has_subscribers", 200, 7, bad) == 8)
        }
        await harness.close()
    }

    @Test("without a listener each is 99")
    func noListener() async throws {
        let harness = try await self.harness(nil)
        #expect(try await harness.command("sse_register", Array("/events".utf8)) == 99)
        #expect(try await harness.command("sse_emit", Self.sample) == 99)
        #expect(try await harness.call("sse_has_subscribers", 128, 3, 200) == 99)
        await harness.close()
    }

    @Test("a path of another plugin is refused, and its own are gone after the close")
    func owners() async throws {
        let routes = RouteTable()
        let (one, two) = (try await self.harness(routes), try await self.harness(routes))
        #expect(try await one.command("sse_register", Array("/a/:b".utf8)) == 0)
        #expect(try await two.command("sse_register", Array("/a/c".utf8)) == 4)
        #expect(try await two.command("sse_emit", ServerSentEventRecord(path: "/a/c", data: "")) == 4)
        await one.close()
        #expect(try await two.command("sse_register", Array("/a/c".utf8)) == 0)
        await two.close()
        #expect(routes.count == 0)
    }

    @Test("patterns of a plugin are bounded")
    func patterns() async throws {
        let harness = try await self.harness()
        for number in 0..<ServerSentEventsSession.maximumPatterns {
            #expect(try await harness.command("sse_register", Array("/\(number)".utf8)) == 0)
        }
        #expect(try await harness.command("sse_register", Array("/more".utf8)) == 4)
        #expect(try await harness.command("sse_register", Array("/0".utf8)) == 0)
        await harness.close()
    }

    @Test("every import stands every hostile guest")
    func conformance() async throws {
        let report = try await CapabilityConformance.check(
            ServerSentEventsCapability(listeners: OneTable(routes: RouteTable())),
            samples: ["sse_register": Array("/events".utf8)])
        #expect(report.failures.isEmpty, "\(report.failures)")
        #expect(report.callCount > 800)
    }

    @Test("a thousand sessions leave no routes, descriptors or threads")
    func cycles() async {
        // In a process of its own: other suites run beside this one, and what is weighed is the process.
        await #expect(processExitsWith: .success) { try await Self.cyclesAlone() }
    }

    private static func cyclesAlone() async throws {
        let routes = RouteTable()
        let capability = ServerSentEventsCapability(listeners: OneTable(routes: routes))
        func cycle() async throws {
            let harness = try await Harness(capability)
            _ = try await harness.command("sse_register", Array("/events".utf8))
            for number in 0..<5 {
                _ = try await harness.command(
                    "sse_emit", ServerSentEventRecord(path: "/events", id: "\(number)", data: "d"))
            }
            try await harness.endInstance()
            await harness.close()
        }
        try await cycle()
        let before = Usage.now
        for _ in 0..<1_000 { try await cycle() }
        #expect(routes.count == 0)
        let after = Usage.now
        #expect(after.descriptors <= before.descriptors + 20)
    }
}
