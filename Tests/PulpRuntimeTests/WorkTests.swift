import PulpTestSupport
import Synchronization
import Testing

@Suite("Work")
struct WorkTests {
    /// Counts its steps: each returns how many there were in this instance.
    static let counter = """
        (module
          (memory (export "memory") 2)
          (global $count (mut i32) (i32.const 0))
          (func (export "pulp_alloc") (param i32) (result i32) (i32.const 65536))
          (func (export "pulp_init") (param i32 i32) (result i32) (i32.const 0))
          (func (export "pulp_step") (param i32 i32) (result i32)
            (global.set $count (i32.add (global.get $count) (i32.const 1))) (global.get $count))
          (func (export "pulp_shutdown") (result i32) (i32.const 0)))
        """

    /// Returns the envelope's call number, or its time in milliseconds.
    static func header(offset: Int, divisor: Int) -> String {
        """
        (module
          (memory (export "memory") 2)
          (func (export "pulp_alloc") (param i32) (result i32) (i32.const 65536))
          (func (export "pulp_init") (param i32 i32) (result i32) (i32.const 0))
          (func (export "pulp_step") (param $at i32) (param i32) (result i32)
            (i32.wrap_i64 (i64.div_u (i64.load offset=\(offset) (local.get $at)) (i64.const \(divisor)))))
          (func (export "pulp_shutdown") (result i32) (i32.const 0)))
        """
    }

    @Test("is done in the order in which it came, events and calls alike")
    func order() async throws {
        try await withWorld { world async throws in
            var spec = try Fixture.spec(wat: Self.counter)
            spec.limits.queue = 2_000
            try await world.with(spec) { plugin async throws in
                let events = (0..<1_000).map { _ in plugin.deliver(world) }
                for (index, event) in events.enumerated() {
                    #expect(try await event.result == .success(Int32(index + 1)))
                }
                #expect(try await plugin.call(.step(byteCount: 3), bytes: [1, 2, 3]) == 1_001)
            }
        }
    }

    @Test("that does not fit into the mailbox is refused at once, and all else is done")
    func full() async throws {
        let slow = SlowCapability()
        try await withWorld { world async throws in
            var registry = Registry.standard()
            registry.gated(slow)
            let offered = registry
            var spec = try Fixture.spec(wat: SlowCapability.guest(step: "(call $slow (i32.const 1))"))
            spec.capabilities = ["test.slow"]
            spec.limits.queue = 3
            try await world.with(spec, registry: offered) { plugin async throws in
                let first = plugin.deliver(world)
                #expect(await eventually { slow.calls.openCount == 1 })
                let waiting = (0..<3).map { _ in plugin.deliver(world) }
                #expect(await eventually { plugin.availability == .full })
                let refused = (0..<5).map { _ in plugin.deliver(world) }
                for event in refused { #expect(try await event.result == .failure(.unavailable(.full))) }
                let error = await #expect(throws: PluginError.self) { try await plugin.call(.shutdown) }
                #expect(error?.code == .unavailable)
                for event in [first] + waiting {
                    #expect(await eventually { slow.calls.openCount == 1 })
                    slow.calls.release(7)
                    #expect(try await event.result == .success(7))
                }
                #expect(await eventually { plugin.availability == .ready })
            }
        }
    }

    @Test("whose asker has gone is not begun")
    func cancelled() async throws {
        let slow = SlowCapability()
        try await withWorld { world async throws in
            var registry = Registry.standard()
            registry.gated(slow)
            let offered = registry
            var spec = try Fixture.spec(wat: SlowCapability.guest(step: "(call $slow (i32.const 1))"))
            spec.capabilities = ["test.slow"]
            try await world.with(spec, registry: offered) { plugin async throws in
                let first = plugin.deliver(world)
                #expect(await eventually { slow.calls.openCount == 1 })
                let gone = plugin.deliver(world)
                let last = plugin.deliver(world)
                gone.isCancelled = true
                slow.calls.release()
                #expect(try await first.result == .success(0))
                #expect(try await gone.result == .failure(.cancelled))
                #expect(gone.instance == nil)
                #expect(await eventually { slow.calls.openCount == 1 })
                slow.calls.release()
                #expect(try await last.result == .success(0))
            }
        }
    }

    @Test("of a caller that is cancelled is done all the same, and the instance goes on")
    func cancelledCaller() async throws {
        let slow = SlowCapability()
        try await withWorld { world async throws in
            var registry = Registry.standard()
            registry.gated(slow)
            let offered = registry
            var spec = try Fixture.spec(wat: SlowCapability.guest(step: "(call $slow (i32.const 1))"))
            spec.capabilities = ["test.slow"]
            try await world.with(spec, registry: offered) { plugin async throws in
                let task = Task { try await plugin.call(.step(byteCount: 1), bytes: [1]) }
                #expect(await eventually { slow.calls.openCount == 1 })
                task.cancel()
                slow.calls.release(9)
                #expect(try await task.value == 9)
                #expect(try await plugin.call(.shutdown) == 0)
            }
        }
    }

    @Test(
        "larger than the plugin takes is refused without being copied, smaller is exact even when its bound was generous"
    )
    func sizes() async throws {
        try await withWorld { world async throws in
            var spec = try Fixture.hostileSpec("alloc-same")
            spec.limits.maxMessageBytes = 1_024
            try await world.with(spec) { plugin async throws in
                let large = plugin.deliver(world, payload: [UInt8](repeating: 0xC0, count: 2_000))
                guard case .failure(.tooLarge(let count, 1_024)) = try await large.result else {
                    Issue.record("2,000 bytes are more than 1,024")
                    return
                }
                #expect(count > 2_000)
                let generous = plugin.deliver(world, payload: [0xC0], claimedBound: 1_000_000)
                #expect(try await generous.result.get() < 64)
                let error = await #expect(throws: PluginError.self) {
                    try await plugin.call(.step(byteCount: 1_025), bytes: [UInt8](repeating: 0, count: 1_025))
                }
                #expect(error?.code == .refused)
                // A bound that was too low is the capability's mistake: an error, never a write outside.
                let lying = plugin.deliver(world, payload: [UInt8](repeating: 0xC0, count: 900), claimedBound: 1)
                guard case .failure(.notHandedOver) = try await lying.result else {
                    Issue.record("the event did not fit into what was announced")
                    return
                }
                #expect(try await plugin.deliver(world).result.get() > 20)
            }
        }
    }

    @Test(
        "for which the allocator has no room fails alone",
        arguments: [
            "alloc-zero", "alloc-wild", "alloc-at-end", "alloc-across-end",
        ])
    func noRoom(fixture: String) async throws {
        try await withWorld { world async throws in
            try await world.with(Fixture.hostileSpec(fixture)) { plugin async throws in
                for _ in 0..<3 {
                    guard case .failure(.notHandedOver(let why)) = try await plugin.deliver(world).result else {
                        Issue.record("\(fixture): there is no room")
                        return
                    }
                    #expect(why.contains("pulp_alloc"))
                }
                #expect(plugin.availability == .ready)
            }
        }
    }

    @Test("begins with call number 0 and the wall time, which may go backwards")
    func header() async throws {
        try await withWorld { world async throws in
            try await world.with(Fixture.spec(wat: Self.header(offset: 0, divisor: 1))) { plugin async throws in
                for index in 0..<5 { #expect(try await plugin.deliver(world).result == .success(Int32(index))) }
            }
            try await world.with(Fixture.spec(wat: Self.header(offset: 8, divisor: 1_000_000))) { plugin async throws in
                for milliseconds in [5_000, 7_000, 3, 2_000_000] {
                    world.wallTime.store(UInt64(milliseconds) * 1_000_000, ordering: .relaxed)
                    #expect(try await plugin.deliver(world).result == .success(Int32(milliseconds)))
                }
            }
        }
    }

    @Test("ends whatever the clock does: a clock that steps back an hour changes no deadline")
    func clockBack() async throws {
        try await withWorld { world async throws in
            var spec = try Fixture.hostileSpec("loop-step")
            spec.limits.callTimeout = .milliseconds(500)
            let slow = spec
            world.wallTime.store(1 << 62, ordering: .relaxed)
            try await world.with(slow) { plugin async throws in
                let event = plugin.deliver(world)
                world.wallTime.store(1, ordering: .relaxed)
                #expect(try await event.result == .failure(.timedOut))
            }
        }
    }
}
