import Foundation
import PulpManifest
import PulpSandbox
import PulpTestSupport
import PulpWire
import Testing

/// A guest that calls every wrapper of an SDK, and what the guests of several SDKs answer alike.
struct SDKGuest: Sendable {
    /// The folder below Tests/Fixtures.
    let name: String

    /// Serves the guest, with a change of its manifest and other plugins beside it.
    func with(
        _ change: (inout PluginSpec) -> Void = { _ in }, others: [String] = [],
        _ body: @Sendable (Site) async throws -> Void
    ) async throws {
        var spec = try Fixture.spec(self.name)
        change(&spec)
        let specs = [spec] + (try others.map { try Fixture.spec($0) })
        try await withTemporaryFolder { folder in
            try await withSite(specs, storage: StorageRoot(path: folder), body)
        }
    }

    /// Expects a start with each configuration to fail with the sentence beside it.
    func expectRefusal(of configurations: [(MessagePackValue, String)]) async {
        for (config, sentence) in configurations {
            let error = await #expect(throws: (any Error).self) {
                try await self.with({ $0.config = config.encodedBytes() }) { _ async throws in }
            }
            #expect(error.map { "\($0)".contains(sentence) } == true, "\(String(describing: error))")
        }
    }

    /// `/later` waits for `/release`, and `/ticks` counts ticks.
    func expectLaterReplies() async throws {
        try await self.with({ $0.ticks = .every(.milliseconds(10)) }) { site async throws in
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

    /// `/fetch`, `/read` and `/proxy` fetch the URL that is posted to them: whole, in parts, and to be passed on.
    func expectFetches(proxy: String) async throws {
        try await self.with(others: ["echo", "responder"]) { site async throws in
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
            #expect(passed.contains("X-Proxy: \(proxy)\r\n") && passed.utf8.count { $0 == 0x78 } >= 1 << 20)
            await client.close()
            let blocked = try await post("/fetch", "http://10.0.0.1/")
            #expect(blocked.status == 502 && blocked.text.hasSuffix("|blocked|10.0.0.1:80"), "\(blocked.text)")
            #expect(try await post("/fetch", "nonsense").text.contains("(status 4)|bad_request|"))
        }
    }

    /// Bytes that are no envelope or no event are refused, and `/hello/x` is greeted afterwards.
    func expectHostileEvents() async throws {
        try await self.with { site async throws in
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
