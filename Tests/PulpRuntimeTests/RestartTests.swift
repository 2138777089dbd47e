import NIOCore
import PulpCapability
import PulpManifest
import PulpTestSupport
import Testing

@testable import PulpRuntime

@Suite("After a crash")
struct RestartTests {
    private static func spec(_ restart: RestartPolicy, _ fixture: String = "trap-second-step") throws -> PluginSpec {
        var spec = try Fixture.hostileSpec(fixture)
        spec.restart = restart
        return spec
    }

    @Test("on_crash: the event fails with the trap, a new instance follows, and starts from the beginning")
    func onCrash() async throws {
        try await withWorld { world async throws in
            try await world.with(Self.spec(.onCrash)) { plugin async throws in
                for _ in 0..<2 {
                    #expect(try await plugin.deliver(world).result == .success(1))
                    guard case .failure(.crashed(let what)) = try await plugin.deliver(world).result else {
                        Issue.record("the second step should have trapped")
                        return
                    }
                    #expect(what.contains("unreachable"))
                }
                #expect(await eventually { plugin.availability == .ready })
            }
            #expect(world.log.messages.contains { $0.contains("restarting in 25 ms") })
            let line = try #require(world.log.lines.first { $0.level == .error })
            #expect(line.metadata["backtrace"]?.contains("pulp_step") == true)
            #expect(line.metadata["plugin"] == "trap-second-step")
        }
    }

    @Test("events that arrive during a restart are stepped after it, in their order")
    func queuedOverRestart() async throws {
        try await withWorld { world async throws in
            try await world.with(Self.spec(.always)) { plugin async throws in
                let events = (0..<6).map { _ in plugin.deliver(world) }
                var results: [String] = []
                for event in events {
                    switch try await event.result {
                    case .success(let value): results.append("\(value)")
                    case .failure: results.append("trap")
                    }
                }
                #expect(results == ["1", "trap", "1", "trap", "1", "trap"])
                #expect(events.allSatisfy { $0.finishedCount == 1 })
            }
        }
    }

    @Test("the fifth in thirty seconds opens the circuit: it has failed, says so, and no call is made")
    func circuit() async throws {
        try await withWorld { world async throws in
            try await world.with(Self.spec(.onCrash, "trap-step")) { plugin async throws in
                for _ in 0..<5 {
                    guard case .failure(.crashed) = try await plugin.deliver(world).result else {
                        Issue.record("every step should trap")
                        return
                    }
                }
                #expect(await eventually { plugin.availability == .failed })
                #expect(try await plugin.deliver(world).result == .failure(.unavailable(.failed)))
                let error = await #expect(throws: PluginError.self) { try await plugin.call(.shutdown) }
                #expect(error?.code == .unavailable)
                #expect(error?.message == Availability.failed.reason)
                await plugin.stop(within: .seconds(30))
                #expect(await eventually { plugin.availability == .stopped })
            }
            #expect(world.log.messages.contains { $0.contains("it has failed") })
        }
    }

    @Test("events that wait when the circuit opens are answered, every one")
    func waitingWhenFailed() async throws {
        try await withWorld { world async throws in
            try await world.with(Self.spec(.onCrash, "trap-step")) { plugin async throws in
                let events = (0..<20).map { _ in plugin.deliver(world) }
                var crashed = 0
                for event in events {
                    switch try await event.result {
                    case .failure(.crashed): crashed += 1
                    case .failure(.unavailable(.failed)): break
                    case let other: Issue.record("\(other)")
                    }
                }
                #expect(crashed == 5)
                #expect(events.allSatisfy { $0.finishedCount == 1 })
            }
        }
    }

    @Test("never: the first is the last")
    func never() async throws {
        try await withWorld { world async throws in
            try await world.with(Self.spec(.never)) { plugin async throws in
                #expect(try await plugin.deliver(world).result == .success(1))
                _ = try await plugin.deliver(world).result
                #expect(await eventually { plugin.availability == .failed })
                #expect(try await plugin.deliver(world).result == .failure(.unavailable(.failed)))
            }
        }
    }

    @Test("a clean exit ends a plugin for good, unless it is always restarted")
    func cleanExit() async throws {
        try await withWorld { world async throws in
            for restart in [RestartPolicy.onCrash, .never] {
                try await world.with(Self.spec(restart, "exit-step")) { plugin async throws in
                    guard case .failure(.crashed(let what)) = try await plugin.deliver(world).result else {
                        Issue.record("an exit leaves its event unanswered")
                        return
                    }
                    #expect(what.contains("proc_exit(0)"))
                    #expect(await eventually { plugin.availability == .stopped })
                    #expect(try await plugin.deliver(world).result == .failure(.unavailable(.stopped)))
                }
            }
            try await world.with(Self.spec(.always, "exit-step")) { plugin async throws in
                for _ in 0..<7 { _ = try await plugin.deliver(world).result }
                #expect(await eventually { plugin.availability == .restarting })
            }
        }
    }

    @Test(
        "in every entry point counts: pulp_alloc, pulp_free, probes",
        arguments: [
            "trap-alloc", "trap-free", "trap-probe", "trap-nested-alloc", "trap-recursion",
        ])
    func everyEntryPoint(fixture: String) async throws {
        try await withWorld { world async throws in
            try await world.with(Self.spec(.never, fixture)) { plugin async throws in
                if fixture == "trap-probe" {
                    await #expect(throws: PluginError.self) { try await plugin.call(.probeLastCall) }
                } else {
                    let event = plugin.deliver(world)
                    guard case .failure(.crashed) = try await event.result else {
                        Issue.record("\(fixture): the step should have trapped")
                        return
                    }
                }
                #expect(await eventually { plugin.availability == .failed })
            }
        }
    }

    @Test("a fresh instance gets the same configuration, and the call number goes on")
    func sameConfiguration() async throws {
        // Init keeps the first byte; a step of one byte of payload traps, one of two returns init's byte.
        let text = """
            (module
              (memory (export "memory") 2)
              (global $kept (mut i32) (i32.const 0))
              (func (export "pulp_alloc") (param i32) (result i32) (i32.const 65536))
              (func (export "pulp_init") (param $at i32) (param i32) (result i32)
                (global.set $kept (i32.load8_u (local.get $at))) (i32.const 0))
              (func (export "pulp_step") (param $at i32) (param $count i32) (result i32)
                (if (i64.eqz (i64.rem_u (i64.load (local.get $at)) (i64.const 3))) (then (unreachable)))
                (i32.add (i32.mul (i32.wrap_i64 (i64.load (local.get $at))) (i32.const 1000)) (global.get $kept)))
              (func (export "pulp_shutdown") (result i32) (i32.const 0)))
            """
        try await withWorld { world async throws in
            var spec = try Fixture.spec(wat: text)
            spec.config = [0x2A]
            spec.restart = .always
            try await world.with(spec) { plugin async throws in
                var results: [Int32?] = []
                for _ in 0..<6 { results.append(try? await plugin.deliver(world).result.get()) }
                #expect(results == [nil, 1_042, 2_042, nil, 4_042, 5_042])
            }
        }
    }
}
