import PulpTestSupport
import Testing

@Suite("Ticks")
struct TickTests {
    private static func spec(_ ticks: TickPolicy) throws -> PluginSpec {
        var spec = try Fixture.spec(wat: WorkTests.counter)
        spec.ticks = ticks
        return spec
    }

    @Test(
        "come to those that ask for them, numbered like steps",
        arguments: [
            TickPolicy.every(.milliseconds(2)), .adaptive,
        ])
    func come(policy: TickPolicy) async throws {
        try await withWorld { world async throws in
            try await world.with(Self.spec(policy)) { plugin async throws in
                let first = try await plugin.deliver(world).result.get()
                var last = first
                #expect(
                    try await eventually {
                        last = try await plugin.deliver(world).result.get()
                        return last > first + 20
                    })
            }
        }
    }

    @Test("do not come to those that do not, however long they idle")
    func none() async throws {
        try await withWorld { world async throws in
            try await world.with(Self.spec(.none)) { plugin async throws in
                #expect(try await plugin.deliver(world).result == .success(1))
                // A hundred rounds of another plugin's ticks pass meanwhile.
                try await world.with(Self.spec(.every(.milliseconds(1)))) { other async throws in
                    #expect(try await eventually { try await other.deliver(world).result.get() > 100 })
                }
                #expect(try await plugin.deliver(world).result == .success(2))
            }
        }
    }

    @Test("are skipped while the guest is busy, and never wait in the mailbox")
    func busy() async throws {
        let slow = SlowCapability()
        try await withWorld { world async throws in
            var registry = Registry.standard()
            registry.gated(slow)
            let offered = registry
            var spec = try Fixture.spec(wat: SlowCapability.guest(step: "(call $slow (i32.const 1))"))
            spec.capabilities = ["test.slow"]
            spec.ticks = .every(.milliseconds(1))
            spec.limits.queue = 1
            try await world.with(spec, registry: offered) { plugin async throws in
                #expect(await eventually { slow.calls.openCount == 1 })
                try await world.with(Self.spec(.every(.milliseconds(1)))) { other async throws in
                    #expect(try await eventually { try await other.deliver(world).result.get() > 50 })
                }
                #expect(slow.calls.openCount == 1)
                #expect(plugin.availability == .ready)
                slow.calls.release()
                await plugin.close()
            }
        }
    }

    @Test("that crash count as crashes do")
    func crashing() async throws {
        try await withWorld { world async throws in
            var spec = try Fixture.hostileSpec("trap-step")
            spec.ticks = .every(.milliseconds(1))
            try await world.with(spec) { plugin async throws in
                #expect(await eventually { plugin.availability == .failed })
            }
        }
    }
}

extension TickTests {
    @Test("come to each instance of a plugin that has several")
    func everyInstance() async throws {
        try await withWorld(loops: 2) { world async throws in
            var spec = try Fixture.spec(wat: WorkTests.counter)
            spec.instances = .count(4)
            spec.ticks = .every(.milliseconds(2))
            try await world.with(spec) { plugin async throws in
                // Two on each loop: what an event finds there has been stepped before, whichever it is.
                for loop in Array(world.group.makeIterator()) {
                    #expect(
                        try await eventually {
                            let events = (0..<2).map { _ in ProbeEvent(on: loop) }
                            for event in events { plugin.deliver(event, from: loop, to: nil) }
                            var results: [Int32] = []
                            for event in events { results.append(try await event.result.get()) }
                            return results.allSatisfy { $0 > 30 }
                        })
                }
            }
        }
    }
}
