import Foundation
import Pulp
import Synchronization
import Testing

@testable import Embed

/// A plugin with a capability that Pulp knows nothing of.
@Suite("Embedding")
struct EmbedTests {
    /// The reference's demo-client; `Scripts/build-guests demo-client` builds it.
    private static let manifest = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../../Tests/Fixtures/demo-client/pulp.plugin.toml").standardizedFileURL.path

    private final class Greeted: Sendable {
        let names = Mutex<[String]>([])
    }

    private func registry(_ greeted: Greeted) -> Registry {
        var registry = Registry.standard()
        registry.gated(DemoGreet { name in greeted.names.withLock { $0.append(name) } })
        return registry
    }

    @Test("a plugin that is granted demo.greet greets, is stepped, and shuts down")
    func greets() async throws {
        let greeted = Greeted()
        let registry = self.registry(greeted)
        let spec = try Manifest.load(path: Self.manifest, registry: registry).spec
        let plugin = try await Plugin.load(spec, registry: registry)
        try await plugin.initialize(spec.config)
        #expect(greeted.names.withLock { $0 } == ["World"])
        #expect(try await plugin.step(StepEnvelope(callNumber: 0, wallTime: 0)) == 0)
        #expect(try await plugin.shutdown() == 0)
        await plugin.close()
    }

    @Test("a plugin whose manifest does not list demo.greet gets status 99, and nobody is greeted")
    func refuses() async throws {
        let greeted = Greeted()
        var spec = try Manifest.load(path: Self.manifest, knownCapabilities: nil).spec
        spec.capabilities = []
        let plugin = try await Plugin.load(spec, registry: self.registry(greeted))
        let error = await #expect(throws: PluginError.self) { try await plugin.initialize(spec.config) }
        #expect(error?.code == .initialization)
        #expect(error?.message == "pulp_init returned 99")
        #expect(greeted.names.withLock { $0 }.isEmpty)
        await plugin.close()
    }

    @Test("an empty name is status 1, and the capability is not called")
    func empty() async throws {
        let greeted = Greeted()
        let spec = try Manifest.load(path: Self.manifest, knownCapabilities: nil).spec
        let plugin = try await Plugin.load(spec, registry: self.registry(greeted))
        // {"name": ""}
        let error = await #expect(throws: PluginError.self) {
            try await plugin.initialize([0x81, 0xA4, 0x6E, 0x61, 0x6D, 0x65, 0xA0])
        }
        #expect(error?.message == "pulp_init returned 1")
        #expect(greeted.names.withLock { $0 }.isEmpty)
        await plugin.close()
    }

    @Test("without the capability in the registry the load fails and says which there are")
    func unknown() async throws {
        let spec = try Manifest.load(path: Self.manifest, knownCapabilities: nil).spec
        let error = await #expect(throws: PluginError.self) {
            try await Plugin.load(spec, registry: .standard())
        }
        #expect(error?.code == .capabilities)
        #expect(error?.message.contains("unknown capability \"demo.greet\"") == true)
    }
}
