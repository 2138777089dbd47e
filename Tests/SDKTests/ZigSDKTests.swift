import Foundation
import PulpManifest
import PulpSandbox
import PulpTestSupport
import PulpWire
import Testing

/// The guest `sdk-zig` calls every wrapper of SDKs/zig on the real host.
@Suite(
    "The SDK for Zig", .enabled(if: Fixture.isBuilt("sdk-zig"), "sdk-zig was not built: Scripts/build-guests sdk-zig"))
struct ZigSDKTests {
    private static let guest = SDKGuest(name: "sdk-zig")

    private static func with(
        _ change: (inout PluginSpec) -> Void = { _ in }, others: [String] = [],
        _ body: @Sendable (Site) async throws -> Void
    ) async throws {
        try await Self.guest.with(change, others: others, body)
    }

    @Test("decodes the configuration into a struct, and fails the start with a sentence where it does not fit")
    func configuration() async throws {
        try await Self.with { site async throws in
            #expect(try await site.get("/config").text == "Hello 3 b kept")
        }
        await Self.guest.expectRefusal(of: [
            ([:], "[config] greeting is missing: text is wanted"),
            (["greeting": 7], "[config] greeting: text is wanted"),
            (["greeting": "x", "count": 300], "[config] count: an integer from 0 to 255 is wanted"),
            (["greeting": "x", "tags": ["a", 1]], "[config] tags[1]: text is wanted"),
            (["greeting": "x", "tags": "a"], "[config] tags: an array is wanted"),
            (
                ["greeting": "x", "nested": ["depth": -1]],
                "[config] nested.depth: an integer from 0 to 65535 is wanted"
            ),
            (["greeting": "x", "nested": 1], "[config] nested: a table is wanted"),
            (
                ["greeting": "x", "strict": true, "greting": "y"],
                "[config] greting is no setting of this plugin; it has greeting, count, tags, missing, nested, strict"
            ),
            (
                ["greeting": "x", "strict": true, "nested": ["dept": 1]],
                "[config] nested.dept is no setting of this plugin; it has depth"
            ),
        ])
    }

    @Test("requests come as they were sent; answers carry status, headers and cookies; errors are answered 500")
    func requests() async throws {
        try await Self.with { site async throws in
            #expect(try await site.get("/hello/w%20%C3%A4").text == "Hello, w ä!\n")
            #expect(try await site.get("/hello/you").text == "Hello yourself\n")
            // The host prefers the literal, whichever was registered first.
            #expect(try await site.get("/ends").text == "the end")
            #expect(try await site.get("/ends/x").text == "rest x")
            for method in ["PUT", "PATCH", "DELETE"] {
                let answer = try await site.request(method, "/method")
                #expect(answer.text == method && answer.header("content-type") == "application/json")
            }
            let page = try await site.get("/page")
            #expect(page.header("content-type") == "text/html; charset=utf-8" && page.header("x-one") == "1")
            let away = try await site.get("/away")
            #expect(away.status == 303 && away.header("location") == "/elsewhere")
            // Names of a query are compared exactly.
            #expect(try await site.request("POST", "/show?Q=1", body: [1]).text.hasPrefix("/show  1 "))
            let shown = try await site.request(
                "POST", "/show?q=1&q=2", headers: ["Cookie": "a=1; b=\"two\""], body: [1, 2, 3])
            #expect(shown.text == "/show 1 2 two 3 true")
            let large = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            for _ in 0..<20 { #expect(try await site.request("POST", "/mirror", body: large).body == large) }
            #expect(try await site.request("POST", "/mirror", body: []).body.isEmpty)
            let cookies = try await site.get("/cookies")
            #expect(
                cookies.status == 201 && cookies.header("x-one") == "1" && cookies.all("set-cookie") == ["a=1", "b=2"])
            for path in ["/error", "/bad-header"] {
                let answer = try await site.get(path)
                #expect(answer.status == 500, "\(path)")
                // Which header cannot be sent is found by the plugin's call or, on another loop, after it.
                if path != "/bad-header" { #expect(answer.text == "internal error\n", "\(path)") }
            }
            #expect(site.world.log.lines.contains { "\($0.metadata)".contains("Secret") })
            // A panic ends the instance; the next request meets a fresh one.
            #expect(try await site.get("/panic").status == 500)
            #expect(site.world.log.lines.contains { $0.metadata["message"] == "in a handler" && $0.level == .critical })
            #expect(await eventually { (try? await site.get("/hello/x").status) == 200 })
        }
    }

    @Test("a deferred reply is sent by a later step, and ticks come")
    func later() async throws {
        try await Self.guest.expectLaterReplies()
    }

    @Test("WebSockets and event streams")
    func sockets() async throws {
        try await Self.with { site async throws in
            let first = try await WebSocketClient.open(site.address, "/chat/red")
            #expect(try await first.text() == "welcome to red")
            let second = try await WebSocketClient.open(site.address, "/chat/red")
            #expect(try await second.text() == "welcome to red")
            try await first.send("to all")
            #expect(try await first.text() == "to all")
            #expect(try await second.text() == "to all")
            try await first.send(WebSocketClient.Frame(2, [0, 255]))
            #expect(try await first.next() == WebSocketClient.Frame(2, [0, 255]))
            try await second.send("bye")
            #expect(try await second.next() == .close(4001, "as you wish"))
            await second.drop()
            await first.drop()
            #expect(await eventually { site.world.log.lines.filter { $0.message == "closed" }.count == 2 })
            let client = try await site.connect()
            try await client.send("GET /live/news HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n")
            #expect(try await client.text(until: "data: line").contains("event: greeting"))
            #expect(try await site.get("/listeners/news").text == "1")
            await client.close()
            #expect(await eventually { site.world.log.lines.contains { "\($0.metadata)".contains("/live/news") } })
        }
    }

    @Test("fetches whole answers and streams, passes streams on, and says why a fetch failed")
    func fetches() async throws {
        try await Self.guest.expectFetches(proxy: "zig")
    }

    @Test("files, SQL and random bytes")
    func storage() async throws {
        try await Self.with { site async throws in
            func lines(_ path: String) async throws -> [String] {
                try await site.get(path).text.split(separator: "\n").map(String.init)
            }
            let files = [
                "0123xy67 y67", "e.txt 8 600 false", "a true", "d true", "tmp/x- tmp/y-",
                "none NotFound fs_read: it does not exist (status 6)",
                "out Refused fs_read: the path is rejected (in a cell: the operation failed) (status 4)",
            ]
            #expect(try await lines("/files") == files)
            let sql = [
                "1 1", "3 3", "1 one 1.5", "2 two null", "3 three 3",
                "narrow Malformed sqlite_query: a column's number does not fit (status 3)",
                "batch Constraint sqlite_batch: constraint failed: UNIQUE constraint failed: t.id (1555) (status 13)",
                "1", "500500",
                "stream Refused sqlite_query_stream: SQL logic error: no such column: nonsense (1) (status 5)",
                "query Refused sqlite_query: SQL logic error: no such table: notes (1) (status 5)",
                "again Constraint sqlite_exec: constraint failed: UNIQUE constraint failed: t.id (1555) (status 13)",
            ]
            #expect(try await lines("/sql") == sql)
            #expect(try await lines("/others") == ["16", "many Refused entropy_read: the operation failed (status 5)"])
            #expect(site.world.log.lines.contains { $0.message == "a line" && $0.metadata["why"] == "so" })
        }
    }

    @Test("without the grants every call is refused with 99 and the line that is missing")
    func denied() async throws {
        let few = ["transport.http.inbound", "transport.ws.inbound", "transport.sse"]
        try await Self.with({ $0.capabilities = few }) { site async throws in
            let fetched = try await site.request("POST", "/fetch", body: Array("http://127.0.0.1/".utf8))
            #expect(
                fetched.text.hasPrefix("http_fetch: the manifest does not grant it; add \"transport.http.outbound\""))
            #expect(
                try await site.get("/files").text.contains("a NotGranted fs_mkdir_all: the manifest does not grant"))
            #expect(try await site.get("/sql").text.contains("\"storage.sqlite\" to capabilities (status 99)"))
            let docker = try await site.get("/docker").text.split(separator: "\n")
            #expect(docker.count == 16 && docker.allSatisfy { $0.hasSuffix("capabilities (status 99)") }, "\(docker)")
        }
    }

    @Test("bytes that are no envelope or no event are refused, and the plugin goes on")
    func hostile() async throws {
        try await Self.guest.expectHostileEvents()
    }
}
