import Foundation
import PulpTestSupport
import Synchronization
import Testing

/// Remembers when it was opened, told of an ending, and closed.
private struct Witness: Capability {
    static let id: CapabilityID = "test.witness"
    static let imports: [HostImport<Self>] = []

    let name: String
    let refusesToOpen: Bool
    let diary: Diary

    final class Diary: Sendable {
        private let pages = Mutex<[String]>([])
        func write(_ line: String) { self.pages.withLock { $0.append(line) } }
        var lines: [String] { self.pages.withLock { $0 } }
    }

    struct Refusal: Error, CustomStringConvertible { let description = "no disk today" }

    func open(_ scope: PluginScope) async throws -> Self {
        if self.refusesToOpen { throw Refusal() }
        self.diary.write("open \(self.name)")
        return self
    }

    func close(_ session: Self) async { self.diary.write("close \(self.name)") }

    func instanceEnded(_ instance: InstanceID, in session: Self) { self.diary.write("ended \(self.name)") }
}

private struct SecondWitness: Capability {
    static let id: CapabilityID = "test.witness.two"
    static let imports: [HostImport<Witness>] = []
    let inner: Witness

    func open(_ scope: PluginScope) async throws -> Witness { try await self.inner.open(scope) }
    func close(_ session: Witness) async { await self.inner.close(session) }
    func instanceEnded(_ instance: InstanceID, in session: Witness) { self.inner.instanceEnded(instance, in: session) }
}

@Suite("The end")
struct EndingTests {
    private static func slowSpec(_ step: String = "(call $slow (i32.const 1))") throws -> PluginSpec {
        var spec = try Fixture.spec(wat: SlowCapability.guest(step: step))
        spec.capabilities = ["test.slow"]
        return spec
    }

    private static func registry(_ capabilities: any Capability...) -> Registry {
        var registry = Registry.standard()
        for capability in capabilities { registry.gated(capability) }
        return registry
    }

    @Test("by stop: what runs and what waits is finished, then pulp_shutdown runs once, then nothing is taken")
    func stop() async throws {
        let slow = SlowCapability()
        try await withWorld { world async throws in
            let plugin = try await RunningPlugin.load(
                Self.slowSpec(), registry: Self.registry(slow), environment: world.environment)
            try await plugin.initialize([])
            let events = (0..<4).map { _ in plugin.deliver(world) }
            #expect(await eventually { slow.calls.openCount == 1 })
            async let stopped: Void = plugin.stop(within: .seconds(60))
            #expect(await eventually { plugin.availability == .stopping })
            #expect(try await plugin.deliver(world).result == .failure(.unavailable(.stopping)))
            for event in events {
                #expect(await eventually { slow.calls.openCount == 1 })
                slow.calls.release(2)
                #expect(try await event.result == .success(2))
            }
            await stopped
            #expect(plugin.availability == .stopped)
            #expect(try await plugin.deliver(world).result == .failure(.unavailable(.stopped)))
            #expect(world.log.messages.filter { $0 == "shutdown complete" }.count == 1)
            await plugin.stop(within: .seconds(1))
            await plugin.close()
        }
    }

    @Test("by stop: what does not end within the grace is ended, and its events are told")
    func stopWithinGrace() async throws {
        let slow = SlowCapability()
        try await withWorld { world async throws in
            let plugin = try await RunningPlugin.load(
                Self.slowSpec(), registry: Self.registry(slow), environment: world.environment)
            try await plugin.initialize([])
            let events = (0..<3).map { _ in plugin.deliver(world) }
            #expect(await eventually { slow.calls.openCount == 1 })
            await plugin.stop(within: .milliseconds(50))
            for event in events { #expect(try await event.result == .failure(.unavailable(.stopped))) }
            #expect(slow.calls.abandoned.load(ordering: .relaxed) == 1)
            #expect(!world.log.messages.contains("shutdown complete"))
        }
    }

    @Test("by several stops and closes at once is one end")
    func concurrent() async throws {
        for _ in 0..<20 {
            try await withWorld(loops: 2) { world async throws in
                var spec = try Fixture.hostileSpec("alloc-same")
                spec.instances = .count(4)
                let plugin = try await RunningPlugin.load(
                    spec, registry: .standard(), environment: world.environment)
                try await plugin.initialize([])
                let events = (0..<50).map { _ in plugin.deliver(world) }
                await withTaskGroup(of: Void.self) { tasks in
                    for index in 0..<6 {
                        tasks.addTask {
                            if index % 3 == 2 { await plugin.close() } else { await plugin.stop(within: .seconds(60)) }
                        }
                    }
                }
                for event in events {
                    _ = try await event.outcome
                    #expect(event.finishedCount == 1)
                }
                #expect(plugin.availability == .stopped)
            }
        }
    }

    @Test("of one that was never initialised, or is waiting for a restart, comes at once", arguments: [false, true])
    func notReady(isInitialized: Bool) async throws {
        try await withWorld { world async throws in
            var spec = try Fixture.hostileSpec("trap-step")
            spec.restart = .always
            let plugin = try await RunningPlugin.load(spec, registry: .standard(), environment: world.environment)
            if isInitialized {
                try await plugin.initialize([])
                for _ in 0..<7 { _ = try await plugin.deliver(world).outcome }
                #expect(await eventually { plugin.availability == .restarting })
            }
            let waiting = plugin.deliver(world)
            await plugin.stop(within: .seconds(3_600))
            guard case .failure(.unavailable) = try await waiting.result else {
                Issue.record("nobody can have stepped it")
                return
            }
        }
    }

    @Test("of the instances is told to capabilities, which close in the opposite order of their opening")
    func tearDown() async throws {
        let diary = Witness.Diary()
        let first = Witness(name: "one", refusesToOpen: false, diary: diary)
        let second = SecondWitness(inner: Witness(name: "two", refusesToOpen: false, diary: diary))
        try await withWorld { world async throws in
            var spec = try Fixture.hostileSpec("alloc-same")
            spec.capabilities = ["test.witness", "test.witness.two"]
            let plugin = try await RunningPlugin.load(
                spec, registry: Self.registry(first, second), environment: world.environment)
            try await plugin.initialize([])
            #expect(diary.lines == ["open one", "open two"])
            await plugin.close()
            await plugin.close()
            #expect(diary.lines == ["open one", "open two", "ended one", "ended two", "close two", "close one"])
        }
    }

    @Test("of a load whose capability cannot be set up: those opened before are closed, and the error says why")
    func failingSetUp() async throws {
        let diary = Witness.Diary()
        let first = Witness(name: "one", refusesToOpen: false, diary: diary)
        let second = SecondWitness(inner: Witness(name: "two", refusesToOpen: true, diary: diary))
        try await withWorld { world async throws in
            var spec = try Fixture.hostileSpec("alloc-same")
            spec.capabilities = ["test.witness", "test.witness.two"]
            let broken = spec
            let error = await #expect(throws: PluginError.self) {
                try await world.with(broken, registry: Self.registry(first, second)) { _ in }
            }
            #expect(error?.code == .capabilities)
            #expect(error?.message == "capability \"test.witness.two\" could not be set up: no disk today")
            #expect(diary.lines == ["open one", "close one"])
            // And of one whose start function traps, after all were opened.
            var trapping = try Fixture.hostileSpec("trap-start")
            trapping.capabilities = ["test.witness"]
            let late = trapping
            await #expect(throws: PluginError.self) {
                try await world.with(late, registry: Self.registry(first)) { _ in }
            }
            #expect(diary.lines.suffix(3) == ["open one", "ended one", "close one"])
        }
    }

    @Test("in a trap of pulp_shutdown, or a code, is an end as well")
    func brokenShutdown() async throws {
        try await withWorld { world async throws in
            let trapping = try await RunningPlugin.load(
                Fixture.hostileSpec("trap-shutdown"), registry: .standard(), environment: world.environment)
            try await trapping.initialize([])
            await trapping.stop(within: .seconds(60))
            #expect(trapping.availability == .stopped)
            let code = try await RunningPlugin.load(
                Fixture.spec(
                    wat: SlowCapability.guest().replacingOccurrences(
                        of: "(func (export \"pulp_shutdown\") (result i32) (i32.const 0))",
                        with: "(func (export \"pulp_shutdown\") (result i32) (i32.const -3))")),
                registry: Self.registry(SlowCapability()), environment: world.environment)
            try await code.initialize([])
            await code.stop(within: .seconds(60))
            #expect(world.log.messages.contains { $0.contains("pulp_shutdown: the guest trapped") })
            #expect(world.log.messages.contains("pulp_shutdown returned -3"))
        }
    }

    @Test("frees the plugin: nothing holds it, nor its module, nor its instances")
    func freed() async throws {
        try await withWorld(loops: 2) { world async throws in
            weak var seen: RunningPlugin?
            func cycle(_ instances: InstancePolicy, _ fixture: String) async throws {
                var spec = try Fixture.hostileSpec(fixture)
                spec.instances = instances
                spec.ticks = .every(.milliseconds(1))
                let plugin = try await RunningPlugin.load(
                    spec, registry: .standard(), environment: world.environment)
                seen = plugin
                try await plugin.initialize([])
                _ = try await plugin.deliver(world).outcome
                if fixture == "alloc-same" { await plugin.stop(within: .seconds(60)) } else { await plugin.close() }
            }
            for policy in [InstancePolicy.count(1), .count(3), .perCore, .perEvent] {
                for fixture in ["alloc-same", "trap-step"] {
                    try await cycle(policy, fixture)
                    #expect(await eventually { seen == nil }, "\(policy), \(fixture)")
                }
            }
        }
    }

    @Test("two hundred times over leaves no descriptor, no thread and no memory behind")
    func leaks() async {
        // In a process of its own: other suites run beside this one, and what is weighed is the process.
        await #expect(processExitsWith: .success) { try await Self.leaksAlone() }
    }

    private static func leaksAlone() async throws {
        try await withWorld(loops: 2) { world async throws in
            func cycle() async throws {
                try await world.with(Fixture.hostileSpec("alloc-same")) { plugin async throws in
                    _ = try await plugin.deliver(world).result
                }
            }
            for _ in 0..<20 { try await cycle() }
            let before = try Self.resources()
            for _ in 0..<200 { try await cycle() }
            let settled = try await eventually {
                let now = try Self.resources()
                return now.descriptors < before.descriptors + 100 && now.threads < before.threads + 50
                    && now.residentBytes < before.residentBytes + (300 << 20)
            }
            #expect(settled)
        }
    }

    private static func resources() throws -> (descriptors: Int, threads: Int, residentBytes: Int) {
        #if os(Linux)
            let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
            let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count
            let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
            return (descriptors, threads, (pages.dropFirst().first.flatMap { Int($0) } ?? 0) * 4_096)
        #else
            return (0, 0, 0)
        #endif
    }
}
