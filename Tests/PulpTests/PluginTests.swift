import Foundation
import Pulp
import PulpTesting
import Synchronization
import Testing

/// What an application sees: `import Pulp`, and nothing of the host's insides.
@Suite("A plugin in an application")
struct PluginTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

    private static func manifest(_ name: String) -> String {
        Self.root.appendingPathComponent("Fixtures/\(name)/pulp.plugin.toml").path
    }

    private static func spec(_ name: String) throws -> PluginSpec {
        try Manifest.load(path: Self.manifest(name), knownCapabilities: nil).spec
    }

    /// The issue's example of an application's own capability: well under twenty lines.
    struct Greeting: Capability {
        static let id: CapabilityID = "demo.greet"
        static let imports: [HostImport<Self>] = [
            .textCommand("demo_greet", summary: "Greets whom the text names.") { greeting, name, _ in
                greeting.names.add(name)
            }
        ]

        final class Names: Sendable {
            private let list = Mutex<[String]>([])
            func add(_ name: String) { self.list.withLock { $0.append(name) } }
            var all: [String] { self.list.withLock { $0 } }
        }

        let names = Names()
    }

    @Test("is loaded, initialised, stepped, probed, shut down and closed, with WASI alone")
    func life() async throws {
        let spec = try Self.spec("heartbeat")
        let plugin = try await Plugin.load(spec, registry: nil)
        #expect(plugin.name == "heartbeat")
        #expect(plugin.availability == .starting)
        #expect(try await plugin.probeConfigMarker() == 0)
        try await plugin.initialize(spec.config)
        #expect(plugin.availability == .ready)
        #expect(try await plugin.probeConfigMarker() == 424_242)
        for number in 0..<100 {
            #expect(try await plugin.step(StepEnvelope(callNumber: UInt64(number), wallTime: 7)) == 0)
            #expect(try await plugin.probeLastCall() == Int64(number))
        }
        #expect(await plugin.memoryByteCount() > 0)
        #expect(try await plugin.shutdown() == 0)
        await plugin.close()
        await plugin.close()
        #expect(plugin.availability == .stopped)
        await #expect(throws: PluginError.self) { try await plugin.step(StepEnvelope(callNumber: 0, wallTime: 0)) }
        await #expect(throws: PluginError.self) { try await plugin.initialize([]) }
        // As in the reference: nothing is left to shut down, and that is no failure.
        #expect(try await plugin.shutdown() == 0)
    }

    @Test("without probes has none")
    func noProbes() async throws {
        let plugin = try await Plugin.load(Self.spec("runaway"), registry: nil)
        #expect(try await plugin.probeConfigMarker() == nil)
        #expect(try await plugin.probeLastCall() == nil)
        await plugin.close()
    }

    @Test("calls a capability of the application's own, if its manifest lists it")
    func ownCapability() async throws {
        let greeting = Greeting()
        var registry = Registry.standard()
        registry.gated(greeting)
        var spec = try Self.spec("demo-client")
        let plugin = try await Plugin.load(spec, registry: registry)
        try await plugin.initialize(spec.config)
        #expect(greeting.names.all == ["World"])
        await plugin.close()
        // Not listed: linked to a stub.
        spec.capabilities = []
        let denied = try await Plugin.load(spec, registry: registry)
        let config = spec.config
        let error = await #expect(throws: PluginError.self) { try await denied.initialize(config) }
        #expect(error?.message == "pulp_init returned 99")
        await denied.close()
        #expect(greeting.names.all == ["World"])
        // Nobody provides it.
        let missing = await #expect(throws: PluginError.self) {
            try await Plugin.load(Self.spec("demo-client"), registry: .standard())
        }
        #expect(missing?.message.contains("declares unknown capability \"demo.greet\"") == true)
    }

    @Test("that runs away is ended at its deadline, while another one answers")
    func runaway() async throws {
        let runaway = try await Plugin.load(Self.spec("runaway"), registry: nil)
        let heartbeat = try await Plugin.load(Self.spec("heartbeat"), registry: nil)
        try await runaway.initialize([])
        try await heartbeat.initialize([])
        async let stuck = runaway.step(StepEnvelope(callNumber: 0, wallTime: 0, payload: [1, 2, 3, 4]))
        for number in 0..<50 {
            #expect(try await heartbeat.step(StepEnvelope(callNumber: UInt64(number), wallTime: 0)) == 0)
        }
        do {
            _ = try await stuck
            Issue.record("the step never ends by itself")
        } catch let error as PluginError {
            #expect(error.code == .crashed && error.message.contains("took longer than"))
        }
        // It is replaced, and its successor works.
        #expect(try await runaway.step(StepEnvelope(callNumber: 1, wallTime: 0)) == 0)
        await runaway.close()
        await heartbeat.close()
    }

    @Test("may be called from many tasks at once: its calls run one after the other")
    func manyCallers() async throws {
        var spec = try Self.spec("heartbeat")
        spec.limits.queue = 1_000
        let plugin = try await Plugin.load(spec, registry: nil)
        try await plugin.initialize(spec.config)
        try await withThrowingTaskGroup(of: Int32.self) { tasks in
            for number in 0..<500 {
                tasks.addTask { try await plugin.step(StepEnvelope(callNumber: UInt64(number), wallTime: 0)) }
            }
            for try await result in tasks { #expect(result == 0) }
        }
        #expect(try await plugin.probeLastCall().map { 0..<500 ~= $0 } == true)
        await plugin.close()
    }

    @Test("survives callers that are cancelled")
    func cancelledCallers() async throws {
        let plugin = try await Plugin.load(Self.spec("heartbeat"), registry: nil)
        try await plugin.initialize([])
        for number in 0..<50 {
            let task = Task { try await plugin.step(StepEnvelope(callNumber: UInt64(number), wallTime: 0)) }
            task.cancel()
            _ = try? await task.value
        }
        #expect(try await plugin.step(StepEnvelope(callNumber: 99, wallTime: 0)) == 0)
        #expect(try await plugin.probeLastCall() == 99)
        await plugin.close()
    }

    @Test("says what is wrong with it in words: a trap with its functions, a file that is not there")
    func errors() async throws {
        let gone = PluginSpec(name: "gone", version: "1.0.0", module: .file("/no/such/file.wasm"))
        let error = await #expect(throws: PluginError.self) { try await Plugin.load(gone, registry: nil) }
        #expect(error?.description.contains("plugin \"gone\": /no/such/file.wasm cannot be read") == true)
        let plugin = try await Plugin.load(Self.spec("trap-lines"), registry: nil)
        try await plugin.initialize([])
        let trapped = await #expect(throws: PluginError.self) {
            try await plugin.step(StepEnvelope(callNumber: 0, wallTime: 0, payload: [1]))
        }
        #expect(trapped?.code == .crashed && trapped?.message.contains("integer divide by zero") == true)
        #expect(trapped?.description.contains("divide") == true && trapped?.description.contains("pulp_step") == true)
        await plugin.close()
    }

    @Test("logs what it writes, under its name")
    func logging() async throws {
        let log = LogCollector()
        var spec = try Self.spec("heartbeat")
        spec.name = "named"
        let plugin = try await Plugin.load(spec, registry: nil, logger: log.logger())
        try await plugin.initialize(spec.config)
        await plugin.close()
        #expect(log.lines.allSatisfy { $0.metadata["plugin"] == nil || $0.metadata["plugin"] == "named" })
    }
}
