import NIOCore
import NIOPosix
import PulpManifest
import PulpTestSupport
import Synchronization
import Testing

@Suite("A guest that fetches") struct GuestTests {
    static func spec(dialect: ManifestDialect = .cell) throws -> PluginSpec {
        var spec = try Fixture.spec("fetcher")
        spec.dialect = dialect
        return spec
    }

    @Test("uses every import as the reference's guests do", arguments: [ManifestDialect.cell, .plugin])
    func imports(dialect: ManifestDialect) async throws {
        try await withServer { request, answer in
            answer.reply(203, [], "guest \(request.header("x-guest") ?? "") \(request.target)")
        } _: { server async throws in
            try await withSite([Self.spec(dialect: dialect)]) { site async throws in
                for path in ["/fetch", "/read"] {
                    let answer = try await site.request("POST", path, body: Array("\(server.url)/x".utf8))
                    #expect(answer.status == 203)
                    #expect(answer.body.text == "guest fetcher /x")
                }
                let failed = try await site.request("POST", "/fetch", body: Array("http://10.0.0.1/".utf8))
                #expect(failed.status == 502 && failed.body.text == "status 4")
                let last = try await site.get("/last").body.text
                #expect(last.contains("code=blocked\n") && last.contains("allow=10.0.0.1:80\n"), "\(last)")
                #expect(site.world.log.lines.contains { $0.level == .warning && $0.metadata["code"] == "blocked" })
            }
        }
    }

    @Test(
        "hostile.md: the host's own listener is an address like any other: what the manifest does not allow is refused")
    func internalRoute() async throws {
        var spec = try Self.spec()
        spec.capabilitySections["http"] = nil
        try await withSite([spec]) { site async throws in
            let url = "http://127.0.0.1:\(site.address.port ?? 0)/last"
            let answer = try await site.request("POST", "/fetch", body: Array(url.utf8))
            #expect(answer.status == 502)
            #expect(try await site.get("/last").body.text.contains("code=blocked"))
        }
    }

    @Test("passes a body on without its help, on the same loop and across loops", arguments: [1, 2, 4])
    func proxy(loops: Int) async throws {
        let body = String(repeating: "0123456789abcdef", count: 65_536)
        try await withServer { _, answer in
            answer.reply(206, [], body)
        } _: { server async throws in
            try await withSite([Self.spec()], loops: loops) { site async throws in
                for path in ["/proxy", "/proxy-later", "/proxy", "/proxy"] {
                    let client = try await StreamingClient.post(path, server.url, to: site.address)
                    #expect(await eventually { client.isEnded })
                    #expect(client.text.hasPrefix("HTTP/1.1 206 Partial Content\r\nX-Proxy: fetcher\r\n"))
                    #expect(client.count > body.utf8.count && client.count < body.utf8.count + 4_096)
                    await client.close()
                }
                // The connection goes on to its next request.
                let connection = try await site.connect()
                let head = "POST /proxy HTTP/1.1\r\nHost: x\r\nContent-Length: \(server.url.utf8.count)\r\n\r\n"
                try await connection.send(head + server.url + "GET /last HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(try await connection.response().status == 206)
                await connection.close()
            }
        }
    }

    @Test("gets 4 for a stream that is not there, and 5, and its stream closed, for a request that is not")
    func proxyStatuses() async throws {
        try await withServer { _, answer in
            answer.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
        } _: {
            server async throws in
            try await withSite([Self.spec()]) { site async throws in
                let unknown = try await site.request("POST", "/unknown", body: Array(server.url.utf8))
                #expect(unknown.body.text == "status 4")
                let nobody = try await site.request("POST", "/nobody", body: Array(server.url.utf8))
                #expect(nobody.body.text == "status 5")
                #expect(await eventually { server.openCount == 0 })
            }
        }
    }

    @Test("hostile.md: a client that does not read holds the server back, however much there is", arguments: [1, 2])
    func backPressure(loops: Int) async throws {
        let sent = SharedCount()
        try await withServer { _, answer in
            answer.send("HTTP/1.1 200 OK\r\n\r\n")
            StreamTests.flood(answer, sent)
        } _: { server async throws in
            try await withSite([Self.spec()], loops: loops) { site async throws in
                let client = try await StreamingClient.post("/proxy", server.url, to: site.address, isReading: false)
                var last = -1
                #expect(
                    await eventually {
                        defer { last = sent.value }
                        try? await site.world.group.next().scheduleTask(in: .milliseconds(100)) {}.futureResult.get()
                        return last == sent.value && last > 0
                    })
                #expect(sent.value < 64 << 20)
                // Once it reads, it goes on.
                try await client.read()
                #expect(await eventually { client.count > 100 << 20 })
                #expect(!client.isClosed)
                await client.close()
                #expect(await eventually { server.openCount == 0 })
            }
        }
    }

    @Test(
        "a body that breaks off ends the client's answer early; a client that goes ends the fetch", arguments: [1, 2])
    func eitherSideGoes(loops: Int) async throws {
        try await withServer { request, answer in
            answer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
            if request.target == "/break" { answer.close() }
        } _: { server async throws in
            try await withSite([Self.spec()], loops: loops) { site async throws in
                let first = try await StreamingClient.post("/proxy", server.url + "/break", to: site.address)
                #expect(await eventually { first.isClosed })
                #expect(!first.isEnded)
                let second = try await StreamingClient.post("/proxy", server.url + "/hold", to: site.address)
                #expect(await eventually { second.text.contains("abc") })
                await second.close()
                #expect(await eventually { server.openCount == 0 })
            }
        }
    }

    @Test("a plugin that stops in the middle ends both sides")
    func stopping() async throws {
        try await withServer { _, answer in
            answer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
        } _: { server async throws in
            try await withSite([Self.spec()]) { site async throws in
                let client = try await StreamingClient.post("/proxy", server.url, to: site.address)
                #expect(await eventually { client.text.contains("abc") })
                await site.plugin.close()
                #expect(await eventually { client.isClosed && server.openCount == 0 })
            }
        }
    }

    @Test("an instance that crashes takes the streams that it opened along, and those it passed on go on")
    func crashing() async throws {
        try await withServer { _, answer in
            answer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
        } _: { server async throws in
            try await withSite([Self.spec()]) { site async throws in
                let client = try await StreamingClient.post("/proxy", server.url, to: site.address)
                #expect(await eventually { client.text.contains("abc") })
                #expect(try await site.request("POST", "/begin-trap", body: Array(server.url.utf8)).status == 500)
                #expect(await eventually { server.openCount == 1 })
                #expect(!client.isClosed)
                await client.close()
                #expect(await eventually { server.openCount == 0 })
            }
        }
    }

    @Test("hostile.md: a guest that is ended at its deadline in a fetch leaves no connection")
    func deadline() async throws {
        var spec = try Self.spec()
        spec.limits.callTimeout = .milliseconds(500)
        try await withServer { _, _ in
        } _: { server async throws in
            try await withSite([spec]) { [spec] site async throws in
                #expect(spec.name == "fetcher")
                #expect(try await site.request("POST", "/fetch", body: Array(server.url.utf8)).status == 504)
                #expect(await eventually { server.openCount == 0 })
            }
        }
    }
}
