import Foundation
import PulpManifest
import PulpSandbox
import PulpTestSupport
import PulpWire
import Testing

/// The guest `sdk-go` calls every wrapper of SDKs/go on the real host.
@Suite("The SDK for Go", .enabled(if: Fixture.isBuilt("sdk-go"), "sdk-go was not built: Scripts/build-guests sdk-go"))
struct GoSDKTests {
    private static func with(
        _ change: (inout PluginSpec) -> Void = { _ in }, others: [String] = [],
        _ body: @Sendable (Site) async throws -> Void
    ) async throws {
        var spec = try Fixture.spec("sdk-go")
        change(&spec)
        let specs = [spec] + (try others.map { try Fixture.spec($0) })
        try await withTemporaryFolder { folder in
            try await withSite(specs, storage: StorageRoot(path: folder), body)
        }
    }

    @Test("decodes the configuration into a struct, and fails the start with a sentence where it does not fit")
    func configuration() async throws {
        try await Self.with { site async throws in
            #expect(try await site.get("/config").text == "{Hello 3 0.5 true [a b] {2} kept} 3 9")
        }
        for (config, sentence) in [
            (["count": 300], "config.count: the manifest's value is not a int8"),
            (["tags": ["a", 1]], "config.tags[]: the manifest's value is not a string"),
            (["nested": "x"], "config.nested: the manifest's value is not a struct"),
            (["fail": "no such luck"], "no such luck"),
            (["fail": "panic"], "panic: runtime error: invalid memory address or nil pointer dereference"),
        ] as [(MessagePackValue, String)] {
            let error = await #expect(throws: (any Error).self) {
                try await Self.with({ $0.config = config.encodedBytes() }) { _ async throws in }
            }
            #expect(error.map { "\($0)".contains(sentence) } == true, "\(String(describing: error))")
        }
    }

    @Test("routes, parameters, queries, headers, cookies and bodies come as they were sent")
    func requests() async throws {
        try await Self.with { site async throws in
            #expect(try await site.get("/hello/w%20%C3%A4").text == "Hello, w ä!\n")
            #expect(try await site.get("/hello/you").text == "Hello yourself\n")
            #expect(try await site.get("/rest/a/b/c").text == "a/b/c")
            let shown = try await site.request(
                "POST", "/show?q=1&q=2", headers: ["X-Many": "a", "X-Many": "b", "Cookie": "a=1; b=\"two\""],
                body: [1, 2, 3])
            #expect(shown.text == "POST /show [1 2] [a b] two pulp.test 3 true")
            let large = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            for _ in 0..<5 { #expect(try await site.request("POST", "/mirror", body: large).body == large) }
            #expect(try await site.request("POST", "/mirror", body: []).body.isEmpty)
        }
    }

    @Test("answers carry status, headers and cookies; errors and panics are logged and answered 500")
    func replies() async throws {
        try await Self.with { site async throws in
            let cookies = try await site.get("/cookies")
            #expect(cookies.status == 201 && cookies.header("x-one") == "1" && cookies.text == "<p>")
            #expect(cookies.all("set-cookie") == ["a=1; Path=/; Max-Age=60; HttpOnly", "b=2; SameSite=Lax"])
            let away = try await site.get("/away")
            #expect(away.status == 303 && away.header("location") == "/hello/x")
            let teapot = try await site.get("/teapot")
            #expect(teapot.status == 418 && teapot.text == "short and stout")
            for path in ["/nothing", "/error", "/bad-header", "/panic"] {
                let answer = try await site.get(path)
                #expect(answer.status == 500, "\(path)")
                // Which header cannot be sent is found by the plugin's call or, on another loop, after it.
                if path != "/bad-header" { #expect(answer.text == "internal error\n", "\(path)") }
            }
            // The same instance goes on.
            #expect(try await site.get("/hello/x").status == 200)
            let lines = site.world.log.lines
            #expect(lines.contains { "\($0.metadata)".contains("a secret") })
            #expect(
                lines.contains { $0.message.contains("index out of range") && "\($0.metadata)".contains("main.go") })
        }
    }

    @Test("a deferred reply is sent by a later step, and ticks come")
    func later() async throws {
        try await Self.with({ $0.ticks = .every(.milliseconds(10)) }) { site async throws in
            async let later = site.get("/later")
            #expect(
                await eventually {
                    (try? await site.request("POST", "/release", body: Array("x".utf8)).text) == "1"
                })
            #expect(try await later.text == "later x")
            #expect(
                await eventually { (try? await site.get("/ticks").text).flatMap { Int($0) }.map { $0 > 2 } == true })
        }
    }

    @Test("WebSockets open, talk to one and to many, survive a panic, and close")
    func sockets() async throws {
        try await Self.with { site async throws in
            let first = try await WebSocketClient.open(site.address, "/chat/red")
            #expect(try await first.text() == "welcome to red")
            let second = try await WebSocketClient.open(site.address, "/chat/red")
            #expect(try await second.text() == "welcome to red")
            try await first.send("to all")
            #expect(try await first.text() == "to all")
            #expect(try await second.text() == "to all")
            try await first.send("panic")
            try await first.send(WebSocketClient.Frame(2, [0, 255]))
            #expect(try await first.next() == WebSocketClient.Frame(2, [0, 255]))
            try await second.send("bye")
            #expect(try await second.next() == .close(4001, "as you wish"))
            await second.drop()
            await first.drop()
            #expect(await eventually { site.world.log.lines.filter { $0.message == "closed" }.count == 2 })
            #expect(site.world.log.lines.contains { $0.message == "panic: in a message" })
        }
    }

    @Test("event streams are subscribed to, emitted to and counted")
    func events() async throws {
        try await Self.with { site async throws in
            let client = try await site.connect()
            try await client.send("GET /live/news HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n")
            let text = try await client.text(until: "data: line")
            #expect(text.contains("id: 1") && text.contains("event: greeting") && text.contains("data: hello news"))
            #expect(try await site.get("/listeners/news").text == "1")
            #expect(try await site.get("/listeners/sports").text == "0")
            await client.close()
            #expect(await eventually { site.world.log.lines.contains { "\($0.metadata)".contains("/live/news") } })
        }
    }

    @Test("fetches whole answers and streams, passes streams on, and says why a fetch failed")
    func fetches() async throws {
        try await Self.with(others: ["echo", "responder"]) { site async throws in
            let base = "http://127.0.0.1:\(site.address.port ?? 0)"
            func post(_ path: String, _ url: String) async throws -> HTTPConnection.Response {
                try await site.request("POST", path, body: Array(url.utf8))
            }
            #expect(try await post("/fetch", "\(base)/echo").text == "200 application/octet-stream body")
            let big = [UInt8](repeating: 0x78, count: 1 << 20)
            #expect(try await post("/read", "\(base)/do/big").body == big)
            // A stream has no length, and comes in chunks.
            let client = try await site.connect()
            try await client.send(HTTPConnection.bytes("POST", "/proxy", body: Array("\(base)/do/big".utf8)))
            let passed = try await client.text(until: "\r\n0\r\n\r\n")
            #expect(passed.contains("X-Proxy: go\r\n") && passed.utf8.count { $0 == 0x78 } >= 1 << 20)
            await client.close()
            let blocked = try await post("/fetch", "http://10.0.0.1/")
            #expect(blocked.status == 502 && blocked.text.hasSuffix("|blocked|10.0.0.1:80"), "\(blocked.text)")
            #expect(try await post("/fetch", "nonsense").text.contains("(status 4)|bad_request|"))
        }
    }

    @Test("files are read, written, moved, listed and removed")
    func files() async throws {
        try await Self.with { site async throws in
            let lines = try await site.get("/files").text.split(separator: "\n", omittingEmptySubsequences: false)
            let expected = [
                "0123xy67 y67 EOF", "0123xy67 <nil> e.txt 8 -rw------- true", "true true <nil> <nil>", "a true",
                "a/b true", "e.txt 1 <nil> <nil>", "true true false fs_read: no such file or folder (status 6)",
                "fs_read: the path is rejected (in a cell: the operation failed) (status 4)", "",
            ]
            #expect(lines.map(String.init) == expected)
        }
    }

    @Test("SQL runs, alone, in batches and in streams; rows are scanned; errors say what and which")
    func sql() async throws {
        try await Self.with { site async throws in
            let lines = try await site.get("/sql").text.split(separator: "\n", omittingEmptySubsequences: false)
            let expected = [
                "1 1 <nil>", "3 [3]", "1 one true [1 2]", "2 two false []", "3 three true []",
                "sqlite: column 1: the value is not of the target's type sqlite: no rows", "[id text x b] <nil>",
                "true true sqlite_batch: constraint failed: UNIQUE constraint failed: t.id (1555) (status 13)",
                "500500 <nil> <nil>",
                "true <nil> <nil> <nil> false",
                "sqlite_query_stream: SQL logic error: no such column: nonsense (1) (status 5)",
                "sqlite: parameter 1 is of a type that SQL does not have",
                "sqlite_exec: the SQL failed; the log may say more (status 5)", "",
            ]
            #expect(lines.map(String.init) == expected)
        }
    }

    @Test("random bytes, the log and values; answers survive the collector")
    func others() async throws {
        try await Self.with { site async throws in
            let lines = try await site.get("/others").text.split(separator: "\n").map(String.init)
            let expected = [
                "16 <nil>", "entropy_read: more than 65,536 bytes are asked for (status 5)",
                "log_write: the operation failed (status 4)", "[1 a <nil>] <nil>",
                "the bytes are not the MessagePack that they should be",
            ]
            #expect(lines == expected)
            #expect(
                site.world.log.lines.contains {
                    $0.message == "a line" && $0.level == .warning && $0.metadata["why"] == "so"
                        && $0.metadata["n"] == "1"
                })
            #expect(try await site.get("/collect").text == "40\n")
        }
    }

    @Test("without the grants every call is refused with 99 and the line that is missing")
    func denied() async throws {
        try await Self.with({ $0.capabilities = ["transport.http.inbound"] }) { _ async throws in
        } refused: { error in
            #expect("\(error)".contains("ws_register"), "\(error)")
            #expect("\(error)".contains("add \"transport.ws.inbound\" to capabilities (status 99)"), "\(error)")
        }
        let few = ["transport.http.inbound", "transport.ws.inbound", "transport.sse"]
        try await Self.with({ $0.capabilities = few }) { site async throws in
            let fetched = try await site.request("POST", "/fetch", body: Array("http://127.0.0.1/".utf8))
            #expect(
                fetched.text.hasPrefix("http_fetch: the manifest does not grant it; add \"transport.http.outbound\""))
            #expect(try await site.get("/files").text.contains("error fs_mkdir_all: the manifest does not grant"))
            #expect(try await site.get("/sql").text.contains("\"storage.sqlite\" to capabilities (status 99)"))
            let docker = try await site.get("/docker").text.split(separator: "\n")
            #expect(docker.count == 15 && docker.allSatisfy { $0.hasSuffix("capabilities (status 99)") }, "\(docker)")
        }
    }

    private static func with(
        _ change: (inout PluginSpec) -> Void, _ body: @Sendable (Site) async throws -> Void,
        refused: (any Error) -> Void
    ) async throws {
        do {
            try await Self.with(change, others: [], body)
            Issue.record("the start was not refused")
        } catch {
            refused(error)
        }
    }

    @Test("bytes that are no envelope or no event are refused, and the plugin goes on")
    func hostile() async throws {
        try await Self.with { site async throws in
            let event: [UInt8] = [0x82, 0xA4] + Array("kind".utf8)
            for payload: [UInt8] in [
                [0xC1], [0xDF, 0xFF, 0xFF, 0xFF, 0xFF], [UInt8](repeating: 0x91, count: 100_000), event,
                event + [0xAC] + Array("http.request".utf8) + [0xA7] + Array("payload".utf8) + [
                    0x81, 0xA2, 0x69, 0x64,
                ],
                event + [0xA7] + Array("ws.open".utf8) + [0xA7] + Array("payload".utf8) + [
                    0xDD, 0xFF, 0xFF, 0xFF, 0xFF,
                ],
                event + [0xA3] + Array("new".utf8) + [0xA7] + Array("payload".utf8) + [0xC0],
            ] {
                let count = (0..<4).map { UInt8(truncatingIfNeeded: payload.count >> (8 * $0)) }
                let envelope = [UInt8](repeating: 0, count: 16) + count + payload
                _ = try await site.plugin.call(.step(byteCount: envelope.count), bytes: envelope)
            }
            #expect(try await site.plugin.call(.step(byteCount: 3), bytes: [1, 2, 3]) == 1)
            #expect(try await site.get("/hello/x").text == "Hello, x!\n")
            #expect(site.plugin.availability == .ready)
        }
    }
}
