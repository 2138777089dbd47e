import NIOCore
import NIOPosix
import PulpEgress
import PulpHTTPOutbound
import PulpTestSupport
import PulpTesting
import PulpWire
import Testing

@Suite("Where a plugin may fetch") struct EgressTests {
    @Test(
        "hostile.md: a server of this machine is refused before a connection is made, and the refusal says what allows it"
    )
    func blocked() async throws {
        try await withServer { _, answer in
            answer.reply()
        } _: { server async throws in
            try await withHarness(.fetching(allow: [])) { harness async throws in
                for host in ["127.0.0.1", "[::ffff:127.0.0.1]", "[::1]"] {
                    let reply = try await harness.query(
                        "http_fetch", HTTPFetchRequest(url: server.url(at: host)))
                    #expect(reply.status == 4 && reply.isPairUntouched)
                    #expect(try await harness.lastError().code == "blocked")
                }
                _ = try await harness.get(server.url)
                let error = try await harness.lastError()
                #expect(error.allow == "127.0.0.1:\(server.port)")
                #expect(error.message.contains("add \"127.0.0.1:\(server.port)\" to allow in [http] of the manifest"))
                #expect(harness.logs.lines.contains { $0.level == .warning && $0.metadata["reason"] == error.message })
                #expect(server.connectionCount == 0)
            }
        }
    }

    @Test("hostile.md: spellings that resolvers take for an address are resolved and looked at")
    func spellings() async throws {
        let names = ["127.1", "2130706433", "0x7f000001", "0177.0.0.1", "localhost"]
        let resolver = FakeResolver(Dictionary(uniqueKeysWithValues: names.map { ($0, [["127.0.0.1"]]) }))
        try await withServer { _, answer in
            answer.reply()
        } _: { server async throws in
            try await withHarness(.fetching(allow: []), .testing(resolver)) { harness async throws in
                for name in names {
                    #expect(try await harness.get(server.url(at: name)).status == 4)
                    let code = try await harness.lastError().code
                    #expect(code == "blocked", "\(name)")
                }
                #expect(server.connectionCount == 0)
            }
        }
    }

    @Test("hostile.md: a name that resolves to another address later (DNS rebinding) does not lead there")
    func rebinding() async throws {
        try await withServer { _, answer in
            answer.reply(200, ["Connection: close"], "x")
        } _: { server async throws in
            // What was checked is what is connected to: the resolver is asked once for a connection, never twice.
            let resolver = FakeResolver(["a.test": [["127.0.0.1"], ["127.0.0.2"]]])
            try await withHarness(.fetching(allow: ["127.0.0.1"]), .testing(resolver)) { harness async throws in
                #expect(try await harness.get(server.url(at: "a.test")).response?.body?.text == "x")
                #expect(resolver.questions.count == 1)
            }
            let second = FakeResolver(["a.test": [["127.0.0.2"]]])
            try await withHarness(.fetching(allow: ["127.0.0.1"]), .testing(second)) { harness async throws in
                #expect(try await harness.get(server.url(at: "a.test")).status == 4)
                let error = try await harness.lastError()
                #expect(error.code == "blocked")
                #expect(error.allow == "a.test:\(server.port)")
            }
            #expect(server.connectionCount == 1)
        }
    }

    @Test("a name with good and bad addresses is connected to by the good ones only")
    func mixed() async throws {
        try await withServer { _, answer in
            answer.reply(200, [], "x")
        } _: { server async throws in
            let resolver = FakeResolver(["a.test": [["169.254.169.254", "10.0.0.1", "127.0.0.1"]]])
            try await withHarness(.fetching(allow: ["127.0.0.0/8"]), .testing(resolver)) { harness async throws in
                #expect(try await harness.get(server.url(at: "a.test")).status == 0)
            }
        }
    }

    @Test("a rule for a port opens that port, also on a connection that is known")
    func ports() async throws {
        try await withServer { _, answer in
            answer.reply(200, [], "one")
        } _: { one async throws in
            try await withServer { _, answer in
                answer.reply(200, [], "two")
            } _: { two async throws in
                let resolver = FakeResolver(["a.test": [["127.0.0.1"]]])
                try await withHarness(.fetching(allow: ["a.test:\(one.port)"]), .testing(resolver)) {
                    harness async throws in
                    #expect(try await harness.get(one.url(at: "a.test")).response?.body?.text == "one")
                    #expect(try await harness.get(two.url(at: "a.test")).status == 4)
                    #expect(try await harness.lastError().code == "blocked")
                    #expect(two.connectionCount == 0)
                }
            }
        }
    }

    @Test("`internet = false` leaves what is listed, and says so")
    func closedInternet() async throws {
        let resolver = FakeResolver(["public.test": [["8.8.8.8"]]])
        try await withHarness(.fetching(allow: ["api.test"], internet: false), .testing(resolver)) {
            harness async throws in
            #expect(try await harness.get("http://public.test/").status == 4)
            let error = try await harness.lastError()
            #expect(error.code == "blocked" && error.allow == "public.test:80")
            #expect(error.message.contains("only what is listed is open"))
        }
    }

    @Test("HTTP_FETCH_ALLOW opens for every plugin; what is malformed there is passed over and said")
    func environment() async throws {
        try await withServer { _, answer in
            answer.reply(200, [], "x")
        } _: { server async throws in
            let rules = "127.0.0.1:\(server.port), 10.0.0.0/99, *.x"
            try await withHarness(.fetching(allow: []), .testing(hostRules: rules)) { harness async throws in
                #expect(try await harness.get(server.url).status == 0)
                let lines = harness.logs.lines.filter { $0.message.contains("HTTP_FETCH_ALLOW") }
                #expect(lines.count == 2)
                #expect(lines.first?.metadata["reason"]?.contains("10.0.0.0/99") == true)
            }
        }
    }

    @Test("a malformed entry of the manifest fails the load and is named")
    func malformedManifest() async throws {
        let error = await #expect(throws: EgressRuleError.self) {
            _ = try await Harness(
                HTTPOutboundCapability.testing(), .fetching(allow: ["api.example.com", "10.0.0.0/99"]))
        }
        #expect(error?.description.contains("\"10.0.0.0/99\"") == true)
    }

    @Test("hostile.md: each redirect is checked again: host, address and scheme")
    func redirects() async throws {
        let resolver = FakeResolver(["inner.test": [["127.0.0.2"]], "meta.test": [["169.254.169.254"]]])
        try await withServer { request, answer in
            let target =
                switch request.target {
                case "/address": "http://127.0.0.2:1/"
                case "/name": "http://inner.test/"
                case "/meta": "http://meta.test/latest"
                case "/mapped": "http://[::ffff:10.0.0.1]/"
                case "/file": "file:///etc/passwd"
                case "/unix": "http+unix://%2Fvar%2Frun%2Fdocker.sock/"
                case "/backslash": "http://ok.test\\@127.0.0.2/"
                default: "//127.0.0.2/"
                }
            answer.reply(302, ["Location: \(target)"])
        } _: { server async throws in
            try await withHarness(.fetching(), .testing(resolver)) { harness async throws in
                for (path, code) in [
                    ("/address", "blocked"), ("/name", "blocked"), ("/meta", "blocked"), ("/mapped", "blocked"),
                    ("/relative", "blocked"), ("/file", "bad_request"), ("/unix", "bad_request"),
                    ("/backslash", "bad_request"),
                ] {
                    #expect(try await harness.get(server.url + path).status == 4)
                    let found = try await harness.lastError().code
                    #expect(found == code, "\(path)")
                }
            }
        }
    }

    @Test("hostile.md: redirects stop after ten, loops too")
    func redirectLoop() async throws {
        try await withServer { request, answer in
            let count = Int(request.target.dropFirst()) ?? 0
            count > 0 ? answer.reply(302, ["Location: /\(count - 1)"]) : answer.reply(200, [], "there")
        } _: { server async throws in
            try await withHarness { harness async throws in
                #expect(try await harness.get(server.url + "/10").response?.body?.text == "there")
                #expect(try await harness.get(server.url + "/11").status == 4)
                let error = try await harness.lastError()
                #expect(error.code == "redirects" && error.message == "stopped after 10 redirects")
            }
        }
        try await withServer { request, answer in
            answer.reply(307, ["Location: \(request.target)"])
        } _: { server async throws in
            try await withHarness { harness async throws in
                #expect(
                    try await harness.fetch(HTTPFetchRequest(method: "POST", url: server.url, body: [1])).status == 4)
                #expect(server.requests.count == 11)
                #expect(server.requests.allSatisfy { $0.method == "POST" && $0.body == [1] })
            }
        }
    }

    @Test("a redirect without an end of its body is followed at once")
    func endlessRedirect() async throws {
        try await withServer { request, answer in
            guard request.target != "/end" else { return answer.reply(200, [], "there") }
            answer.send("HTTP/1.1 302 Found\r\nLocation: /end\r\n\r\n")
            answer.flood()
        } _: { server async throws in
            try await withHarness { harness async throws in
                #expect(try await harness.get(server.url).response?.body?.text == "there")
                #expect(await eventually { server.openCount <= 1 })
            }
        }
    }

    @Test("credentials do not cross to another origin")
    func credentials() async throws {
        try await withServer { _, answer in
            answer.reply(200, [], "there")
        } _: { other async throws in
            let target = other.url(at: "127.0.0.1")
            try await withServer { _, answer in
                answer.reply(302, ["Location: \(target)"])
            } _: { server async throws in
                try await withHarness { harness async throws in
                    let request = HTTPFetchRequest(
                        url: server.url, headers: ["Authorization": "secret", "Cookie": "secret", "X-Kept": "1"])
                    #expect(try await harness.fetch(request).response?.body?.text == "there")
                    #expect(server.requests.first?.header("authorization") == "secret")
                    #expect(other.requests.first?.header("authorization") == nil)
                    #expect(other.requests.first?.header("cookie") == nil)
                    #expect(other.requests.first?.header("x-kept") == "1")
                }
            }
        }
    }

    @Test("the system's resolver is asked for names, and its answers are looked at")
    func systemResolver() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let addresses = try await SystemResolver().addresses(of: "localhost", on: loop).get()
        #expect(addresses.contains(.v4(0x7f00_0001)) || addresses.contains(.v6(1)))
        await #expect(throws: ResolutionError.self) {
            try await SystemResolver().addresses(of: "nowhere.invalid", on: loop).get()
        }
    }
}
