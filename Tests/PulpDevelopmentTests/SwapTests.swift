import PulpTestSupport
import Synchronization
import Testing

@testable import Pulp

/// One version of a plugin after another on a host that serves: over real sockets.
@Suite("Swapping")
struct SwapTests {
    private static let garbage = ModuleSource.bytes([0, 97, 115, 109, 1, 0, 0, 0, 255])

    /// A version that does not come up, another way each time.
    private static func broken(_ number: Int) throws -> PluginSpec {
        switch number % 4 {
        case 0: return try .version("broken", ["fail": "code"])
        case 1: return try .version("broken", ["fail": "trap"])
        case 2: return try .version("broken", ["extra": "/r/:x"])
        default:
            var spec = try PluginSpec.version("broken")
            spec.module = Self.garbage
            return spec
        }
    }

    /// Another plugin of the host: GET /r/0.
    private static func other() throws -> PluginSpec {
        var spec = try Fixture.spec("routes")
        spec.config = MessagePackWriter.encode { writer in
            writer.writeMapHeader(1)
            writer.writeString("count")
            writer.writeUInt64(1)
        }
        return spec
    }

    @Test("fifty swaps under load fail no request and close no connection, versions that do not come up between them")
    func load() async throws {
        try await withHost([.version("v0"), Self.other()]) { rig in
            let isOver = Flag()
            let clients = try await withThrowingTaskGroup(of: Client.self) { tasks in
                for number in 0..<6 {
                    tasks.addTask { try await Client.run(rig, posts: number % 2 == 1) { isOver.isSet } }
                }
                for number in 1...50 {
                    if number.isMultiple(of: 5) {
                        await #expect(throws: HostError.self) { try await rig.deploy(Self.broken(number / 5)) }
                    }
                    try await rig.deploy("v\(number)")
                }
                isOver.set()
                return try await tasks.reduce(into: []) { $0.append($1) }
            }
            #expect(clients.flatMap(\.failures) == [])
            #expect(clients.allSatisfy { $0.requests >= 50 && $0.last == "v50" })
            #expect(await eventually { rig.versionCount == 2 })
        }
    }

    private final class Flag: Sendable {
        private let flag = Atomic<Bool>(false)
        var isSet: Bool { self.flag.load(ordering: .relaxed) }
        func set() { self.flag.store(true, ordering: .relaxed) }
    }

    /// What a client of a keep-alive connection has seen.
    private struct Client: Sendable {
        var requests = 0
        var failures: [String] = []
        var last = ""

        static func run(_ rig: HostRig, posts: Bool, until isOver: @Sendable () -> Bool) async throws -> Client {
            var client = Client()
            let connection = try await rig.connect()
            var isLast = false
            repeat {
                // One more after the last swap.
                isLast = isOver()
                let response =
                    posts
                    ? try await connection.request("POST", "/take", body: Array(repeating: 1, count: 3_000))
                    : try await connection.request("GET", "/version")
                client.requests += 1
                if response.status != 200 { client.failures.append("\(response.status) \(response.text)") }
                client.last = String(response.text.split(separator: " ").first ?? "")
            } while !isLast || client.requests < 50
            await connection.close()
            return client
        }
    }

    @Test("a request goes to the version that is there when its body is")
    func lateBody() async throws {
        try await withHost([.version("v1")]) { rig in
            let connection = try await rig.connect()
            try await connection.send("POST /take HTTP/1.1\r\nHost: pulp.test\r\nContent-Length: 4\r\n\r\nab")
            // The head is there once a later connection is served.
            _ = try await rig.get("/version")
            try await rig.deploy("v2")
            #expect(await eventually { rig.versionCount == 1 })
            try await connection.send("cd")
            let response = try await connection.response()
            #expect(response.status == 200 && response.text == "v2 4")
            await connection.close()
        }
    }

    @Test("a request that was put off is answered by the version that has it, on its open connection")
    func deferred() async throws {
        try await withHost([.version("v1")]) { rig in
            let connection = try await rig.connect()
            for version in ["v1", "v2", "v3"] {
                try await connection.send(HTTPConnection.bytes("GET", "/hold"))
                _ = try await rig.get("/version")
                try await rig.deploy("v\((Int(version.dropFirst()) ?? 0) + 1)")
                let response = try await connection.response()
                #expect(response.status == 200 && response.text == version)
            }
            #expect(try await connection.request("GET", "/version").text == "v4")
            await connection.close()
            #expect(await eventually { rig.versionCount == 1 })
        }
    }

    @Test("what is safe to ask twice and was not answered within the grace is asked of the new version")
    func askedAgain() async throws {
        try await withHost([.version("v1")], grace: .milliseconds(50)) { rig in
            let connection = try await rig.connect()
            try await connection.send(HTTPConnection.bytes("GET", "/never"))
            _ = try await rig.get("/version")
            try await rig.deploy("v2", ["never": "now"])
            let response = try await connection.response()
            #expect(response.status == 200 && response.text == "now")
            await connection.close()
        }
    }

    @Test("routes that vanish are gone, new ones are there, and those of other plugins stay")
    func routes() async throws {
        try await withHost([.version("v1", ["extra": "/old/:x"]), Self.other()]) { rig in
            #expect(try await rig.get("/old/a").text == "v1")
            let replacement = try await rig.deploy("v2", ["extra": "/new/:x"])
            #expect(replacement.routes.contains("GET /new/:x"))
            #expect(try await rig.get("/old/a").status == 404)
            #expect(try await rig.get("/new/a").text == "v2")
            #expect(try await rig.get("/r/0").text == "0")
        }
    }

    @Test("a version that does not come up leaves nothing: no route, no event, no instance; and says why")
    func rollback() async throws {
        try await withHost([.version("v1"), Self.other()]) { rig in
            let stream = try await rig.connect()
            try await stream.send("GET /events HTTP/1.1\r\nHost: pulp.test\r\n\r\n")
            _ = try await stream.text(until: "text/event-stream")
            let routes = rig.hub.defaultRoutes?.list.map { "\($0.method) \($0.pattern)" }.sorted()
            for (settings, reason) in [
                (["fail": "code", "extra": "/new"], "told to fail"),
                (["fail": "trap", "extra": "/new"], "trapped"),
                (["extra": "/:a/0"], "pulp_init returned"),
            ] {
                let error = await #expect(throws: HostError.self) { try await rig.deploy("v2", settings) }
                #expect(error?.description.contains(reason) == true)
                #expect(try await rig.get("/version").text == "v1")
                #expect(try await rig.get("/new").status == 404)
            }
            var spec = try PluginSpec.version("v2")
            spec.module = .file("/nowhere.wasm")
            await #expect(throws: HostError.self) { try await rig.deploy(spec) }
            spec.module = Self.garbage
            await #expect(throws: HostError.self) { try await rig.deploy(spec) }
            #expect(rig.hub.defaultRoutes?.list.map { "\($0.method) \($0.pattern)" }.sorted() == routes)
            #expect(rig.versionCount == 2)
            #expect(try await rig.request("POST", "/emit", body: Array("still here".utf8)).text == "0")
            #expect(try await !stream.text(until: "still here").contains("begun\ndata: v2"))
            await stream.close()
        }
    }

    @Test("a route that a version being initialised has claimed is nobody else's, and free again when it fails")
    func claims() throws {
        let table = RouteTable()
        let (old, new, other) = (Owner(), Owner(), Owner())
        try table.register(method: "GET", pattern: "/a", owner: old)
        table.stage(new, insteadOf: old)
        try table.register(method: "GET", pattern: "/a", owner: new)
        try table.register(method: "GET", pattern: "/b/:x", owner: new)
        #expect(throws: RouteError.self) { try table.register(method: "GET", pattern: "/b/1", owner: other) }
        try table.register(method: "GET", pattern: "/b/2", owner: old)
        #expect(table.list.allSatisfy { $0.owner === old })
        table.removeAll(owner: new)
        try table.register(method: "GET", pattern: "/c/:x", owner: other)
        table.stage(new, insteadOf: old)
        #expect(throws: RouteError.self) { try table.register(method: "GET", pattern: "/c/1", owner: new) }
        try table.register(method: "GET", pattern: "/a", owner: new)
        table.commit(new)
        #expect(table.list.map(\.pattern).sorted() == ["/a", "/c/:x"])
        guard case .found(let owner, _, _) = table.match(method: "GET", path: "/a") else {
            Issue.record("the new owner's route is not there")
            return
        }
        #expect(owner === new)
    }

    private final class Owner: RouteOwner {
        let maxBodyBytes = 0
        func serve(_ exchange: HTTPExchange) {}
    }

    @Test(
        "every policy of instances is swapped on every loop",
        arguments: [
            InstancePolicy.count(3), .perCore, .perEvent,
        ])
    func instances(policy: InstancePolicy) async throws {
        @Sendable func spec(_ version: String) throws -> PluginSpec {
            var spec = try PluginSpec.version(version, ["room": ""])
            spec.instances = policy
            return spec
        }
        try await withHost([spec("v1")], loops: 3) { rig in
            for number in 2...6 {
                try await rig.deploy(spec("v\(number)"))
                // As many connections as there may be loops and instances to fall on.
                for _ in 0..<8 { #expect(try await rig.get("/version").text == "v\(number)") }
            }
        }
    }

    @Test("a plugin that has failed is replaced too, and one that is missing is added")
    func failed() async throws {
        var first = try Fixture.hostileSpec("trap-step")
        first.name = "swapped"
        first.restart = .never
        try await withHost([first]) { [first] rig in
            #expect(rig.host.isReady)
            _ = first
            let running = rig.host.state.withLock { $0.running[0] }
            await #expect(throws: PluginError.self) {
                try await running.call(.step(byteCount: 20), bytes: Array(repeating: 0, count: 20))
            }
            #expect(await eventually { running.availability == .failed })
            try await rig.deploy("v2")
            #expect(rig.host.isReady)
            #expect(try await rig.get("/version").text == "v2")
            try await rig.deploy(Self.other())
            #expect(try await rig.get("/r/0").text == "0")
        }
    }

    @Test("swaps that are asked for at once come one after the other")
    func together() async throws {
        try await withHost([.version("v0")]) { rig in
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for number in 1...12 { tasks.addTask { try await rig.deploy("v\(number)") } }
                try await tasks.waitForAll()
            }
            #expect(try await rig.get("/version").status == 200)
            #expect(await eventually { rig.versionCount == 1 })
        }
    }

    @Test("a host that has stopped replaces nothing, and a version that comes too late is closed")
    func stopped() async throws {
        let rig = try await withHost([.version("v1")]) { $0 }
        await #expect(throws: HostError.self) { try await rig.deploy("v2") }
        #expect(rig.versionCount == 1)
    }

    @Test("a host that stops does not wait for a version that never comes up")
    func stopsMeanwhile() async throws {
        let stuck = try await withHost([.version("v1")]) { rig in
            var spec = try PluginSpec.version("v2", ["fail": "loop"])
            spec.limits.callTimeout = .seconds(3_600)
            let stuck = Task { [spec] in try await rig.deploy(spec) }
            #expect(await eventually { rig.world.log.messages.contains("v2 turns") })
            return stuck
        }
        await #expect(throws: HostError.self) { try await stuck.value }
    }

    @Test("what a manifest cannot change while the host runs is said")
    func notes() async throws {
        try await withHost([.version("v1")]) { rig in
            var spec = try PluginSpec.version("v2")
            spec.http.listen = "127.0.0.1:1"
            let notes = try await rig.deploy(spec).notes
            #expect(notes.count == 1 && notes[0].contains("[http] listen"))
        }
    }

    @Test("a version that was replaced and goes on registers nothing that requests find")
    func lateRoutes() async throws {
        try await withHost([.version("v1", ["grows": "/grown/"])]) { rig in
            @Sendable func grown(_ version: String) -> Int {
                rig.world.log.messages.count { $0.hasPrefix("\(version) grew: 0") }
            }
            #expect(await eventually { grown("v1") > 2 })
            // Keeps the old version for the grace.
            let connection = try await rig.connect()
            try await connection.send(HTTPConnection.bytes("GET", "/never"))
            _ = try await rig.get("/version")
            try await rig.deploy("v2", ["grows": "/grown/"])
            let before = (grown("v1"), grown("v2"))
            #expect(await eventually { grown("v1") > before.0 + 3 && grown("v2") > before.1 + 3 })
            #expect(rig.world.log.messages.allSatisfy { !$0.contains("grew: 4") })
            #expect(try await rig.get("/grown/1").text == "v2")
            let owners = Set(rig.hub.defaultRoutes?.list.map { ObjectIdentifier($0.owner) } ?? [])
            // One for each of v2's three capabilities with routes, and none of v1's.
            #expect(owners.count == 3)
            await connection.close()
        }
    }

    @Test("a swap that is given up does not wait for a version that never comes up")
    func givenUp() async throws {
        try await withHost([.version("v1")]) { rig in
            var spec = try PluginSpec.version("v2", ["fail": "loop"])
            spec.limits.callTimeout = .seconds(3_600)
            let stuck = Task { [spec] in try await rig.deploy(spec) }
            #expect(await eventually { rig.world.log.messages.contains("v2 turns") })
            stuck.cancel()
            await #expect(throws: HostError.self) { try await stuck.value }
            try await rig.deploy("v3")
            #expect(try await rig.get("/version").text == "v3")
            #expect(await eventually { rig.versionCount == 1 })
        }
    }

    @Test("capabilities that a new version is not granted any more go with their routes")
    func withdrawn() async throws {
        try await withHost([.version("v1")]) { rig in
            var spec = try PluginSpec(name: "swapped", version: "2", module: .bytes(Fixture.hostile("trap-step")))
            spec.capabilities = []
            try await rig.deploy(spec)
            #expect(try await rig.get("/version").status == 404)
            try await rig.deploy("v3")
            #expect(try await rig.get("/version").text == "v3")
        }
    }
}
