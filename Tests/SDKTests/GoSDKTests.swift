import Foundation
import PulpManifest
import PulpSandbox
import PulpTestSupport
import PulpWire
import Testing

/// The guest `sdk-go` calls every wrapper of SDKs/go on the real host.
@Suite("The SDK for Go", .enabled(if: Fixture.isBuilt("sdk-go"), "sdk-go was not built: Scripts/build-guests sdk-go"))
struct GoSDKTests {
    private static let guest = SDKGuest(name: "sdk-go")

    private static func with(
        _ change: (inout PluginSpec) -> Void = { _ in }, others: [String] = [],
        _ body: @Sendable (Site) async throws -> Void
    ) async throws {
        try await Self.guest.with(change, others: others, body)
    }

    @Test("decodes the configuration into a struct, and fails the start with a sentence where it does not fit")
    func configuration() async throws {
        try await Self.with { site async throws in
            #expect(try await site.get("/config").text == "{Hello 3 0.5 true [a b] {2} kept} 3 9")
        }
        await Self.guest.expectRefusal(of: [
            ([:], "config.greeting: the manifest has no value, and one is needed"),
            (["greeting": "x", "count": 300], "config.count: the manifest's value is not a int8"),
            (["greeting": "x", "ratio": 1e300], "config.ratio: the manifest's value is not a float32"),
            (["greeting": "x", "tags": ["a", 1]], "config.tags[1]: the manifest's value is not a string"),
            (["greeting": "x", "nested": "x"], "config.nested: the manifest's value is not a struct"),
            (["greeting": "x", "fail": 3], "config.fail: the manifest's value is not a string"),
            (
                ["greeting": "x", "strict": true, "greting": "y"],
                "config.greting: no setting of this plugin; it has greeting, count, ratio"
            ),
            (["greeting": "x", "fail": "no such luck"], "no such luck"),
            (
                ["greeting": "x", "fail": "panic"],
                "panic: runtime error: invalid memory address or nil pointer dereference"
            ),
        ])
    }

    @Test("routes, parameters, queries, headers, cookies and bodies come as they were sent")
    func requests() async throws {
        try await Self.with { site async throws in
            #expect(try await site.get("/hello/w%20%C3%A4").text == "Hello, w ä!\n")
            #expect(try await site.get("/hello/you").text == "Hello yourself\n")
            #expect(try await site.get("/rest/a/b/c").text == "a/b/c")
            // The host prefers the literal, whichever was registered first.
            #expect(try await site.get("/ends").text == "the end")
            #expect(try await site.get("/ends/x").text == "rest x")
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
            #expect(try await site.get("/cookie?value=b").all("set-cookie") == ["a=b; Max-Age=1"])
            #expect(try await site.get("/cookie?value=b%3B+Domain%3Dx").status == 500)
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
        try await Self.guest.expectLaterReplies()
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
        try await Self.guest.expectFetches(proxy: "go")
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
                "sqlite_query: SQL logic error: no such table: notes (1) (status 5)",
                "true sqlite_exec: constraint failed: UNIQUE constraint failed: t.id (1555) (status 13)", "",
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
                        && $0.metadata["n"] == "1" && $0.metadata["!BADKEY"] == "odd"
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
            #expect(docker.count == 16 && docker.allSatisfy { $0.hasSuffix("capabilities (status 99)") }, "\(docker)")
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
        try await Self.guest.expectHostileEvents()
    }
}
