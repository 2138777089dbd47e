import PulpTestSupport
import Synchronization
import Testing

@testable import PulpDocker

@Suite("Events that are kept")
struct EventRingTests {
    private static func event(_ time: Int64, _ action: String = "start") -> DockerEvent {
        DockerEvent(timestamp: time, containerID: "c", name: "n", action: action)
    }

    @Test("no two have the same moment, what is told twice is kept once, and who asks on misses none")
    func order() {
        let ring = EventRing(capacity: 100, start: 10)
        for time: Int64 in [20, 20, 15, 30] { ring.append(Self.event(time, "start"), now: 100) }
        ring.append(Self.event(20, "die"), now: 100)
        #expect(ring.events(after: 0, limit: 100, now: 100).map(\.timestamp) == [20, 21, 30, 31])
        #expect(ring.events(after: 20, limit: 2, now: 100).map(\.timestamp) == [21, 30])
        #expect(ring.latest == 31)
    }

    @Test("moments that no clock has do no harm")
    func wild() {
        let ring = EventRing(capacity: 3, start: 10)
        for time in [Int64.max, .min, 0, -1, .max - 1] { ring.append(Self.event(time), now: .max) }
        ring.append(Self.event(.max, "die"), now: .max)
        #expect(ring.events(after: .min, limit: .max, now: 0).count <= 3)
    }

    @Test("only so many are kept, for five minutes, and what is gone is counted")
    func bounds() {
        let ring = EventRing(capacity: 5, start: 0)
        for time in 1...12 { ring.append(Self.event(Int64(time)), now: 12) }
        #expect(ring.events(after: 0, limit: 100, now: 12).map(\.timestamp) == [8, 9, 10, 11, 12])
        #expect(ring.next(after: 0).map { [$0.number, $0.missed] } == [8, 7])
        #expect(ring.next(after: 8).map { [$0.number, $0.missed] } == [9, 0])
        #expect(ring.next(after: 12) == nil)
        let late = UInt64(EventRing.maximumAge) + 10
        #expect(ring.events(after: 0, limit: 100, now: late).map(\.timestamp) == [11, 12])
        #expect(ring.events(after: 0, limit: 100, now: late * 2).isEmpty)
        ring.append(Self.event(Int64(late) * 2), now: late * 2)
        #expect(ring.next(after: 8).map { [$0.number, $0.missed] } == [13, 4])
    }

    @Test("events go to the plugin one by one, wait while it takes none, and a subscription that breaks goes on")
    func delivery() async throws {
        let asked = Counter()
        try await Self.withEvents(asked) { harness in
            #expect(await eventually { harness.events.deliveries.count == 1 })
            let first = try #require(harness.events.deliveries.first)
            #expect(first.event.kind.text.description == "docker.event")
            let record = try DockerEvent(decoding: first.payload)
            #expect(record.action == "start" && record.name == "pulp-test-x")
            // The next comes when this one is done.
            harness.events.availability = .full
            first.event.finished(.stepped(result: 0))
            #expect(harness.events.deliveries.count == 1)
            harness.events.availability = .ready
            #expect(await eventually { harness.events.deliveries.count == 2 })
            #expect(try DockerEvent(decoding: harness.events.deliveries[1].payload).action == "die")
            harness.events.deliveries[1].event.finished(.stepped(result: 0))
            // The engine ended the subscription: it is made again, from a little before the last event.
            #expect(await eventually { harness.events.deliveries.count == 3 })
            #expect(try DockerEvent(decoding: harness.events.deliveries[2].payload).action == "destroy")
            #expect(asked.value >= 2)
            let polled: DockerList<DockerEvent> = try await harness.ask("docker_events_poll", DockerEventsRequest())
            #expect(polled.elements.map(\.action) == ["start", "die", "destroy"])
        }
    }

    /// An engine that tells two events and ends, and the next time all of them and a third.
    private static func withEvents(
        _ asked: Counter, _ body: @Sendable (Harness) async throws -> Void
    ) async throws {
        let clock = ManualClock()
        let start = clock.wall
        @Sendable func line(_ action: String, _ offset: UInt64, scope: String = "tests/test") -> [UInt8] {
            Array(
                (#"{"Type":"container","Action":"\#(action)","Actor":{"ID":"c","Attributes":{"name":"pulp-test-x","#
                    + #""pulp.scope":"\#(scope)"}},"timeNano":\#(start + offset)}"# + "\n").utf8)
        }
        try await FakeEngine.with({ request in
            guard request.path == "/events" else { return FakeEngine.sound(request) }
            let known = line("early", 0) + line("start", 1, scope: "tests/other") + line("start", 2) + line("die", 3)
            return .bytes(asked.next() == 1 ? known : known + line("destroy", 4))
        }) { engine in
            var plugin = TestPlugin()
            plugin.clock = clock
            plugin.settings["events"] = .boolean(true)
            try await plugin.with(on: engine.socketPath) { try await body($0) }
        }
    }
}

private final class Counter: Sendable {
    private let count = Atomic<Int>(0)
    var value: Int { self.count.load(ordering: .relaxed) }
    func next() -> Int { self.count.wrappingAdd(1, ordering: .relaxed).newValue }
}
