import Foundation
import PulpSandbox
import PulpTestSupport
import Testing

@testable import PulpDocker

extension DockerSuite {
    /// The SDKs' wrappers of containers, with an engine that knows none of the containers that they name.
    @Suite("Containers by the SDKs")
    struct SDKGuestTests {
        @Test(
            "every wrapper asks the host, reads lists, and makes an error with a sentence of a refusal",
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
                        for call in ["list ", "stats_all "] {
                            let line = try #require(lines.first { $0.hasPrefix(call) }, "\(text)")
                            #expect(!line.contains("(status "), "\(line)")
                        }
                        for call in ["get", "restart", "exec", "logs", "stats", "files_read", "build"] {
                            let line = try #require(lines.first { $0.hasPrefix("\(call) ") }, "\(text)")
                            #expect(line.contains("docker_\(call): ") && line.contains("(status "), "\(line)")
                        }
                    }
                }
            }
        }
    }
}
