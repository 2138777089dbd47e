import Foundation
import PulpSandbox
import PulpTestSupport
import Testing

@testable import PulpDocker

extension DockerSuite {
    /// The SDK's wrappers in a guest, with a real engine.
    @Suite("A plugin in Swift with containers", .needsEngine)
    struct SwiftSDKTests {
        @Test("does with containers whatever the host offers, and has a sentence for each refusal")
        func everyWrapper() async throws {
            let engine = try await EngineProcess.shared.value
            var plugin = TestPlugin()
            plugin.environment["TEMPLATES_DIR"] = Fixture.root.appendingPathComponent("Tests/Fixtures/callee").path
            var spec = try Fixture.spec("sdk-swift-capabilities")
            spec.capabilities = ["transport.http.inbound", "spawn.docker"]
            let (final, docker) = (spec, plugin.capability(on: engine.socketPath))
            try await withTemporaryFolder { folder async throws in
                // Nothing is stored, but the plugin imports it.
                let storage = StorageRoot(path: folder)
                try await withSite([final], capabilities: [docker], storage: storage) { site async throws in
                    func call(_ name: String, _ argument: String = "") async throws -> String {
                        try await site.request("POST", "/docker/\(name)", body: Array(argument.utf8)).text
                    }
                    let name = "pulp-sdk-swift-capabilities-job"
                    #expect(try await call("create", "job") == "\(name) running")
                    #expect(try await call("look", name) == "\(name) 1 1 true")
                    #expect(try await call("exec", name) == "4 3")
                    #expect(await eventually { (try? await call("logs", name)) == "started\n 0" })
                    #expect(try await call("stats", name) == "\(name) 1")
                    #expect(try await call("files", name) == "3")
                    let missing =
                        "6 docker_files_read: the plugin has no such container, or there is no such image or file"
                    #expect(try await call("read", name) == missing)
                    #expect(try await call("restart", name) == "restarted")
                    #expect(await eventually { (try? await call("events").hasPrefix("start,")) == true })
                    // The folder has no Dockerfile: begun, and failed.
                    #expect(try await call("build") == "begun")
                    #expect(await eventually { (try? await call("build-status")) == "false false" })
                    #expect(try await call("destroy", name) == "0")
                    #expect(try await call("destroy", name).hasPrefix("6 docker_destroy: "))
                    #expect(try await call("create", "not a name").hasPrefix("1 docker_create: a field is invalid"))
                }
            }
        }
    }
}
