import Foundation
import PulpManifest
import PulpTestSupport
import PulpWire
import Testing

@Suite("The proxy example")
struct ProxyTests {
    /// The example, with another upstream.
    private static func spec(upstream: String, allow: [String]) throws -> PluginSpec {
        let path = Fixture.root.appendingPathComponent("Examples/proxy/pulp.plugin.toml").path
        var spec = try Manifest.load(path: path, knownCapabilities: nil).spec
        spec.config = MessagePackWriter.encode { writer in
            writer.writeMapHeader(1)
            writer.writeString("upstream")
            writer.writeString(upstream)
        }
        spec.capabilitySections["http"] = [CapabilitySetting(name: "allow", value: .strings(allow))]
        return spec
    }

    @Test("passes on what its upstream answers, and says which line is missing when it may not ask")
    func passesOn() async throws {
        try await withSite([Fixture.spec("echo")]) { upstream async throws in
            let port = upstream.address.port ?? 0
            let url = "http://127.0.0.1:\(port)"
            try await withSite([Self.spec(upstream: url, allow: ["127.0.0.1:\(port)"])]) { site async throws in
                let connection = try await site.connect()
                try await connection.send("GET /echo/through HTTP/1.0\r\nHost: x\r\n\r\n")
                #expect(try await connection.response(hasBody: false).status == 200)
                await connection.close()
                let missing = try await site.connect()
                try await missing.send("GET /nothing HTTP/1.0\r\nHost: x\r\n\r\n")
                #expect(try await missing.response(hasBody: false).status == 404)
                await missing.close()
            }
            try await withSite([Self.spec(upstream: url, allow: [])]) { site async throws in
                let refused = try await site.get("/echo/through")
                #expect(refused.status == 502)
                #expect(refused.text.contains("add \"127.0.0.1:\(port)\" to allow in [http] of the manifest"))
            }
        }
    }
}
