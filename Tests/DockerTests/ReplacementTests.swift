import Logging
import NIOCore
import PulpCapability
import PulpDocker
import PulpTesting
import Testing

/// Whose containers they are while one version of a plugin follows another.
@Suite("Containers over a swap")
struct ReplacementTests {
    /// What `on_stop = "remove"` begins with.
    private static func removals(_ engine: FakeEngine) -> Int {
        engine.requests.count { $0.method == "GET" && $0.path.hasSuffix("/containers/json") }
    }

    @Test("a version that was replaced, or never came up, removes no container; the last one does")
    func endings() async throws {
        try await FakeEngine.with({ FakeEngine.sound($0) }) { engine in
            let capability = TestPlugin().capability(on: engine.socketPath)
            let first = try await capability.open(Self.scope())
            let failed = try await capability.open(Self.scope(), beside: first)
            await capability.close(failed)
            let second = try await capability.open(Self.scope(), beside: first)
            capability.replace(first, by: second)
            await capability.close(first)
            #expect(Self.removals(engine) == 0)
            await capability.close(second)
            #expect(Self.removals(engine) == 1)
        }
    }

    @Test("a version that is replaced by one without the grant is the last one")
    func withdrawn() async throws {
        try await FakeEngine.with({ FakeEngine.sound($0) }) { engine in
            let capability = TestPlugin().capability(on: engine.socketPath)
            let first = try await capability.open(Self.scope())
            capability.replace(first, by: nil)
            await capability.close(first)
            #expect(Self.removals(engine) == 1)
        }
    }

    private static func scope() -> PluginScope {
        var settings = CapabilitySettings()
        settings.set("on_stop", to: .string("remove"), in: "docker")
        return PluginScope(
            name: "swapped", version: "1", dialect: .plugin, settings: settings,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, maximumMessageBytes: 1 << 20,
            callTimeout: .seconds(5), isPerEvent: false, events: NoEvents())
    }

    private final class NoEvents: EventSink {
        var availability: Availability { .ready }
        func deliver(_ event: any GuestEvent, from loop: any EventLoop, to instance: InstanceID?) {
            event.finished(.failed(.unavailable(.stopped)))
        }
    }
}
