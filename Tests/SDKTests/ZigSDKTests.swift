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
    private static func with(
        _ change: (inout PluginSpec) -> Void = { _ in }, others: [String] = [],
        _ body: @Sendable (Site) async throws -> Void
    ) async throws {
        var spec = try Fixture.spec("sdk-zig")
        change(&spec)
        let specs = [spec] + (try others.map { try Fixture.spec($0) })
        try await withTemporaryFolder { folder in
            try await withSite(specs, storage: StorageRoot(path: folder), body)
        }
    }

    @Test("decodes the configuration into a struct, and fails the start with a sentence where it does not fit")
    func configuration() async throws {
        try await Self.with { site async throws in
            #expect(try await site.get("/config").text == "Hello 3 b kept")
        }
        let config: MessagePackValue = ["count": 300]
        let error = await #expect(throws: (any Error).self) {
            try await Self.with({ $0.config = config.encodedBytes() }) { _ async throws in }
        }
        #expect(error.map { "\($0)".contains("what came is not the record that it should be") } == true)
    }

    @Test("requests come as they were sent; answers carry status, headers and cookies; errors are answered 500")
    func requests() async throws {
        try await Self.with { site async throws in
            #expect(try await site.get("/hello/w%20%C3%A4").text == "Hello, w ä!\n")
            #expect(try await site.get("/hello/you").text == "Hello yourself\n")
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
            #expect(passed.contains("X-Proxy: zig\r\n") && passed.utf8.count { $0 == 0x78 } >= 1 << 20)
            await client.close()
            let blocked = try await post("/fetch", "http://10.0.0.1/")
            #expect(blocked.status == 502 && blocked.text.hasSuffix("|blocked|10.0.0.1:80"), "\(blocked.text)")
        }
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
            #expect(docker.count == 15 && docker.allSatisfy { $0.hasSuffix("capabilities (status 99)") }, "\(docker)")
        }
    }

    @Test("bytes that are no envelope or no event are refused, and the plugin goes on")
    func hostile() async throws {
        try await Self.with { site async throws in
            let event: [UInt8] = [0x82, 0xA4] + Array("kind".utf8)
            let payload: [UInt8] = [0xA7] + Array("payload".utf8)
            for bytes: [UInt8] in [
                [0xC1], [0xDF, 0xFF, 0xFF, 0xFF, 0xFF], [UInt8](repeating: 0x91, count: 100_000), event,
                event + [0xAC] + Array("http.request".utf8) + payload + [0x81, 0xA2, 0x69, 0x64],
                event + [0xA7] + Array("ws.open".utf8) + payload + [0xDD, 0xFF, 0xFF, 0xFF, 0xFF],
                event + [0xA3] + Array("new".utf8) + payload + [0xC0],
            ] {
                let count = (0..<4).map { UInt8(truncatingIfNeeded: bytes.count >> (8 * $0)) }
                let envelope = [UInt8](repeating: 0, count: 16) + count + bytes
                _ = try await site.plugin.call(.step(byteCount: envelope.count), bytes: envelope)
            }
            #expect(try await site.plugin.call(.step(byteCount: 3), bytes: [1, 2, 3]) == 1)
            #expect(try await site.get("/hello/x").text == "Hello, x!\n")
            #expect(site.plugin.availability == .ready)
        }
    }
}
