import PulpTestSupport
import Testing

@Suite("Instances")
struct InstanceTests {
    private static func counter(_ instances: InstancePolicy) throws -> PluginSpec {
        var spec = try Fixture.spec(wat: WorkTests.counter)
        spec.instances = instances
        spec.limits.queue = 5_000
        return spec
    }

    private static func results(_ plugin: RunningPlugin, _ world: World, count: Int) async throws -> [Int32] {
        let events = (0..<count).map { _ in plugin.deliver(world) }
        var results: [Int32] = []
        for event in events {
            results.append(try await event.result.get())
            #expect(event.finishedCount == 1)
        }
        return results
    }

    @Test("per-event: nothing survives from one event to the next, a thousand at a time")
    func perEvent() async throws {
        try await withWorld(loops: 2) { world async throws in
            try await world.with(Self.counter(.perEvent)) { plugin async throws in
                #expect(try await Self.results(plugin, world, count: 1_000).allSatisfy { $0 == 1 })
                for _ in 0..<20 { #expect(try await plugin.call(.step(byteCount: 1), bytes: [1]) == 1) }
                #expect(await eventually { plugin.availability == .ready })
            }
        }
    }

    @Test("per-event: memory of the last one is never seen")
    func perEventCanary() async throws {
        try await withWorld { world async throws in
            var spec = try Fixture.spec("canary")
            spec.instances = .perEvent
            try await world.with(spec) { plugin async throws in
                func step(_ payload: UInt8) async throws -> Int64 {
                    let bytes = StepEnvelope(callNumber: 0, wallTime: 0, payload: [payload]).encodedBytes()
                    return try await plugin.call(.step(byteCount: bytes.count), bytes: bytes)
                }
                for _ in 0..<30 {
                    _ = try await step(1)
                    #expect(try await step(2) == 0)
                }
            }
        }
    }

    @Test(
        "per-event: those that keep crashing open the circuit, and every event gets its answer",
        arguments: [
            "trap-step", "loop-step",
        ])
    func perEventCrashes(fixture: String) async throws {
        try await withWorld { world async throws in
            var spec = try Fixture.hostileSpec(fixture)
            spec.instances = .perEvent
            spec.limits.callTimeout = .milliseconds(500)
            try await world.with(spec) { plugin async throws in
                let failed = await eventually {
                    let events = (0..<8).map { _ in plugin.deliver(world) }
                    for event in events { _ = try? await event.outcome }
                    return plugin.availability == .failed
                }
                #expect(failed)
                #expect(try await plugin.deliver(world).result == .failure(.unavailable(.failed)))
            }
        }
    }

    @Test("per-core: one on each loop, and an event stays on the loop that it came from")
    func perCore() async throws {
        try await withWorld(loops: 3) { world async throws in
            try await world.with(Self.counter(.perCore)) { plugin async throws in
                for loop in Array(world.group.makeIterator()) {
                    for expected in 1...4 {
                        let event = ProbeEvent(on: loop)
                        plugin.deliver(event, from: loop, to: nil)
                        #expect(try await event.result == .success(Int32(expected)))
                    }
                }
            }
        }
    }

    @Test("as many as asked for share the work, each with its own state", arguments: [1, 2, 5])
    func count(count: Int) async throws {
        let slow = SlowCapability()
        try await withWorld(loops: 2) { world async throws in
            var registry = Registry.standard()
            registry.gated(slow)
            let offered = registry
            var spec = try Fixture.spec(wat: SlowCapability.guest(step: "(call $slow (i32.const 1))"))
            spec.capabilities = ["test.slow"]
            spec.instances = .count(count)
            try await world.with(spec, registry: offered) { plugin async throws in
                var events: [ProbeEvent] = []
                // So many are in the middle of a step at once, and no more.
                #expect(
                    await eventually {
                        if slow.calls.openCount < count, events.count < 60 { events.append(plugin.deliver(world)) }
                        return slow.calls.openCount == count
                    })
                let instances = Set(events.compactMap(\.instance))
                #expect(instances.count == count)
                for event in events {
                    while event.finishedCount == 0 {
                        slow.calls.release(3)
                        await Task.yield()
                    }
                    #expect(try await event.result == .success(3))
                }
            }
        }
    }

    @Test("that crash are replaced one by one; the others go on")
    func oneOfMany() async throws {
        // A payload of one byte is a step, of two a trap.
        let text = """
            (module
              (memory (export "memory") 2)
              (func (export "pulp_alloc") (param i32) (result i32) (i32.const 65536))
              (func (export "pulp_init") (param i32 i32) (result i32) (i32.const 0))
              (func (export "pulp_step") (param $at i32) (param $count i32) (result i32)
                (if (i32.eq (i32.load8_u (i32.sub (i32.add (local.get $at) (local.get $count)) (i32.const 1)))
                  (i32.const 0xC3)) (then (unreachable)))
                (i32.const 4))
              (func (export "pulp_shutdown") (result i32) (i32.const 0)))
            """
        try await withWorld { world async throws in
            var spec = try Fixture.spec(wat: text)
            spec.instances = .count(3)
            try await world.with(spec) { plugin async throws in
                for _ in 0..<2 {
                    guard case .failure(.crashed) = try await plugin.deliver(world, payload: [0xC3]).result else {
                        Issue.record("true is a trap")
                        return
                    }
                    #expect(plugin.availability == .ready)
                    for _ in 0..<10 { #expect(try await plugin.deliver(world, payload: [0xC2]).result == .success(4)) }
                }
            }
        }
    }

    @Test("may be many hundreds, and all of them end")
    func many() async throws {
        try await withWorld(loops: 2) { world async throws in
            try await world.with(Self.counter(.count(200))) { plugin async throws in
                #expect(try await Self.results(plugin, world, count: 400).count == 400)
                await plugin.stop(within: .seconds(60))
                #expect(world.log.messages.filter { $0 == "shutdown complete" }.count == 200)
            }
        }
    }
}
