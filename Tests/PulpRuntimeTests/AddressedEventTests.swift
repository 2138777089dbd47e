import PulpTestSupport
import Testing

@Suite("Events that one instance only may have")
struct AddressedEventTests {
    @Test("wait for their instance while it is busy, in order, and leave the others to others")
    func order() async throws {
        var spec = try Fixture.spec("heartbeat")
        spec.instances = .count(3)
        try await withWorld { [spec] world in
            try await world.with(spec) { plugin async throws in
                let first = plugin.deliver(world)
                _ = try await first.outcome
                let instance = try #require(first.instance)
                let loop = world.group.next()
                let (addressed, free) = try await loop.submit {
                    // On the instances' own loop: nothing is stepped in between but what has a free instance.
                    let addressed = (0..<20).map { _ in ProbeEvent(on: loop) }
                    let free = (0..<20).map { _ in ProbeEvent(on: loop) }
                    for (one, other) in zip(addressed, free) {
                        plugin.deliver(one, from: loop, to: instance)
                        plugin.deliver(other, from: loop, to: nil)
                    }
                    return (addressed, free)
                }.get()
                for event in addressed {
                    #expect(try await event.result == .success(0))
                    #expect(event.instance == instance)
                }
                for event in free { #expect(try await event.result == .success(0)) }
            }
        }
    }

    @Test("are refused when their instance has ended, also those that waited; a full queue says so")
    func ended() async throws {
        var spec = try Fixture.spec("runaway")
        spec.limits.queue = 4
        spec.limits.callTimeout = .seconds(2)
        try await withWorld { [spec] world in
            try await world.with(spec) { plugin async throws in
                let loop = world.group.next()
                let running = ProbeEvent(on: loop)
                let waiting = (0..<4).map { _ in ProbeEvent(on: loop) }
                let excess = ProbeEvent(on: loop)
                try await loop.submit {
                    // The first one runs until its slice is over.
                    plugin.deliver(running, from: loop, to: nil)
                    for event in waiting + [excess] { plugin.deliver(event, from: loop, to: running.instance) }
                }.get()
                let instance = try #require(running.instance)
                #expect(try await excess.result == .failure(.unavailable(.full)))
                #expect(try await running.result == .failure(.timedOut))
                for event in waiting { #expect(try await event.result == .failure(.unavailable(.restarting))) }
                let late = ProbeEvent(on: loop)
                plugin.deliver(late, from: loop, to: instance)
                #expect(try await late.result == .failure(.unavailable(.restarting)))
            }
        }
    }
}
