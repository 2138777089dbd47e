import Foundation
import NIOPosix
import PulpTestSupport
import Testing

@testable import PulpDocker

extension DockerSuite {
    /// Engines of their own: killed, with a bridge, with a hundred containers, building.
    @Suite("Engines", .needsEngine)
    struct EngineTests {
        private func withEngine<Result: Sendable>(
            _ mode: String? = nil, _ body: @Sendable (EngineProcess) async throws -> Result
        ) async throws -> Result {
            let engine = try await EngineProcess(mode: mode)
            do {
                let result = try await body(engine)
                await engine.stop()
                return result
            } catch {
                await engine.stop()
                throw error
            }
        }

        @Test(
            "an engine that is killed in the middle of a call is 10; started again, it has the containers and tells of them"
        )
        func killed() async throws {
            try await self.withEngine { engine in
                var plugin = TestPlugin("killed")
                plugin.settings = ["on_stop": .string("remove"), "stop_seconds": .integer(0), "events": .boolean(true)]
                try await plugin.with(on: engine.socketPath) { harness async throws in
                    let id = try await harness.create(sleeper("k")).id
                    let request = DockerExecRequest(id: id, command: ["sleep", "30"]).encodedBytes()
                    try await harness.withGuest { $0.write(request, at: 128) }
                    let pending = try await harness.start("docker_exec", words: [128, UInt64(request.count), 64, 68])
                    try await harness.withGuest { $0.reset() }
                    let get = DockerGetRequest(name: id).encodedBytes()
                    try await harness.withGuest { $0.write(get, at: 4_096) }
                    #expect(try await harness.call("docker_get", 4_096, UInt64(get.count), 64, 68) == 0)
                    try await engine.kill()
                    #expect(try await pending.value() == 10)
                    #expect(try await harness.query("docker_get", get).status == 10)
                    try await engine.restart()
                    // The subscription finds the engine again, and with that every call does.
                    #expect(await eventually { (try? await harness.query("docker_get", get).status) == 0 })
                    #expect(try await harness.list().map(\.id) == [id])
                    #expect(try await harness.exec(id, "true").exitCode == 0)
                    let before = harness.events.deliveries.count
                    for delivery in harness.events.deliveries { delivery.event.finished(.stepped(result: 0)) }
                    #expect(try await harness.command("docker_destroy", DockerTarget(id: id)) == 0)
                    #expect(await eventually { harness.events.deliveries.count > before })
                }
            }
        }

        @Test("a port is published on the loopback interface, and served from inside the container")
        func published() async throws {
            try await self.withEngine("bridge") { engine in
                var plugin = TestPlugin("bridge")
                plugin.settings = ["on_stop": .string("remove"), "stop_seconds": .integer(0)]
                try await plugin.with(on: engine.socketPath) { harness async throws in
                    // Not from the range that the system takes clients' ports from: other tests hold some of those.
                    var request = sleeper(
                        "web", ["sh", "-c", "echo hello > /www/index.html; exec httpd -f -p 80 -h /www"])
                    request.network = ""
                    request.ports = [DockerPort(container: 80), DockerPort(container: 81, range: "20000-29999")]
                    let made = try await harness.create(request)
                    #expect(made.ports.map(\.container) == ["80", "81"])
                    #expect(made.ip.hasPrefix("172.31."))
                    #expect(20_000...29_999 ~= made.ports[1].host)
                    #expect(try await harness.list().first?.ports == made.ports)
                    let address = try SocketAddress(ipAddress: "127.0.0.1", port: Int(made.ports[0].host))
                    #expect(
                        await eventually {
                            guard let connection = try? await HTTPConnection.open(address) else { return false }
                            let response = try? await connection.request("GET", "/index.html")
                            await connection.close()
                            return response?.text == "hello\n"
                        })
                    // The same port once more is the engine's to refuse; nothing is left of the attempt.
                    var again = sleeper("again")
                    again.network = ""
                    again.ports = [DockerPort(host: made.ports[0].host, container: 80)]
                    #expect(try await harness.query("docker_create", again).status == 4)
                    #expect(
                        try await harness.query("docker_get", DockerGetRequest(name: "pulp-bridge-again")).status == 6)
                }
            }
        }

        @Test("a hundred containers of one plugin, made and removed", .timeLimit(.minutes(15)))
        func hundred() async throws {
            try await self.withEngine { engine in
                var plugin = TestPlugin("hundred")
                plugin.settings = ["on_stop": .string("remove"), "stop_seconds": .integer(0)]
                plugin.limits["containers"] = 100
                try await plugin.with(on: engine.socketPath) { harness async throws in
                    for number in 0..<100 { _ = try await harness.create(sleeper("n\(number)")) }
                    #expect(try await harness.list().count == 100)
                    #expect(try await harness.query("docker_create", sleeper("over")).status == 4)
                }
                try await plugin.with(on: engine.socketPath) { harness async throws in
                    #expect(try await harness.list().isEmpty)
                }
            }
        }

        @Test("an image is built from a folder of templates, in the background, one at a time, and is the plugin's")
        func build() async throws {
            let folder = "/tmp/docker-templates-\(getpid())"
            try FileManager.default.createDirectory(atPath: "\(folder)/app", withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let file =
                "FROM local/busybox:1\nARG WORD=none\nCOPY word.txt /word\nRUN echo $WORD >> /word\nCMD [\"cat\", \"/word\"]\n"
            try file.write(toFile: "\(folder)/app/Dockerfile", atomically: false, encoding: .utf8)
            try "from the folder\n".write(toFile: "\(folder)/app/word.txt", atomically: false, encoding: .utf8)
            try FileManager.default.createSymbolicLink(atPath: "\(folder)/out", withDestinationPath: "/etc")
            var plugin = TestPlugin("build")
            plugin.environment["TEMPLATES_DIR"] = folder
            plugin.settings["network"] = .string("none")
            let fixed = plugin
            try await plugin.onSharedEngine { harness async throws in
                func status() async throws -> DockerBuildStatus {
                    try await harness.ask("docker_build_status", DockerTarget(id: ""))
                }
                func build(_ directory: String, _ tag: String = "local/built:1") async throws -> Int32 {
                    try await harness.command(
                        "docker_build",
                        DockerBuildRequest(imageTag: tag, directory: directory, arguments: ["WORD": "given"]))
                }
                #expect(try await status() == DockerBuildStatus())
                for directory in ["/etc", "..", "out", "\(folder)/out", "missing", "app/../.."] {
                    #expect(try await build(directory) == 1, "\(directory)")
                }
                for tag in ["", "a b", "sha256:00", "x@sha256:00", "../x", "local/busybox:1"] {
                    #expect(try await build("app", tag) == 1, "\(tag)")
                }
                #expect(try await build("app") == 0)
                #expect(try await build("app") == 11)
                #expect(try await status().isBuilding)
                #expect(await eventually { (try? await status().isBuilding) == false })
                let done = try await status()
                #expect(done.lastError.isEmpty && done.lastBuildTime > 1_700_000_000, "\(done.lastError)")
                let id = try await harness.create(DockerCreateRequest(image: "local/built:1", name: "b")).id
                #expect(
                    await eventually {
                        (try? await harness.logs(id)).map { text($0.logs) == "from the folder\ngiven\n" } == true
                    })
                // It may be built again, but not by somebody else.
                #expect(try await build("app") == 0)
                #expect(await eventually { (try? await status().isBuilding) == false })
                var other = fixed
                other.name = "thief"
                try await other.onSharedEngine { thief async throws in
                    let request = DockerBuildRequest(imageTag: "local/built:1", directory: "app")
                    #expect(try await thief.command("docker_build", request) == 1)
                }
                try "FROM local/busybox:1\nRUN exit 3\n".write(
                    toFile: "\(folder)/app/Dockerfile", atomically: false, encoding: .utf8)
                #expect(try await build("app", "local/broken:1") == 0)
                #expect(await eventually { (try? await status().isBuilding) == false })
                #expect(try await status().lastError.contains("exit 3"))
                #expect(try await status().lastBuildTime > 0)
            }
        }
    }
}
