import Foundation
import PulpTestSupport
import Testing

@testable import PulpDocker

extension DockerSuite {
    /// Real guests with a real engine.
    @Suite("Guests with containers", .needsEngine)
    struct GuestTests {
        private func withGuest<Result: Sendable>(
            _ spec: PluginSpec, _ body: @Sendable (Site) async throws -> Result
        ) async throws -> Result {
            let engine = try await EngineProcess.shared.value
            var plugin = TestPlugin()
            plugin.environment["TEMPLATES_DIR"] = Fixture.root.appendingPathComponent("Tests/Fixtures/callee").path
            return try await withSite([spec], capabilities: [plugin.capability(on: engine.socketPath)], body)
        }

        @Test("a guest in C calls every function as the reference's guests do")
        func everyFunction() async throws {
            try await self.withGuest(try Fixture.spec("docker")) { site in
                func call(_ name: String, _ request: [UInt8]) async throws -> HTTPConnection.Response {
                    try await site.request("POST", "/call/\(name)", body: request)
                }
                #expect(try await call("list", DockerListRequest().encodedBytes()).body.isEmpty)
                let created = try await call("create", sleeper("guest").encodedBytes())
                #expect(created.status == 200, "\(created.text) \(site.world.log.lines)")
                let server = try DockerServer(decoding: created.body)
                #expect(server.name == "pulp-docker-guest" && server.status == "running")
                let target = DockerTarget(id: server.id).encodedBytes()
                let list = try DockerList<DockerServer>(decoding: try await call("list", [0x80]).body)
                #expect(list.elements.map(\.id) == [server.id])
                #expect(try await call("get", DockerGetRequest(name: server.name).encodedBytes()).status == 200)
                let exec = try await call(
                    "exec", DockerExecRequest(id: server.id, command: ["echo", "hi"]).encodedBytes())
                #expect(try DockerExecResponse(decoding: exec.body).output == Array("hi\n".utf8))
                #expect(try await call("logs", DockerLogsRequest(id: server.id).encodedBytes()).status == 200)
                #expect(try await call("stats", target).status == 200)
                #expect(try await call("stats_all", []).status == 200)
                let path = "/tmp/file"
                let write = DockerFileWriteRequest(id: server.id, path: path, data: [1, 2, 3])
                #expect(try await call("files_write", write.encodedBytes()).status == 200)
                #expect(
                    try await call("files_read", DockerFileReadRequest(id: server.id, path: path).encodedBytes()).body
                        == [1, 2, 3])
                let delete = DockerFileDeleteRequest(container: server.id, path: path)
                #expect(try await call("files_delete", delete.encodedBytes()).status == 200)
                #expect(try await call("restart", target).status == 200)
                #expect(try await call("events_poll", []).status == 200)
                // The folder has no Dockerfile: begun, and failed.
                let build = DockerBuildRequest(imageTag: "local/busybox:guest")
                #expect(try await call("build", build.encodedBytes()).status == 200)
                #expect(
                    await eventually {
                        guard let body = try? await call("build_status", []).body else { return false }
                        return (try? DockerBuildStatus(decoding: body)).map { !$0.isBuilding && !$0.lastError.isEmpty }
                            == true
                    })
                #expect(await eventually { (try? await site.get("/events").text.contains("start\n")) == true })
                #expect(try await call("destroy", target).status == 200)
                let missing = try await call("destroy", target)
                #expect(missing.status == 500 && missing.text == "6")
                #expect(try await call("exec", []).text == "3")
                #expect(try await call("create", [0x80]).text == "1")
                #expect(await eventually { (try? await site.get("/events").text.contains("destroy\n")) == true })
            }
        }

        @Test("without the grant every function links and answers 99")
        func withoutGrant() async throws {
            var spec = try Fixture.spec("docker")
            spec.capabilities = ["transport.http.inbound"]
            try await self.withGuest(spec) { site async throws in
                for name in ["list", "create", "destroy", "files_read", "build_status"] {
                    #expect(try await site.request("POST", "/call/\(name)", body: [0x80]).text == "99")
                }
            }
        }

        @Test("a guest that is ended while the engine works takes its call along, and the next is served")
        func deadline() async throws {
            var spec = try Fixture.spec("docker")
            spec.limits.callTimeout = .seconds(2)
            try await self.withGuest(spec) { site async throws in
                let created = try await site.request("POST", "/call/create", body: sleeper("slow").encodedBytes())
                let id = try DockerServer(decoding: created.body).id
                let request = DockerExecRequest(id: id, command: ["sleep", "60"]).encodedBytes()
                // A status in time, rather than the end of the guest.
                #expect(try await site.request("POST", "/call/exec", body: request).text == "4")
                #expect(try await site.request("POST", "/call/list", body: [0x80]).status == 200)
            }
        }

        @Test("a plugin that is loaded and closed again and again leaves nothing behind")
        func cycles() async throws {
            let spec = try Fixture.spec("docker")
            func cycle() async throws {
                try await self.withGuest(spec) { site async throws in
                    #expect(try await site.request("POST", "/call/list", body: [0x80]).status == 200)
                }
            }
            for _ in 0..<3 { try await cycle() }
            let before = (descriptorCount(), threadCount())
            for _ in 0..<20 { try await cycle() }
            #expect(await eventually { descriptorCount() <= before.0 + 20 && threadCount() <= before.1 + 8 })
        }

        @Test(
            "the page of Examples/containers starts one, shows its log as it is written, and removes it",
            .enabled(if: Browser.isExpected, Comment(rawValue: Browser.missing)))
        func page() async throws {
            var spec = try Fixture.spec("containers")
            let config: MessagePackValue = [
                "image": "local/busybox:1", "script": "echo first; sleep 1; echo second; sleep 1000",
            ]
            spec.config = config.encodedBytes()
            try await self.withGuest(spec) { site async throws in
                try await withBrowser { browser in
                    let page = try await browser.newPage()
                    try await page.open("http://127.0.0.1:\(site.address.port ?? 0)/")
                    try await page.click("#start")
                    try await page.wait(until: "document.getElementById('log').textContent == 'first\\nsecond\\n'")
                    try await page.screenshot("containers")
                    try await page.click("#remove")
                    try await page.wait(
                        until: "document.getElementById('state').textContent == 'the container is gone'")
                    #expect(page.complaints.isEmpty)
                }
            }
        }

        @Test("Examples/containers starts a container, shows what it writes, and removes it")
        func example() async throws {
            let path = Fixture.root.appendingPathComponent("Examples/containers/pulp.plugin.toml").path
            var spec = try Manifest.load(path: path, knownCapabilities: nil).spec
            let config: MessagePackValue = [
                "image": "local/busybox:1", "script": "echo first; sleep 1; echo second; sleep 1000",
            ]
            spec.config = config.encodedBytes()
            try await self.withGuest(spec) { site async throws in
                let started = try await site.request("POST", "/containers/demo", body: [])
                #expect(started.status == 201 && started.text == "pulp-containers-demo running\n", "\(started.text)")
                #expect(try await site.get("/containers").text == "pulp-containers-demo running\n")
                #expect(
                    await eventually {
                        (try? await site.get("/containers/demo/logs").text.hasPrefix("first\n")) == true
                    })
                let logs = try await site.get("/containers/demo/logs")
                let next = try #require(logs.header("x-next"))
                if logs.text == "first\n" {
                    #expect(
                        await eventually {
                            (try? await site.get("/containers/demo/logs?since=\(next)").text) == "second\n"
                        })
                }
                let watcher = try await WebSocketClient.open(site.address, "/containers/demo/live")
                var seen = try await watcher.text()
                while !seen.contains("second\n") { seen += try await watcher.text() }
                #expect(seen == "first\nsecond\n")
                #expect(try await site.request("DELETE", "/containers/demo").text == "removed\n")
                // Whoever watches is told.
                let end = try await watcher.next()
                #expect(end.code == 1000 && end.text.hasSuffix("the container is gone"))
                await watcher.drop()
                #expect(try await site.get("/containers").text.isEmpty)
                #expect(try await site.get("/containers/demo/logs").status == 404)
            }
        }
    }
}
