import PulpTestSupport
import PulpWire
import Synchronization
import Testing

/// The fixture `sdk-swift`, which uses everything of the SDK's core, on the real host.
@Suite("A plugin in Swift", .timeLimit(.minutes(3)))
struct SwiftSDKTests {
    static func serve(_ body: @Sendable (Site) async throws -> Void) async throws {
        try await withSite([Fixture.spec("sdk-swift")], body)
    }

    @Test("keeps its state from request to request")
    func state() async throws {
        try await Self.serve { site async throws in
            #expect(try await site.get("/visits/you").text == "Hello, you! (1)\n")
            #expect(try await site.get("/visits/me").text == "Hello, me! (2)\n")
        }
    }

    @Test("gets each request by the most specific pattern, also where a captured part holds a slash or no UTF-8")
    func routes() async throws {
        try await Self.serve { site async throws in
            #expect(try await site.get("/files/special").text == "special")
            #expect(try await site.get("/files/a/b%20c").text == "rest a/b c")
            #expect(try await site.get("/files/").text == "rest ")
            #expect(try await site.get("/x/y/pair").text == "y |")
            #expect(try await site.get("/visits/a%C3%A4").text == "Hello, aä! (1)\n")
            let odd = try await site.get("/visits/a%FFb")
            // The host may refuse such a path; the plugin takes it, repaired.
            #expect(odd.status == 400 || odd.text == "Hello, a\u{FFFD}b! (2)\n")
            let slash = try await site.get("/visits/a%2Fb")
            #expect(slash.status == 400 || slash.status == 404 || slash.text.hasPrefix("Hello, a/b!"))
            #expect(try await site.get("/nowhere").status == 404)
        }
    }

    @Test("serves every method, its own too, and HEAD by its GET route")
    func methods() async throws {
        try await Self.serve { site async throws in
            for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
                #expect(try await site.request(method, "/method").text == method)
            }
            #expect(try await site.request("REPORT", "/method").text == "own method")
            let head = try await site.request("HEAD", "/method")
            #expect(head.status == 200 && head.body.isEmpty && head.header("content-length") == "3")
            #expect(try await site.request("DELETE", "/echo").status == 405)
        }
    }

    @Test("reads path, query, headers, cookies, addresses, repeats included")
    func request() async throws {
        try await Self.serve { site async throws in
            let answer = try await site.request(
                "GET", "/request?q=1%20%22&q=two",
                headers: ["Accept": "a", "accept": "b", "Cookie": "them=x;theme=dark; other=1"])
            #expect(answer.header("content-type") == "application/json")
            #expect(
                answer.text == #"{"path":"/request","host":"pulp.test","isLocal":true,"q":"1 \"","all":["1 \"","two"],"#
                    + #""accept":["a","b"],"theme":"dark","them":"x","headers":3,"nothing":null}"#)
            let bare = try await site.get("/request")
            #expect(bare.text.contains(#""q":"none","all":[],"accept":[],"theme":"none""#))
        }
    }

    @Test("survives hundreds of headers, and gives bodies back byte by byte")
    func large() async throws {
        try await Self.serve { site async throws in
            let lines = (0..<90).map { "X-\($0): \($0)\r\n" }.joined()
            let connection = try await site.connect()
            try await connection.send("GET /request HTTP/1.1\r\nHost: x\r\n\(lines)Accept: 1\r\nAccept: 2\r\n\r\n")
            let answer = try await connection.response()
            #expect(answer.text.contains(#""accept":["1","2"]"#) && answer.text.contains(#""headers":92"#))
            await connection.close()
            let body = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            #expect(try await site.request("POST", "/echo", body: body).body == body)
            #expect(try await site.request("POST", "/echo", body: []).body.isEmpty)
        }
    }

    @Test("answers in every form")
    func answers() async throws {
        try await Self.serve { site async throws in
            let html = try await site.get("/answers/html")
            #expect(html.text == "<p>1</p>" && html.header("content-type") == "text/html; charset=utf-8")
            #expect(html.header("cache-control") == "no-store")
            let bytes = try await site.get("/answers/bytes")
            #expect(bytes.body == [0, 255] && bytes.header("content-type") == "application/x-two")
            #expect(try await site.get("/answers/status").status == 204)
            let redirect = try await site.get("/answers/redirect")
            #expect(redirect.status == 303 && redirect.header("location") == "/elsewhere")
            let headers = try await site.get("/answers/headers")
            #expect(headers.all("x-one") == ["1", "2"] && headers.all("set-cookie") == ["a=1; Path=/", "b=2"])
        }
    }

    @Test("tells the client of its own refusals, the log of the host's and of its faults, and goes on")
    func failures() async throws {
        try await Self.serve { site async throws in
            let own = try await site.get("/throws/own?what=coffee")
            #expect(own.status == 418 && own.text == "no coffee here\n")
            #expect(!site.world.log.messages.contains { $0.contains("coffee") })
            let host = try await site.get("/throws/host")
            #expect(host.status == 500 && host.text == "500 internal server error\n")
            #expect(site.world.log.messages.filter { $0.contains("the cellar is flooded (status 10)") }.count == 1)
            #expect(try await site.get("/throws/header").status == 500)
            #expect(try await site.get("/throws/status").status == 500)
            #expect(try await site.get("/twice").text == "first")
            #expect(try await site.get("/visits/you").text == "Hello, you! (1)\n")
        }
    }

    @Test("answers later, many at once, and nobody who has gone")
    func later() async throws {
        try await Self.serve { site async throws in
            let one = try await site.connect()
            try await one.send(HTTPConnection.bytes("GET", "/later"))
            let two = try await site.connect()
            try await two.send(HTTPConnection.bytes("GET", "/later"))
            var count = 0
            while count < 2 {
                count += Int(try await site.request("POST", "/now", body: Array("at last".utf8)).text) ?? 2
            }
            #expect(try await one.response().text == "at last")
            #expect(try await two.response().text == "at last")
            await one.close()
            await two.close()
        }
    }

    @Test("hands a fetched body on without touching it")
    func stream() async throws {
        try await withSite([Fixture.spec("echo")]) { upstream async throws in
            let port = upstream.address.port ?? 0
            var spec = try Fixture.spec("sdk-swift")
            spec.capabilitySections["http"] = [.init(name: "allow", value: .strings(["127.0.0.1:\(port)"]))]
            try await withSite([spec]) { site async throws in
                let connection = try await site.connect()
                let path = "/stream?url=http://127.0.0.1:\(port)/echo/through"
                try await connection.send("GET \(path) HTTP/1.0\r\nHost: x\r\n\r\n")
                let all = try await connection.text(until: "\r\n\r\n")
                #expect(all.hasPrefix("HTTP/1.1 200 ") && all.lowercased().contains("x-passed: on"))
                await connection.close()
                // Nobody listens there: the fetch fails, and with it the request.
                #expect(try await site.get("/stream?url=http://127.0.0.1:1/").status == 500)
            }
        }
    }

    @Test("numbers and dates its steps as the host does")
    func steps() async throws {
        try await Self.serve { site async throws in
            site.world.wallTime.store(1_700_000_000_000_000_000, ordering: .relaxed)
            let words = try await site.get("/step").text.split(separator: " ")
            #expect(words.count == 2 && words.last == "1700000000000000000")
        }
    }

    @Test("calls what is to be done at each tick in the order in which it was asked for")
    func ticks() async throws {
        try await Self.serve { site async throws in
            #expect(await eventually { (try? await site.get("/order").text) == "1 2 1 2" })
        }
    }

    @Test("without memory ends with a line that says so, and a fresh instance goes on")
    func exhausted() async throws {
        var spec = try Fixture.spec("sdk-swift")
        spec.limits.maxMemoryPages = 256
        try await withSite([spec]) { site async throws in
            #expect(try await site.get("/exhaust").status == 500)
            let line = site.world.log.lines.first { $0.message == "out of memory" }
            let bytes = line?.metadata["bytes"].flatMap { Int($0) } ?? 0
            #expect(line?.level == .critical && bytes >= 1 << 20)
            #expect(await eventually { (try? await site.get("/visits/you").text) == "Hello, you! (1)\n" })
        }
    }

    @Test("has all of String, though what deals with text of other runtimes is left out when it is linked")
    func strings() async throws {
        try await Self.serve { site async throws in
            #expect(try await site.get("/strings").text == Strings.all())
        }
    }
}
