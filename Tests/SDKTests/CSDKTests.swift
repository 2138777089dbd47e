import Foundation
import PulpManifest
import PulpRuntime
import PulpSandbox
import PulpTestSupport
import PulpWire
import Synchronization
import Testing

/// The fixture `sdk-c`, which uses every function of `SDKs/c/pulp.h`, on the real host.
@Suite("The SDK for C")
struct CSDKTests {
    /// The fixture with other keys in its configuration, and other capabilities.
    static func spec(
        _ config: MessagePackValue? = nil, capabilities: [String]? = nil
    ) throws -> PluginSpec {
        var spec = try Fixture.spec("sdk-c")
        if let config { spec.config = config.encodedBytes() }
        if let capabilities { spec.capabilities = capabilities }
        return spec
    }

    static func withPlugin(
        _ spec: PluginSpec, _ body: @escaping @Sendable (Site) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder async throws in
            try await withSite([spec], storage: StorageRoot(path: folder), body)
        }
    }

    @Test("greets by the example")
    func example() async throws {
        let path = Fixture.root.appendingPathComponent("SDKs/c/example/pulp.plugin.toml").path
        let spec = try Manifest.load(path: path, knownCapabilities: nil).spec
        try await withSite([spec]) { site async throws in
            #expect(try await site.get("/hello/C").text == "Hello, C!\n")
        }
    }

    @Test("formats text, keeps memory, reads and writes records", arguments: ["text", "records"])
    func pure(part: String) async throws {
        try await Self.withPlugin(try Self.spec()) { site async throws in
            #expect(try await site.get("/\(part)").text == "ok", "the line of Tests/Fixtures/sdk-c/text.c")
        }
    }

    @Test("stores files and rows by every function", arguments: ["files", "sql"])
    func storage(part: String) async throws {
        try await Self.withPlugin(try Self.spec()) { site async throws in
            #expect(try await site.get("/\(part)").text == "ok", "the line of Tests/Fixtures/sdk-c/storage.c")
        }
    }

    @Test("reads typed values of its configuration")
    func configuration() async throws {
        try await Self.withPlugin(try Self.spec()) { site async throws in
            #expect(try await site.get("/config").text == "Grüße -7 0.5 3 1 2:one,two inner:99 absent 1")
        }
    }

    @Test(
        "does not start, and says which key, when the configuration holds another type",
        arguments: [
            (["mode": 3], "mode in [config] of the manifest is not a text"),
            (["mode": "listen", "address": true], "address in [config] of the manifest is not a text"),
            (["mode": "strict"], "needed is missing in [config] of the manifest"),
            (
                ["mode": "strict", "needed": 1, "neded": 2],
                "neded in [config] of the manifest is no setting of this plugin; it has mode, needed, port"
            ),
            (
                ["mode": "strict", "needed": 1, "port": 65_536],
                "port in [config] of the manifest is 65536, not from 1 to 65535"
            ),
        ] as [(MessagePackValue, String)])
    func wrongType(config: MessagePackValue, sentence: String) async throws {
        let spec = try Self.spec(config)
        let error = await #expect(throws: PluginError.self) { try await Self.withPlugin(spec) { _ in } }
        #expect(error?.message == "pulp_init returned 1: \(sentence)")
    }

    @Test("does not start, and names the capability, when a route is not granted")
    func routeNotGranted() async throws {
        let spec = try Self.spec(capabilities: [])
        let error = await #expect(throws: PluginError.self) { try await Self.withPlugin(spec) { _ in } }
        #expect(
            error?.message.hasSuffix(
                #"GET /text: the manifest does not list "transport.http.inbound" in capabilities"#) == true)
    }

    @Test("tells a handler everything about a request, what repeats too")
    func request() async throws {
        try await Self.withPlugin(try Self.spec()) { site async throws in
            let answer = try await site.request(
                "PUT", "/describe/a%20b/x/y?q=1&q=2&e=", headers: ["X-One": "first", "X-One": "second"],
                body: Array("{\"a\"}".utf8))
            #expect(answer.header("content-type") == "application/json")
            let object = try JSONSerialization.jsonObject(with: Data(answer.body))
            let json = try #require(object as? [String: Any])
            #expect(json["method"] as? String == "PUT" && json["path"] as? String == "/describe/a b/x/y")
            #expect(json["name"] as? String == "a b" && json["rest"] as? String == "x/y")
            #expect(json["none"] as? String == "" && json["absent"] as? Int == 1)
            #expect(json["q"] as? String == "1" && json["one"] as? String == "first")
            #expect(json["query"] as? [String] == ["q", "1", "q", "2", "e", ""])
            let headers = try #require(json["headers"] as? [String])
            #expect(headers.contains("first") && headers.contains("second"))
            #expect(json["body"] as? String == "{\"a\"}" && json["length"] as? Int == 5)
            #expect(json["host"] as? String == "pulp.test" && json["local"] as? Int == 1 && json["id"] as? Int == 1)
        }
    }

    @Test("prefers the more specific of two routes, and answers HEAD and other methods")
    func routes() async throws {
        try await Self.withPlugin(try Self.spec()) { site async throws in
            #expect(try await site.get("/describe/literal").text == "the literal")
            #expect(try await site.get("/describe/other").text.contains(#""name":"other""#))
            for method in ["PATCH", "DELETE"] {
                let answer = try await site.request(method, "/describe/n/r")
                #expect(answer.text.contains("\"method\":\"\(method)\""))
            }
            let purge = try await site.request("PURGE", "/describe/n")
            #expect(purge.text.contains(#""method":"PURGE""#))
            #expect(try await site.request("HEAD", "/describe/literal").status == 200)
            #expect(try await site.request("POST", "/describe/literal", body: []).text.contains("POST"))
        }
    }

    @Test("answers with headers, two of one name, and cookies")
    func headers() async throws {
        try await Self.withPlugin(try Self.spec()) { site async throws in
            let one = try await site.get("/headers")
            #expect(one.status == 201 && one.text == "<p>made</p>" && one.all("x-a") == ["1"])
            #expect(one.header("content-type") == "text/html; charset=utf-8")
            #expect(one.all("set-cookie") == ["a=1; HttpOnly", "b=2"])
            let two = try await site.get("/headers?repeat=1")
            #expect(two.all("x-a") == ["1", "2"] && two.header("content-type") == "text/html; charset=utf-8")
            let empty = try await site.get("/headers?empty=1")
            #expect(empty.status == 204 && empty.header("content-type") == nil && empty.body.isEmpty)
        }
    }

    @Test("answers later, at a tick; a second answer is refused")
    func later() async throws {
        try await Self.withPlugin(try Self.spec()) { site async throws in
            #expect(try await site.get("/wait").text == "later, at tick 1")
            #expect(try await site.get("/twice").text == "once")
            let messages = site.world.log.messages
            #expect(messages.contains("the second answer: the operation failed, answered: 1"))
        }
    }

    @Test("knows the time, draws random bytes, writes log lines with fields, and says goodbye")
    func others() async throws {
        let log = try await withTemporaryFolder { folder async throws in
            try await withSite([try Self.spec()], storage: StorageRoot(path: folder)) { site async throws in
                site.world.wallTime.store(1_700_000_000_000_000_001, ordering: .relaxed)
                #expect(try await site.get("/chance").text == "1700000000000000001 0 1")
                #expect(try await site.get("/log").text == "0 0 4")
                _ = try await site.plugin.shutdown()
                return site.world.log
            }
        }
        let lines = log.lines
        #expect(lines.contains { $0.message == "a line of 2" && $0.level == .warning })
        let fields = try #require(lines.first { $0.message == "with fields" })
        #expect(fields.level == .error && fields.metadata["count"] == "3" && fields.metadata["name"] == "x")
        #expect(lines.contains { $0.message == "goodbye" && $0.level == .notice })
    }

    @Test("calls what the manifest does not grant: every call answers 99, and none does anything")
    func refused() async throws {
        let spec = try Self.spec(["mode": "refused"], capabilities: ["transport.http.inbound"])
        try await Self.withPlugin(spec) { site async throws in
            let answer = try await site.get("/refused").text
            #expect(answer == "45 of 45", "\(site.world.log.messages)")
        }
    }

    @Test("listens on an address of its own, or says why not")
    func listening() async throws {
        let spec = try Self.spec(["mode": "listen", "address": "999.1.1.1:0"])
        let error = await #expect(throws: PluginError.self) { try await Self.withPlugin(spec) { _ in } }
        #expect(error?.message.contains("listening on 999.1.1.1:0 was refused (status") == true)
    }
}
