import Foundation
import PulpSandbox
import PulpTestSupport
import Testing

@testable import PulpDocker

extension DockerSuite {
    /// The SDKs' wrappers of containers, with an engine that answers as it should.
    @Suite("Containers by the SDKs")
    struct SDKGuestTests {
        @Test(
            "every wrapper reads what the engine says",
            arguments: ["sdk-go", "sdk-zig"].filter { Fixture.isBuilt($0) })
        func wrappers(guest: String) async throws {
            try await FakeEngine.with({ FakeEngine.sound($0) }) { engine in
                var plugin = TestPlugin()
                plugin.environment["TEMPLATES_DIR"] = Fixture.root.appendingPathComponent("Tests/Fixtures/callee").path
                let capability = plugin.capability(on: engine.socketPath)
                try await withTemporaryFolder { folder in
                    let spec = try Fixture.spec(guest)
                    let storage = StorageRoot(path: folder)
                    try await withSite([spec], capabilities: [capability], storage: storage) { site async throws in
                        let text = try await site.get("/docker").text
                        let lines = text.split(separator: "\n").map(String.init)
                        #expect(lines.filter { $0.contains("(status ") }.isEmpty, "\(text)")
                        #expect(lines.contains { $0.hasPrefix("exec ") })
                    }
                }
            }
        }
    }
}
