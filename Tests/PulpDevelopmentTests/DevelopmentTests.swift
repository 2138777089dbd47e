import Foundation
import PulpBuild
import PulpDevelopment
import PulpTestSupport
import Synchronization
import Testing

/// The loop of saving and looking.
@Suite("Developing a plugin")
struct DevelopmentTests {
    @Test("a save is served, a broken one changes nothing and is said, and the next good one is served")
    func saving() async throws {
        try await withDevelopment { rig in
            #expect(await rig.answers("v1"))
            try rig.save("v2")
            #expect(await rig.answers("v2"))
            try rig.write("broken", to: "plugin.c")
            #expect(await eventually { rig.failures.count == 1 })
            #expect(rig.failures.first?.contains("plugin.c:1:1: error: <broken>") == true)
            #expect(try await rig.host.get("/version").text == "v2")
            try rig.save("v3")
            #expect(await eventually { rig.failures.count == 2 })
            try rig.write("fine", to: "plugin.c")
            #expect(await rig.answers("v3"))
            try rig.save("v4", ["fail": "code"])
            #expect(await eventually { rig.failures.last?.contains("told to fail") == true })
            #expect(try await rig.host.get("/version").text == "v3")
        }
    }

    @Test("a broken manifest changes nothing, its mistakes are said; another name is another plugin")
    func manifest() async throws {
        try await withDevelopment { rig in
            #expect(await rig.answers("v1"))
            try rig.write("name = ", to: "pulp.plugin.toml")
            #expect(await eventually { rig.failures.last?.contains("pulp.plugin.toml:1:") == true })
            try rig.save("v2", name: "renamed")
            #expect(await eventually { rig.failures.last?.contains("start pulp dev again") == true })
            #expect(try await rig.host.get("/version").text == "v1")
            try rig.save("v3")
            #expect(await rig.answers("v3"))
        }
    }

    @Test(
        "as long as nothing works every path answers 503 with the reason, in HTML to browsers",
        arguments: [
            ("broken", nil, "&lt;broken&gt;"), ("fine", "nonsense", "pulp.plugin.toml:1:"),
        ])
    func waiting(source: String, manifest: String?, reason: String) async throws {
        try await withDevelopment(source: source, manifest: manifest) { rig in
            #expect(await eventually { rig.failures.count == 1 })
            let page = try await rig.host.connect()
            let response = try await page.request("GET", "/any/path", headers: ["Accept": "text/html,*/*"])
            #expect(response.status == 503 && response.text.contains(reason))
            #expect(response.text.contains("/.well-known/pulp/dev.js?v=test-0"))
            let plain = try await page.request("POST", "/other", body: Array("body".utf8))
            #expect(plain.status == 503 && plain.header("content-type") == "text/plain; charset=utf-8")
            #expect(try await rig.host.get("/.well-known/pulp/dev.js").status == 200)
            try rig.write("fine", to: "plugin.c")
            try rig.save("v1")
            #expect(await rig.answers("v1"))
            #expect(try await page.request("GET", "/any/path").status == 404)
            await page.close()
        }
    }

    @Test("open pages hear of every version and of every failure, over one connection")
    func stream() async throws {
        try await withDevelopment { rig in
            #expect(await rig.answers("v1"))
            let page = try await rig.host.connect()
            try await page.send("GET /.well-known/pulp/dev/events HTTP/1.1\r\nHost: pulp.test\r\n\r\n")
            _ = try await page.text(until: #""version":"test-1","error":null"#)
            try rig.save("v2")
            _ = try await page.text(until: #""version":"test-2","error":null"#)
            try rig.write("broken", to: "plugin.c")
            _ = try await page.text(until: #""version":"test-2","error":"plugin.c:1:1"#)
            await page.close()
        }
    }

    @Test("a page listens whatever the plugin registers, but not on its own paths")
    func overlap() async throws {
        try await withDevelopment { rig in
            #expect(await rig.answers("v1"))
            try rig.save("v2", ["extra": "/*rest"])
            #expect(await rig.answers("v2"))
            #expect(
                try await rig.host.get("/.well-known/pulp/dev.js").header("content-type")?.hasPrefix("text/javascript")
                    == true)
            #expect(try await rig.host.get("/.well-known/other").text == "v2")
            try rig.save("v3", ["extra": "/.well-known/pulp/dev.js"])
            #expect(await eventually { rig.failures.count == 1 })
            #expect(try await rig.host.get("/version").text == "v2")
        }
    }

    @Test("a save ends the build that it overtakes, and saves that come together are one")
    func overtaking() async throws {
        let compiler = SlowCompiler()
        try await withDevelopment(build: { try await compiler.build($0) }) { rig in
            #expect(await rig.answers("v1"))
            compiler.isSlow.store(true, ordering: .relaxed)
            try rig.write("slow", to: "plugin.c")
            #expect(await eventually { compiler.waiting.load(ordering: .relaxed) == 1 })
            compiler.isSlow.store(false, ordering: .relaxed)
            for number in 2...9 { try rig.save("v\(number)") }
            #expect(await rig.answers("v9"))
            #expect(compiler.cancelled.load(ordering: .relaxed) == 1)
            #expect(rig.failures.isEmpty)
            #expect(rig.served < 9)
        }
    }

    /// Takes for ever when it is told to; a save that overtakes it ends that.
    private final class SlowCompiler: Sendable {
        let isSlow = Atomic<Bool>(false)
        let waiting = Atomic<Int>(0)
        let cancelled = Atomic<Int>(0)

        func build(_ project: PluginProject) async throws(BuildError) -> BuildOutcome {
            guard self.isSlow.load(ordering: .relaxed) else { return try await DevelopmentRig.build(project) }
            self.waiting.add(1, ordering: .relaxed)
            try? await Task.sleep(for: .seconds(3_600))
            self.cancelled.add(1, ordering: .relaxed)
            throw BuildError(.cancelled, "the build was stopped")
        }
    }

    @Test("a folder that is named by a link is watched")
    func linked() async throws {
        try await withDevelopment(isLinked: true) { rig in
            #expect(await rig.answers("v1"))
            try rig.save("v2")
            #expect(await rig.answers("v2"))
        }
    }

    @Test("a folder that goes is said, what is served goes on, and a folder that comes in its place is served")
    func folderGone() async throws {
        try await withDevelopment { rig in
            #expect(await rig.answers("v1"))
            try FileManager.default.moveItem(atPath: rig.folder, toPath: "\(rig.folder)-away")
            #expect(await eventually { rig.failures.last?.contains("there is no such file or folder") == true })
            #expect(try await rig.host.get("/version").text == "v1")
            try FileManager.default.createDirectory(atPath: rig.folder, withIntermediateDirectories: false)
            try rig.write("fine", to: "plugin.c")
            try rig.save("v2")
            #expect(await rig.answers("v2"))
            try rig.save("v3")
            #expect(await rig.answers("v3"))
        }
    }

    @Test("a command of the manifest that writes beside the sources does not call for itself for ever")
    func ownCommand() async throws {
        let builds = Counter()
        try await withDevelopment(
            command: "make",
            build: { project in
                builds.number.add(1, ordering: .relaxed)
                // As generators do: a new file, the same as before.
                try DevelopmentRig.write("made", to: "made.c", in: project.folder)
                return try await DevelopmentRig.build(project)
            }
        ) { rig in
            #expect(await rig.answers("v1"))
            for number in 2...4 {
                try DevelopmentRig.write("v\(number)", [:], name: "swapped", command: "make", in: rig.folder)
                #expect(await rig.answers("v\(number)"))
            }
            // One for each save, and one for the file that was new.
            #expect(builds.number.load(ordering: .relaxed) <= 5)
        }
    }

    @Test("a command of the manifest that writes another thing each time is found out, and said")
    func restlessCommand() async throws {
        let builds = Counter()
        try await withDevelopment(
            command: "make",
            build: { project in
                let number = builds.number.add(1, ordering: .relaxed).newValue
                try DevelopmentRig.write("build \(number)", to: "stamp.c", in: project.folder)
                return try await DevelopmentRig.build(project)
            }
        ) { rig in
            #expect(await rig.answers("v1"))
            #expect(await eventually { rig.notes.contains { $0.hasPrefix("stamp.c is written by the build itself") } })
            for number in 2...6 {
                try DevelopmentRig.write("v\(number)", [:], name: "swapped", command: "make", in: rig.folder)
                #expect(await rig.answers("v\(number)"))
            }
            #expect(rig.notes.count == 1)
            // One for each save, and those before it was found out.
            #expect(builds.number.load(ordering: .relaxed) <= 15)
        }
    }

    private final class Counter: Sendable {
        let number = Atomic<Int>(0)
    }

    @Test("a folder that is not there is an error before anything starts")
    func nowhere() async throws {
        try await withHost([]) { rig in
            let site = DevelopmentSite(run: "test", injects: false) { _ in }
            #expect(throws: BuildError.self) {
                try DevelopmentLoop(
                    "/nowhere/at/all",
                    parts: .init(
                        host: rig.host, hub: rig.hub, site: site, registry: rig.registry,
                        build: { try await DevelopmentRig.build($0) }
                    ) { _ in })
            }
        }
    }
}
