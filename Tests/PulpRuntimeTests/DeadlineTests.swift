import PulpTestSupport
import Synchronization
import Testing

/// `test.slow`: `test_slow(ms) -> status` sleeps until the test lets it go.
struct SlowCapability: Capability {
    static let id: CapabilityID = "test.slow"
    static let imports: [HostImport<Self>] = [
        .suspendingWords(ImportSignature("test_slow", [.init("ms")], summary: "Sleeps.")) { session, call in
            session.begin(call.caller)
        }
    ]

    final class Calls: Sendable {
        let open = Mutex<[NIOLoopBound<SuspendedImport>]>([])
        let abandoned = Atomic<Int>(0)

        var openCount: Int { self.open.withLock { $0.count } }

        /// Answers everything that is open.
        func release(_ status: Int32 = 0) {
            for call in self.open.withLock({ open in
                defer { open = [] }
                return open
            }) { call.eventLoop.execute { call.value.resume { _ in status } } }
        }
    }

    let calls = Calls()

    func begin(_ caller: any GuestCaller) -> SuspendedImport {
        let suspended = SuspendedImport(caller: caller) { [calls] in calls.abandoned.add(1, ordering: .relaxed) }
        let bound = NIOLoopBound(suspended, eventLoop: caller.eventLoop)
        self.calls.open.withLock { $0.append(bound) }
        return suspended
    }

    /// A guest whose entry points call `test_slow` where asked.
    static func guest(initialize: String = "(i32.const 0)", step: String = "(i32.const 0)") -> String {
        """
        (module
          (import "pulp" "test_slow" (func $slow (param i32) (result i32)))
          (memory (export "memory") 2)
          (func (export "pulp_alloc") (param i32) (result i32) (i32.const 65536))
          (func (export "pulp_init") (param i32 i32) (result i32) \(initialize))
          (func (export "pulp_step") (param i32 i32) (result i32) \(step))
          (func (export "pulp_shutdown") (result i32) (i32.const 0)))
        """
    }
}

@Suite("The deadline")
struct DeadlineTests {
    private static func spec(_ fixture: String, _ milliseconds: Int = 500) throws -> PluginSpec {
        var spec = try Fixture.hostileSpec(fixture)
        spec.limits.callTimeout = .milliseconds(milliseconds)
        return spec
    }

    @Test(
        "ends a load whose start function never returns or sleeps",
        arguments: [
            "loop-start", "loop-initialize", "sleep-initialize",
        ])
    func load(fixture: String) async throws {
        try await withWorld { world async throws in
            let error = await #expect(throws: PluginError.self) {
                try await world.with(Self.spec(fixture), isInitialized: false) { _ in }
            }
            #expect(error?.message.contains("took longer than") == true)
        }
    }

    @Test("ends pulp_init", arguments: ["loop-init", "sleep-init"])
    func initialize(fixture: String) async throws {
        try await withWorld { world async throws in
            let error = await #expect(throws: PluginError.self) { try await world.with(Self.spec(fixture)) { _ in } }
            #expect(error?.message.contains("took longer than") == true)
        }
    }

    @Test(
        "ends a step that loops, sleeps, waits in its allocator or only calls the host, and the next is served by a new instance",
        arguments: [
            "loop-step", "loop-alloc", "loop-free", "loop-nested-alloc", "sleep-step", "sleep-nested-alloc",
            "yield-loop",
            "imports-loop",
        ])
    func step(fixture: String) async throws {
        try await withWorld { world async throws in
            var spec = try Self.spec(fixture)
            spec.restart = .always
            try await world.with(spec) { plugin async throws in
                for _ in 0..<2 { #expect(try await plugin.deliver(world).result == .failure(.timedOut)) }
            }
        }
    }

    @Test("ends a probe and a shutdown")
    func probes() async throws {
        try await withWorld { world async throws in
            try await world.with(Self.spec("loop-probe")) { plugin async throws in
                await #expect(throws: PluginError.self) { try await plugin.call(.probeLastCall) }
            }
            for fixture in ["loop-shutdown", "sleep-shutdown"] {
                try await world.with(Self.spec(fixture)) { plugin async throws in
                    await plugin.stop(within: .seconds(60))
                    #expect(plugin.availability == .stopped)
                }
            }
            #expect(world.log.messages.filter { $0.contains("pulp_shutdown") && $0.contains("took longer") }.count == 2)
        }
    }

    @Test("leaves others alone: a plugin on the same loop answers while one spins, in every entry point")
    func fairness() async throws {
        try await withWorld { world async throws in
            var good = try Fixture.hostileSpec("alloc-same")
            good.name = "good"
            let spec = good
            try await world.with(spec) { plugin async throws in
                for fixture in ["loop-step", "loop-alloc", "yield-loop", "imports-loop"] {
                    try await world.with(Self.spec(fixture, 60_000)) { spinning async throws in
                        let spinner = spinning.deliver(world)
                        for _ in 0..<20 {
                            #expect(try await plugin.deliver(world).result.get() > 20)
                        }
                        #expect(spinner.finishedCount == 0)
                    }
                }
            }
        }
    }

    @Test("holds over guest and host calls together: a step that waits for the host ends, and its call is abandoned")
    func waitingForHost() async throws {
        let slow = SlowCapability()
        try await withWorld { world async throws in
            var registry = Registry.standard()
            registry.gated(slow)
            let offered = registry
            var spec = try Fixture.spec(wat: SlowCapability.guest(step: "(call $slow (i32.const 1))"))
            spec.capabilities = ["test.slow"]
            spec.limits.callTimeout = .seconds(1)
            try await world.with(spec, registry: offered) { plugin async throws in
                #expect(try await plugin.deliver(world).result == .failure(.timedOut))
                #expect(slow.calls.abandoned.load(ordering: .relaxed) == 1)
                // An answer that comes too late finds nobody.
                slow.calls.release()
                #expect(await eventually { plugin.availability == .ready })
            }
            // Time enough for the answer, however busy the machine is.
            spec.limits.callTimeout = .seconds(120)
            try await world.with(spec, registry: offered) { plugin async throws in
                let event = plugin.deliver(world)
                #expect(await eventually { slow.calls.openCount == 1 })
                slow.calls.release(5)
                #expect(try await event.result == .success(5))
            }
        }
    }

    @Test("is not spent on others: what waits in the mailbox beyond it is not stepped any more")
    func waitingInMailbox() async throws {
        try await withWorld { world async throws in
            var spec = try Self.spec("loop-step", 200)
            spec.restart = .always
            try await world.with(spec) { plugin async throws in
                let events = (0..<5).map { _ in plugin.deliver(world) }
                for event in events { #expect(try await event.result == .failure(.timedOut)) }
                #expect(events.filter { $0.instance != nil }.count < 5)
            }
        }
    }
}
