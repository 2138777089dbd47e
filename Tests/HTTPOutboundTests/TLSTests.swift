import Foundation
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import PulpCapability
import PulpHTTPOutbound
import PulpListener
import PulpTestSupport
import PulpTesting
import PulpWire
import Testing

@Suite("Fetching over TLS") struct TLSTests {
    @Test("speaks HTTP/2 where the server offers it, knows the server by its name, and keeps the connection")
    func http2() async throws {
        try await withSecureServer { port, trust in
            let resolver = FakeResolver(["pulp.test": [["127.0.0.1"]]])
            try await withHarness(.fetching(allow: ["pulp.test"]), .testing(resolver, tls: trust)) {
                harness async throws in
                for _ in 0..<5 {
                    let request = HTTPFetchRequest(method: "POST", url: "https://pulp.test:\(port)/x", body: [1, 2])
                    let response = try await harness.fetch(request).response
                    #expect(response?.body?.text == "HTTP/2 pulp.test:\(port) 2")
                    // HTTP/2 has names in lower case; guests see them as over HTTP/1.
                    #expect(response?.headers["X-Answer"] == "yes")
                }
                let id = try #require(try await harness.begin("https://pulp.test:\(port)/large").response?.id)
                #expect(try await harness.readAll(id).count == 3_000_000)
                // Address checks hold for TLS as well, and by name.
                #expect(try await harness.get("https://127.0.0.1:\(port)/").status == 4)
                #expect(try await harness.lastError().code == "blocked")
            }
        }
    }

    @Test("refuses a server with another name, and one that nobody vouches for")
    func untrusted() async throws {
        try await withSecureServer { port, trust in
            let resolver = FakeResolver(["other.test": [["127.0.0.1"]], "pulp.test": [["127.0.0.1"]]])
            for (host, tls) in [("other.test", trust), ("pulp.test", nil)] {
                try await withHarness(.fetching(), .testing(resolver, tls: tls)) { harness async throws in
                    let url = "https://\(host):\(port)/"
                    #expect(try await harness.get(url).status == 4)
                    let error = try await harness.lastError()
                    #expect(error.code == "tls", "\(error.message)")
                }
            }
        }
    }

    @Test("gives up a handshake that does not go on, and a server that speaks no TLS")
    func handshakes() async throws {
        try await withServer { _, answer in
            answer.reply()
        } _: { server async throws in
            try await withHarness(.fetching(limits: ["connect_timeout_ms": 300])) { harness async throws in
                #expect(try await harness.get("https://127.0.0.1:\(server.port)/").status == 4)
                let error = try await harness.lastError()
                #expect(["timeout", "tls"].contains(error.code), "\(error.message)")
                #expect(await eventually { server.openCount == 0 })
            }
        }
    }

    @Test("a stream that the server sends in parts is read whole")
    func parts() async throws {
        try await withSecureServer { port, trust in
            let resolver = FakeResolver(["pulp.test": [["127.0.0.1"]]])
            try await withHarness(.fetching(allow: ["pulp.test"]), .testing(resolver, tls: trust)) {
                harness async throws in
                let id = try #require(try await harness.begin("https://pulp.test:\(port)/parts").response?.id)
                #expect(try await harness.readAll(id).count == 3_000_000)
            }
        }
    }
}

/// Answers what it was asked; `/large` and `/parts` in parts.
private final class SecureOwner: RouteOwner {
    let maxBodyBytes = 1_000_000

    func serve(_ exchange: HTTPExchange) {
        guard exchange.path != "/large", exchange.path != "/parts" else { return self.stream(exchange) }
        let text = "\(exchange.isHTTP2 ? "HTTP/2" : "HTTP/1") \(exchange.host) \(exchange.body.readableBytes)"
        exchange.respond(status: 200, headers: ["x-answer": "yes"], body: ByteBuffer(string: text))
    }

    private func stream(_ exchange: HTTPExchange) {
        do {
            try exchange.respondHead(status: 200, headers: [:])
        } catch {
            return exchange.abort()
        }
        for _ in 0..<30 { exchange.write(ByteBuffer(repeating: 0x78, count: 100_000)) }
        exchange.end()
    }
}

/// A server with a certificate for `pulp.test`, and a configuration that trusts it.
private func withSecureServer(_ body: (Int, TLSConfiguration) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "http-tls-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (chain, key) = (folder.appending(path: "cert.pem").path, folder.appending(path: "key.pem").path)
    let openssl = Process()
    openssl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    openssl.arguments = [
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
        "-subj", "/CN=pulp.test", "-addext", "subjectAltName=DNS:pulp.test", "-keyout", key, "-out", chain,
    ]
    openssl.standardError = FileHandle.nullDevice
    try openssl.run()
    openssl.waitUntilExit()
    try #require(openssl.terminationStatus == 0)
    let owner = SecureOwner()
    let routes = RouteTable()
    for method in ["GET", "POST"] { try routes.register(method: method, pattern: "/*rest", owner: owner) }
    let listener = try Listener(
        configuration: ListenerConfiguration(
            address: .tcp(host: "127.0.0.1", port: 0),
            tls: .init(certificateChainPath: chain, privateKeyPath: key)),
        routes: routes, group: MultiThreadedEventLoopGroup.singleton, logger: LogCollector().logger(), wallClock: { 0 })
    let address = try await listener.start()
    var trust = TLSConfiguration.makeClientConfiguration()
    trust.trustRoots = .file(chain)
    do {
        try await body(address?.port ?? 0, trust)
        _ = await listener.drain(deadline: .milliseconds(100))
    } catch {
        _ = await listener.drain(deadline: .milliseconds(100))
        throw error
    }
}
