import Foundation
import PulpManifest
import PulpTestSupport
import PulpWire
import Testing

/// What makes a plugin's start fail, and how small guests are.
@Suite("The start of a plugin in Swift", .timeLimit(.minutes(3)))
struct SwiftSDKStartTests {
    /// The error of a start with these lines in place of the fixture's `[config]`; nil when it starts.
    private static func failure(
        config: String, capabilities: [String]? = nil
    ) async throws -> String? {
        try await withTemporaryFolder { folder async throws -> String? in
            let manifest = """
                name = "sdk-swift"
                version = "1.0.0"
                capabilities = ["transport.http.inbound", "transport.http.outbound", "transport.ws.inbound", "transport.sse"]
                [config]
                \(config)
                """
            let file = URL(filePath: folder).appending(path: "pulp.plugin.toml")
            try Data(manifest.utf8).write(to: file)
            let bytes = try Data(contentsOf: URL(filePath: Fixture.wasm("sdk-swift")))
            try bytes.write(to: URL(filePath: folder).appending(path: "plugin.wasm"))
            var spec = try Manifest.load(path: file.path, knownCapabilities: nil).spec
            if let capabilities { spec.capabilities = capabilities }
            do {
                try await withSite([spec]) { _ async throws in }
                return nil
            } catch {
                return String(describing: error)
            }
        }
    }

    @Test("gives every type of configuration, and defaults")
    func config() async throws {
        try await SwiftSDKTests.serve { site async throws in
            #expect(
                try await site.get("/config").text
                    == "everything 10 true - a+b 2.0 1 -2 http://onex3 http://twox5 http://threex3")
        }
    }

    @Test(
        "fails with a sentence that names the key and the type",
        arguments: [
            ("", "[config] name is missing: a string is wanted"),
            ("name = 3", "[config] name: a string is wanted, an integer is there"),
            ("name = \"x\"\nlimit = \"many\"", "[config] limit: an integer is wanted, a string is there"),
            ("name = \"x\"\nratio = true", "[config] ratio: a number is wanted, a boolean is there"),
            ("name = \"x\"\nratio = 1.5\non = 1", "[config] on: a boolean is wanted, an integer is there"),
            ("name = \"x\"\nratio = 1\ntags = [\"a\", 1]", "[config] tags[1]: a string is wanted, an integer is there"),
            ("name = \"x\"\nratio = 1\ntags = 1", "[config] tags: an array of strings is wanted, an integer is there"),
            (
                "name = \"x\"\nratio = 1\nupstream = {url = \"\"}\nmirrors = [1]",
                "[config] mirrors[0]: a table is wanted, an integer is there"
            ),
            ("name = \"x\"\nlimit = 101", "[config] limit: an integer from 0 to 100 is wanted"),
            (
                "name = \"x\"\nstrict = true\nlimt = 1",
                "[config] limt is no setting of this plugin; it has name, limit, ratio, on, tags, sizes, nickname, upstream"
            ),
            ("name = \"x\"\nratio = 1", "[config] upstream.url is missing: a string is wanted"),
            ("name = \"x\"\nratio = 1\nupstream = 1", "[config] upstream: a table is wanted"),
            (
                "name = \"x\"\nratio = 1\nupstream = {url = \"\"}\nmirrors = [{url = \"\"}, {url = 1}]",
                "[config] mirrors[1].url: a string is wanted, an integer is there"
            ),
            (
                "name = \"x\"\nratio = 1\nupstream = {url = \"\", retries = -1}",
                "[config] upstream.retries: 0 or more is wanted"
            ),
        ])
    func wrongConfig(config: String, sentence: String) async throws {
        let error = try #require(try await Self.failure(config: config))
        #expect(error.contains(sentence), "\(error)")
    }

    @Test("fails with a sentence when the host refuses a route, or grants nothing")
    func refusedRoutes() async throws {
        let good = "name = \"x\"\nratio = 1\nupstream = {url = \"\"}\n"
        #expect(try await Self.failure(config: good) == nil)
        let bad = try #require(try await Self.failure(config: good + "pattern = \"no-slash\""))
        #expect(bad.contains("the host refused the route GET no-slash"))
        let ungranted = try #require(
            try await Self.failure(config: good, capabilities: ["transport.ws.inbound", "transport.sse"]))
        #expect(ungranted.contains("routes need transport.http.inbound among the manifest's capabilities"))
    }

    @Test("is soon done: guests are small", arguments: [("hello", 40_000), ("guestbook", 120_000)])
    func size(name: String, limit: Int) throws {
        let size = try Data(contentsOf: URL(filePath: Fixture.wasm(name))).count
        #expect(size <= limit, "\(name) has \(size) bytes")
    }
}
