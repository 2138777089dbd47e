import Foundation
import PulpTestSupport
import Testing

@testable import PulpDocker

extension DockerSuite {
    /// Who may see and do what, on a real engine.
    @Suite("Ownership and limits", .needsEngine)
    struct OwnershipTests {
        @Test("two plugins do not see each other's containers, and two hosts with a plugin of one name do not either")
        func scopes() async throws {
            try await TestPlugin("one").onSharedEngine { one in
                let id = try await one.create(sleeper("mine")).id
                var namesake = TestPlugin("one")
                namesake.host = "other"
                // A name that begins like the other plugin's names changes nothing.
                for plugin in [TestPlugin("on"), TestPlugin("two"), namesake] {
                    try await plugin.onSharedEngine { other async throws in
                        #expect(try await other.list().isEmpty)
                        for name in [id, "pulp-one-mine", "/pulp-one-mine"] {
                            #expect(try await other.query("docker_get", DockerGetRequest(name: name)).status == 6)
                            for call in ["docker_destroy", "docker_restart"] {
                                #expect(try await other.command(call, DockerTarget(id: name)) == 6)
                            }
                            #expect(
                                try await other.query("docker_exec", DockerExecRequest(id: name, command: ["id"]))
                                    .status == 6)
                            #expect(try await other.query("docker_logs", DockerLogsRequest(id: name)).status == 6)
                            #expect(try await other.query("docker_stats", DockerTarget(id: name)).status == 6)
                            #expect(
                                try await other.query(
                                    "docker_files_read", DockerFileReadRequest(id: name, path: "/etc/passwd")
                                )
                                .status == 6)
                            #expect(
                                try await other.command(
                                    "docker_files_write", DockerFileWriteRequest(id: name, path: "/x", data: [])) == 6)
                            #expect(
                                try await other.command(
                                    "docker_files_delete", DockerFileDeleteRequest(container: name, path: "/x")) == 6)
                        }
                        let filter: FieldList = ["label": "pulp.scope=tests/one"]
                        #expect(try await other.list(DockerListRequest(filter: filter)).isEmpty)
                        let stats: DockerList<DockerStats> = try await other.ask(
                            "docker_stats_all", DockerTarget(id: ""))
                        #expect(stats.elements.isEmpty)
                        let events: DockerList<DockerEvent> = try await other.ask(
                            "docker_events_poll", DockerEventsRequest())
                        #expect(events.elements.isEmpty)
                    }
                }
                #expect(try await one.list().map(\.id) == [id])
                var all = TestPlugin("orchestrator")
                all.environment["DOCKER_SCOPE_DISABLE"] = "1"
                all.settings["on_stop"] = .string("remove")
                try await all.onSharedEngine { other async throws in
                    #expect(try await other.list().map(\.id).contains(id))
                    #expect(try await other.query("docker_get", DockerGetRequest(name: id)).status == 0)
                }
                // Even who sees everything removes only what is its own.
                #expect(try await one.list().map(\.id) == [id])
            }
        }

        @Test(
            "names that are no names find nothing, and get into no path",
            arguments: [
                "../images/json", "a/b", "a?force=1", "a%2Fb", ".", "..", "-a", "a b", "a\r\nX: y", "a\u{0}", "ü",
                String(repeating: "a", count: 300),
            ])
        func strangeNames(_ name: String) async throws {
            try await TestPlugin("strange").onSharedEngine { harness async throws in
                #expect(try await harness.query("docker_get", DockerGetRequest(name: name)).status == 6)
                #expect(try await harness.command("docker_destroy", DockerTarget(id: name)) == 6)
            }
        }

        @Test(
            "an image that is not there is 6, a command that is not there is 4, a name that is taken is 4; none leaves anything"
        )
        func refused() async throws {
            try await TestPlugin("refused").onSharedEngine { harness async throws in
                #expect(
                    try await harness.query("docker_create", DockerCreateRequest(image: "local/missing:1")).status == 6)
                #expect(try await harness.query("docker_create", sleeper("c", ["no-such-command"])).status == 4)
                #expect(harness.says("no-such-command"))
                let all = DockerListRequest(filter: ["status": "created"])
                #expect(try await harness.list(all).isEmpty)
                _ = try await harness.create(sleeper("taken"))
                #expect(try await harness.query("docker_create", sleeper("taken")).status == 4)
                #expect(try await harness.list().count == 1)
                #expect(try await harness.query("docker_list", DockerListRequest(filter: ["volume": "x"])).status == 1)
            }
        }

        @Test("a folder of the host is seen where it is granted, read-only where it is asked for, and else not at all")
        func binds() async throws {
            let folder = "/tmp/docker-bind-\(getpid())"
            try FileManager.default.createDirectory(atPath: "\(folder)/in", withIntermediateDirectories: true)
            try "hello".write(toFile: "\(folder)/in/file", atomically: false, encoding: .utf8)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            var plugin = TestPlugin("binds")
            plugin.settings["bind_roots"] = .strings([folder])
            try await plugin.onSharedEngine { harness async throws in
                var request = sleeper("b")
                request.volumes = ["\(folder)/in": "/data:ro"]
                let id = try await harness.create(request).id
                #expect(text(try await harness.exec(id, "cat", "/data/file").output) == "hello")
                #expect(try await harness.exec(id, "touch", "/data/x").exitCode != 0)
                for source in [
                    "/", "/etc", "/tmp", "/usr", "/var/run/docker.sock", "\(folder)/../..", "\(folder)/missing",
                ] {
                    request.name = "denied"
                    request.volumes = [source: "/data"]
                    #expect(try await harness.query("docker_create", request).status == 1, "\(source)")
                }
                #expect(harness.says("DOCKER_BIND_ROOTS"))
                #expect(try await harness.list().count == 1)
            }
        }

        @Test("a port that the engine does not publish is an error, and the container is gone")
        func unpublished() async throws {
            try await TestPlugin("ports").onSharedEngine { harness async throws in
                var request = sleeper("p")
                request.ports = [DockerPort(container: 80)]
                #expect(try await harness.query("docker_create", request).status == 4)
                #expect(harness.says("port 80/tcp was asked for, but the engine did not publish it"))
                request.network = ""
                #expect(try await harness.query("docker_create", request).status == 4)
                for status in ["running", "created", "exited"] {
                    #expect(try await harness.list(DockerListRequest(filter: ["status": status])).isEmpty)
                }
            }
        }

        @Test("no more containers than the manifest says")
        func quota() async throws {
            var plugin = TestPlugin("quota")
            plugin.limits["containers"] = 2
            try await plugin.onSharedEngine { harness async throws in
                for name in ["a", "b"] { _ = try await harness.create(sleeper(name)) }
                #expect(try await harness.query("docker_create", sleeper("c")).status == 4)
                #expect(harness.says("raise containers in [limits.spawn.docker]"))
                #expect(try await harness.command("docker_destroy", DockerTarget(id: "pulp-quota-a")) == 0)
                _ = try await harness.create(sleeper("c"))
            }
        }

        @Test("containers are kept when the plugin stops and are its own again when it starts, or are removed")
        func endings() async throws {
            let engine = try await EngineProcess.shared.value
            var plugin = TestPlugin("endings")
            plugin.settings = ["stop_seconds": .integer(0)]
            let id = try await plugin.with(on: engine.socketPath) { try await $0.create(sleeper("kept")).id }
            let stopped = try await plugin.with(on: engine.socketPath) { harness async throws in
                #expect(try await harness.list().map(\.id) == [id])
                // An instance that ends takes nothing along.
                try await harness.endInstance()
                #expect(try await harness.list().map(\.id) == [id])
                #expect(try await harness.exec(id, "true").exitCode == 0)
                return try await harness.create(sleeper("brief", ["true"])).id
            }
            plugin.settings["on_stop"] = .string("remove")
            try await plugin.with(on: engine.socketPath) { harness async throws in
                // The brief one may be running still.
                #expect(try await eventually { try await harness.list().map(\.id) == [id] })
            }
            try await plugin.with(on: engine.socketPath) { harness async throws in
                for id in [id, stopped] {
                    #expect(try await harness.query("docker_get", DockerGetRequest(name: id)).status == 6)
                }
            }
        }
    }
}
