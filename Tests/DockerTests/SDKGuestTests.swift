import Foundation
import PulpSandbox
import PulpTestSupport
import PulpWire
import Testing

@testable import PulpDocker

extension DockerSuite {
    /// The whole life of a container by each SDK: `/docker` of its guest makes one, does everything with it, and removes
    /// it, a line for each call.
    @Suite("Containers by the SDKs")
    struct SDKGuestTests {
        /// Guests whose compilers are not everywhere; those in C and Swift have suites of their own.
        private static let guests = ["sdk-go", "sdk-zig", "sdk-rust"].filter { Fixture.isBuilt($0) }

        /// The second port that the guests ask for, which the engine has chosen.
        private static let udp = #","53/udp":[{"HostIp":"","HostPort":"9004"}]"#

        private static func serve(
            _ guest: String, on socketPath: String, _ change: (inout PluginSpec) -> Void = { _ in },
            _ body: @escaping @Sendable (Site) async throws -> Void
        ) async throws {
            var plugin = TestPlugin()
            plugin.environment["TEMPLATES_DIR"] = Fixture.root.appendingPathComponent("Tests/Fixtures/callee").path
            let capability = plugin.capability(on: socketPath)
            var spec = try Fixture.spec(guest)
            change(&spec)
            let final = spec
            try await withTemporaryFolder { folder async throws in
                let storage = StorageRoot(path: folder)
                try await withSite([final], capabilities: [capability], storage: storage, body)
            }
        }

        private static func lines(_ site: Site, _ path: String = "/docker") async throws -> [String] {
            let text = try await site.get(path).text
            return text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        }

        @Test("make, look at, restart, ask, measure, fill and remove a real container", .needsEngine, arguments: guests)
        func life(guest: String) async throws {
            let engine = try await EngineProcess.shared.value
            try await Self.serve(guest, on: engine.socketPath) { site async throws in
                let lines = try await Self.lines(site)
                try #require(lines.count == 16, "\(lines)")
                let expected = [
                    "create pulp-\(guest)-job running", "get true", "list 1", "restart", "exec b 3", "logs begun true",
                    "stats true", "stats_all 1", "files_write", "files_read data", "files_delete", "events_poll",
                    "build",
                    "build_status", "destroy",
                ]
                #expect(Array(lines.prefix(15)) == expected, "\(site.world.log.messages.suffix(3))")
                // It has gone: the second time there is nothing to remove.
                #expect(lines[15].hasPrefix("again error") && lines[15].contains("docker_destroy"), "\(lines[15])")
            }
        }

        @Test("ask an engine for what their author asks them", arguments: guests)
        func requests(guest: String) async throws {
            try await FakeEngine.with({ FakeEngine.sound($0, plugin: guest, ports: Self.udp) }) { engine in
                try await Self.serve(guest, on: engine.socketPath) { site async throws in
                    let lines = try await Self.lines(site, "/docker?ports=1")
                    #expect(!lines.contains { $0.contains(" error") }, "\(lines)")
                    #expect(lines.contains("exec hi 0") && lines.contains("files_read file"), "\(lines)")
                    #expect(lines.contains("list 1") && lines.contains("stats_all 1"), "\(lines)")
                    let made = try #require(engine.requests.first { $0.path == "/containers/create" })
                    let create = try #require(
                        try JSONSerialization.jsonObject(with: Data(made.body)) as? [String: Any])
                    #expect(create["Image"] as? String == "local/busybox:1")
                    #expect(create["Cmd"] as? [String] == ["sh", "-c", "echo begun; exec sleep 600"])
                    #expect((create["Env"] as? [String])?.contains("A=b") == true)
                    let host = try #require(create["HostConfig"] as? [String: Any])
                    #expect(host["Memory"] as? Int == 1 << 26 && host["NanoCpus"] as? Int == 500_000_000)
                    #expect(host["PidsLimit"] as? Int == 16)
                    Self.expectPorts(of: host)
                    let paths = engine.requests.map { "\($0.method) \($0.path)" }
                    for call in ["/start", "/restart", "/exec", "/logs", "/stats", "/archive"] {
                        #expect(paths.contains { $0.hasSuffix(call) }, "\(call) of \(paths)")
                    }
                    #expect(paths.contains { $0.hasPrefix("DELETE /containers/") })
                }
            }
        }

        @Test("the SDK for C asks for ports as numbers, which the engine publishes")
        func portsInC() async throws {
            try await FakeEngine.with({ FakeEngine.sound($0, plugin: "sdk-c", ports: Self.udp) }) { engine in
                let change: (inout PluginSpec) -> Void = { spec in
                    let config: MessagePackValue = ["mode": "docker"]
                    spec.config = config.encodedBytes()
                    spec.capabilities = ["transport.http.inbound", "spawn.docker"]
                }
                try await Self.serve("sdk-c", on: engine.socketPath, change) { site async throws in
                    #expect(try await site.get("/docker/ports").text == "ok", "\(site.world.log.messages.suffix(3))")
                    let made = try #require(engine.requests.first { $0.path == "/containers/create" })
                    let create = try #require(
                        try JSONSerialization.jsonObject(with: Data(made.body)) as? [String: Any])
                    Self.expectPorts(of: try #require(create["HostConfig"] as? [String: Any]))
                }
            }
        }

        private static func expectPorts(of host: [String: Any]) {
            let ports = host["PortBindings"] as? [String: [[String: String]]]
            #expect(ports?["80/tcp"]?.first?["HostPort"] == "8080", "\(String(describing: ports))")
            #expect(ports?["53/udp"]?.first?["HostPort"] == "9000-9009", "\(String(describing: ports))")
        }
    }
}
