import Foundation
import PulpSandbox
import PulpTestSupport
import PulpWire
import Testing

@testable import PulpDocker

extension DockerSuite {
    /// The SDK for C with a real engine; the rest of it is in Tests/SDKTests.
    @Suite("The SDK for C with containers", .needsEngine)
    struct CSDKTests {
        @Test("calls every function, and hears what happened")
        func everyFunction() async throws {
            let engine = try await EngineProcess.shared.value
            var plugin = TestPlugin()
            plugin.environment["TEMPLATES_DIR"] = Fixture.root.appendingPathComponent("Tests/Fixtures/callee").path
            var spec = try Fixture.spec("sdk-c")
            let config: MessagePackValue = ["mode": "docker"]
            spec.config = config.encodedBytes()
            spec.capabilities = ["transport.http.inbound", "spawn.docker"]
            spec.capabilitySections["docker"] = try Fixture.spec("docker").capabilitySections["docker"]
            let (final, docker) = (spec, plugin.capability(on: engine.socketPath))
            try await withTemporaryFolder { folder async throws in
                // Nothing is stored, but the plugin imports it.
                let storage = StorageRoot(path: folder)
                try await withSite([final], capabilities: [docker], storage: storage) { site async throws in
                    let answer = try await site.get("/docker")
                    #expect(answer.text == "ok", "the line of Tests/Fixtures/sdk-c/docker.c; \(site.world.log.lines)")
                    let isTold = await eventually {
                        (try? await site.get("/containers").text.contains("destroy\n")) == true
                    }
                    #expect(isTold)
                }
            }
        }
    }
}
