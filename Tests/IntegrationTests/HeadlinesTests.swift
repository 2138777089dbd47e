import Foundation
import PulpManifest
import PulpSandbox
import PulpTestSupport
import PulpWire
import Synchronization
import Testing

@Suite("The headlines example")
struct HeadlinesTests {
    private static func spec(feed: String, allow: [String]) throws -> PluginSpec {
        var spec = try Fixture.spec("headlines")
        let config: MessagePackValue = ["feed": .string(feed), "seconds": 300]
        spec.config = config.encodedBytes()
        spec.capabilitySections["http"] = [CapabilitySetting(name: "allow", value: .strings(allow))]
        return spec
    }

    private static let feed = """
        <feed><title>The feed</title>
        <entry><title type="text">One &amp; two</title></entry>
        <entry><title><![CDATA[Three <b>&amp;</b>]]></title></entry>
        <entry><title>Four</title></entry><entry><title>unfinished
        """

    @Test("fetches a feed once, lists its titles, keeps them when the server fails, and passes the feed on")
    func headlines() async throws {
        try await withTemporaryFolder { folder async throws in
            try await withSite([Fixture.spec("uploads")], storage: StorageRoot(path: folder)) { server async throws in
                let address = "127.0.0.1:\(server.address.port ?? 0)"
                let spec = try Self.spec(feed: "http://\(address)/files/feed.xml", allow: [address])
                try await withSite([spec]) { site async throws in
                    #expect(try await site.get("/headlines").status == 502)
                    _ = try await server.request("PUT", "/files/feed.xml", body: Array(Self.feed.utf8))
                    #expect(try await site.get("/headlines").text == "One & two\nThree <b>&amp;</b>\nFour\n")
                    #expect(try await site.get("/headlines?count=1").text == "One & two\n")
                    // By HTTP/1.0, where the body ends with the connection and is not cut into chunks.
                    let passing = try await site.connect()
                    try await passing.send("GET /feed HTTP/1.0\r\nHost: x\r\n\r\n")
                    #expect(try await passing.text(until: "unfinished").contains(Self.feed))
                    await passing.close()
                    _ = try await server.request("DELETE", "/files/feed.xml")
                    #expect(try await site.get("/headlines?count=1").text == "One & two\n")
                    site.world.wallTime.store(WallClock.nanoseconds() + 600_000_000_000, ordering: .relaxed)
                    #expect(try await site.get("/headlines?count=1").text == "One & two\n")
                    let reasons = site.world.log.lines.map { $0.metadata["reason"] ?? "" }
                    #expect(reasons.contains { $0.contains("the feed's server says 404") })
                }
                try await withSite([Self.spec(feed: "http://\(address)/x", allow: [])]) { site async throws in
                    #expect(try await site.get("/headlines").status == 502)
                    let reasons = site.world.log.lines.map { $0.metadata["reason"] ?? "" }
                    #expect(reasons.contains { $0.contains("add \"\(address)\" to allow") })
                }
            }
        }
    }
}
