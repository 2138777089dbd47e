import NIOCore
import NIOPosix
import PulpHTTPOutbound
import PulpTestSupport
import PulpTesting
import PulpWire
import Synchronization
import Testing

@Suite("http_fetch") struct FetchTests {
    @Test("brings status, headers and body, and sends what the guest said")
    func whole() async throws {
        try await withServer { request, answer in
            answer.reply(201, ["X-Method: \(request.method)", "content-type: text/x"], "got \(request.body.text)")
        } _: { server async throws in
            try await withHarness { harness async throws in
                let (status, response) = try await harness.fetch(
                    HTTPFetchRequest(
                        method: "put", url: "\(server.url)/a%20b?c=d#e", headers: ["X-One": "1", "Host": "evil.test"],
                        body: Array("hello".utf8)))
                #expect(status == 0)
                #expect(response?.id == 0)
                #expect(response?.status == 201)
                #expect(response?.body?.text == "got hello")
                #expect(response?.headers["X-Method"] == "PUT")
                #expect(response?.headers["Content-Type"] == "text/x")
                let request = try #require(server.requests.first)
                #expect(request.line == "PUT /a%20b?c=d HTTP/1.1")
                #expect(request.header("host") == "127.0.0.1:\(server.port)")
                #expect(request.header("x-one") == "1")
                #expect(request.header("content-length") == "5")
                #expect(request.header("user-agent") == "pulp")
                #expect(request.header("accept-encoding") == nil)
            }
        }
    }

    @Test("keeps its connections alive")
    func keepAlive() async throws {
        try await withServer { _, answer in
            answer.reply(200, [], "x")
        } _: { server async throws in
            try await withHarness { harness async throws in
                for _ in 0..<20 { #expect(try await harness.get(server.url).status == 0) }
                #expect(server.connectionCount == 1)
            }
        }
    }

    @Test("has each header's first value in the map, all in the list, and cookies one a line in the cell dialect")
    func repeatedHeaders() async throws {
        try await withServer { _, answer in
            answer.reply(200, ["Set-Cookie: a=1", "X-A: 1", "set-cookie: b=2", "x-a: 2"])
        } _: { server async throws in
            for (dialect, cookie) in [(PluginScope.Dialect.cell, "a=1\nb=2"), (.plugin, "a=1")] {
                try await withHarness(.fetching(dialect: dialect)) { harness async throws in
                    let reply = try await harness.query("http_fetch", HTTPFetchRequest(url: server.url))
                    let record = try unsafe MessagePackValue(decoding: reply.bytes.span.bytes)
                    let text = DiagnosticJSON.text(of: record).replacing("\\n", with: "\n")
                    #expect(text.contains(#""Set-Cookie":"\#(cookie)""#), "\(text)")
                    #expect(text.contains(#""X-A":"1""#))
                    #expect(text.contains(#"["Set-Cookie","b=2"]"#))
                    #expect(try reply.decoded(as: HTTPFetchResponse.self).headers.count == 5)
                }
            }
        }
    }

    @Test("leaves a compressed body as it is")
    func gzip() async throws {
        let body: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3]
        try await withServer { _, answer in
            answer.send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(body.count)\r\n\r\n")
            answer.send(body)
        } _: { server async throws in
            try await withHarness { harness async throws in
                let response = try await harness.get(server.url).response
                #expect(response?.body == body)
                #expect(response?.headers["Content-Encoding"] == "gzip")
            }
        }
    }

    @Test("puts a chunked body together, with 1xx answers before it")
    func chunked() async throws {
        try await withServer { _, answer in
            answer.send("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n")
            answer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
            answer.send("2;x=y\r\nde\r\n0\r\nX-Trailer: 1\r\n\r\n")
        } _: { server async throws in
            try await withHarness { harness async throws in
                let response = try await harness.get(server.url).response
                #expect(response?.status == 200)
                #expect(response?.body?.text == "abcde")
            }
        }
    }

    @Test("answers to HEAD, 204 and 304 have no body")
    func bodyless() async throws {
        try await withServer { request, answer in
            switch request.target {
            case "/head": answer.send("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n")
            case "/204": answer.send("HTTP/1.1 204 No Content\r\n\r\n")
            default: answer.send("HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n")
            }
        } _: { server async throws in
            try await withHarness { harness async throws in
                let head = try await harness.fetch(HTTPFetchRequest(method: "HEAD", url: server.url + "/head")).response
                #expect(head?.status == 200 && head?.body == [])
                #expect(try await harness.get(server.url + "/204").response?.status == 204)
                #expect(try await harness.get(server.url + "/304").response?.status == 304)
            }
        }
    }

    struct Misbehaviour: Sendable, CustomStringConvertible {
        let description: String
        let code: String
        var limits: [String: Int64] = [:]
        let script: TestServer.Script
    }

    static let misbehaviours: [Misbehaviour] = [
        Misbehaviour(description: "a truncated body", code: "broken") { _, answer in
            answer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
            answer.close()
        },
        Misbehaviour(description: "a truncated chunk", code: "broken") { _, answer in
            answer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab")
            answer.close()
        },
        Misbehaviour(description: "a reset in the body", code: "broken") { _, answer in
            answer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
            answer.reset()
        },
        Misbehaviour(description: "a close without an answer", code: "broken") { _, answer in answer.close() },
        Misbehaviour(description: "no HTTP at all", code: "invalid_answer") { _, answer in
            answer.send("220 mail.test ESMTP\r\n250 ok\r\n")
        },
        Misbehaviour(description: "a bad chunk size", code: "invalid_answer") { _, answer in
            answer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
        },
        Misbehaviour(description: "two lengths", code: "invalid_answer") { _, answer in
            answer.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd")
        },
        Misbehaviour(description: "a huge head", code: "invalid_answer") { _, answer in
            answer.send("HTTP/1.1 200 OK\r\nX-A: ")
            answer.flood()
        },
        Misbehaviour(description: "no answer at all", code: "timeout", limits: ["read_timeout_ms": 100]) { _, _ in },
        Misbehaviour(description: "an endless wait", code: "timeout", limits: ["max_timeout_ms": 100]) { _, _ in },
        Misbehaviour(description: "silence in the body", code: "timeout", limits: ["read_timeout_ms": 100]) {
            _, answer in
            answer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
        },
        Misbehaviour(description: "an endless body", code: "too_large", limits: ["max_body_bytes": 1_000_000]) {
            _, answer in
            answer.send("HTTP/1.1 200 OK\r\n\r\n")
            answer.flood()
        },
        Misbehaviour(
            description: "more than all calls may hold", code: "limit", limits: ["max_buffered_bytes": 1_000_000]
        ) {
            _, answer in
            answer.send("HTTP/1.1 200 OK\r\n\r\n")
            answer.flood()
        },
    ]

    @Test("tells a server's misbehaviour apart from the guest's own", arguments: misbehaviours)
    func misbehaving(_ misbehaviour: Misbehaviour) async throws {
        try await withServer(misbehaviour.script) { server async throws in
            try await withHarness(.fetching(limits: misbehaviour.limits)) { harness async throws in
                let reply = try await harness.query("http_fetch", HTTPFetchRequest(url: server.url))
                #expect(reply.status == 4)
                #expect(reply.isPairUntouched)
                let error = try await harness.lastError()
                #expect(error.code == misbehaviour.code, "\(error.message)")
                #expect(!error.message.isEmpty)
                // What is given up is closed, not left to the server.
                #expect(await eventually { server.openCount == 0 })
                #expect(try await harness.get("nonsense").status == 4)
                #expect(try await harness.lastError().code == "bad_request")
            }
        }
    }

    @Test("takes a body of the limit exactly, and not one byte more")
    func bodyLimit() async throws {
        try await withServer { request, answer in
            answer.reply(200, [], String(repeating: "x", count: Int(request.target.dropFirst()) ?? 0))
        } _: { server async throws in
            try await withHarness(.fetching(limits: ["max_body_bytes": 100_000])) { harness async throws in
                #expect(try await harness.get(server.url + "/100000").response?.body?.count == 100_000)
                #expect(try await harness.get(server.url + "/100001").status == 4)
                #expect(try await harness.lastError().code == "too_large")
            }
        }
    }

    @Test("ends a slow drip when its time is over")
    func drip() async throws {
        try await withServer { _, answer in
            answer.send("HTTP/1.1 200 OK\r\n\r\n")
            answer.channel.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(5)) { task in
                answer.channel.isActive ? answer.send("x") : task.cancel()
            }
        } _: { server async throws in
            try await withHarness { harness async throws in
                let status = try await harness.fetch(HTTPFetchRequest(url: server.url, timeout: 50_000_000)).status
                #expect(status == 4)
                #expect(try await harness.lastError().code == "timeout")
            }
        }
    }

    @Test("tells of a port where nobody listens, and of a name that does not exist")
    func unreachable() async throws {
        let server = try await TestServer.open { _, _ in }
        let url = server.url
        await server.close()
        try await withHarness { harness async throws in
            #expect(try await harness.get(url).status == 4)
            #expect(try await harness.lastError().code == "connect_failed")
            #expect(try await harness.get("http://nowhere.test/").status == 4)
            let error = try await harness.lastError()
            #expect(error.code == "name_not_found")
            #expect(error.message.contains("nowhere.test"))
        }
    }

    @Test("tries a host's addresses in turn, and connects to a new one when the old is gone")
    func addressesInTurn() async throws {
        try await withServer { _, answer in
            answer.reply(200, ["Connection: close"], "x")
            answer.close()
        } _: { server async throws in
            // Nobody listens at the first.
            let resolver = FakeResolver(["a.test": [["127.0.0.9", "127.0.0.1"]]])
            try await withHarness(.fetching(allow: ["a.test"]), .testing(resolver)) { harness async throws in
                #expect(try await harness.get(server.url(at: "a.test")).response?.body?.text == "x")
                #expect(try await harness.get(server.url(at: "a.test")).response?.body?.text == "x")
                #expect(resolver.questions == ["a.test"])
                #expect(server.requests.first?.header("host") == "a.test:\(server.port)")
            }
        }
    }

    @Test("sends a request again when the kept connection was closed under it, unless that could matter")
    func staleConnection() async throws {
        try await withServer { request, answer in
            // Each connection answers once; the second request on it is what a closing server does not see.
            if request.connection == 1, request.target == "/2" { return answer.close() }
            answer.reply(200, [], "x")
        } _: { server async throws in
            try await withHarness { harness async throws in
                #expect(try await harness.get(server.url + "/1").status == 0)
                #expect(try await harness.get(server.url + "/2").status == 0)
                #expect(server.connectionCount == 2)
            }
            try await withHarness { harness async throws in
                _ = try await harness.get(server.url + "/1")
                #expect(server.connectionCount == 3)
            }
        }
        try await withServer { _, answer in
            answer.close()
        } _: { server async throws in
            try await withHarness { harness async throws in
                let post = HTTPFetchRequest(method: "POST", url: server.url, body: [1])
                #expect(try await harness.fetch(post).status == 4)
                #expect(server.connectionCount == 1)
            }
        }
    }

    @Test("has as many calls waiting as the limit says; one more is refused and named")
    func callLimit() async throws {
        let asked = Counter()
        try await withServer { _, _ in
            asked.add()
        } _: { server async throws in
            try await withHarness(.fetching(limits: ["max_calls": 2])) { harness async throws in
                var waiting: [PulpTesting.PendingCall] = []
                for at in [1_024, 2_048, 3_072] {
                    let bytes = HTTPFetchRequest(url: server.url).encodedBytes()
                    try await harness.withGuest { $0.write(bytes, at: at) }
                    waiting.append(
                        try await harness.start("http_fetch", words: [UInt64(at), UInt64(bytes.count), 64, 68]))
                }
                #expect(waiting[2].result == 4)
                let error = try await harness.lastError()
                #expect(error.code == "limit")
                #expect(error.message.contains("max_calls in [limits.transport.http.outbound]"))
                #expect(harness.logs.lines.contains { $0.level == .warning && $0.metadata["code"] == "limit" })
                // A guest that is dropped in its calls leaves nothing behind: a connection on which nothing was asked yet
                // would be kept for the next call.
                #expect(await eventually { asked.count == 2 })
                try await harness.abandon()
                #expect(await eventually { server.openCount == 0 })
                #expect(await eventually { (try? await harness.get("http://nowhere.test/").status) == 4 })
                #expect(try await harness.lastError().code == "name_not_found")
            }
        }
    }

    @Test("never sends a part of the body or a header's value to the log")
    func secrets() async throws {
        try await withServer { _, answer in
            answer.close()
        } _: { server async throws in
            try await withHarness { harness async throws in
                _ = try await harness.fetch(
                    HTTPFetchRequest(
                        method: "POST", url: "\(server.url)/?token=hush", headers: ["Authorization": "hush"],
                        body: Array("hush".utf8)))
                #expect(!harness.logs.lines.contains { "\($0)".contains("hush") })
            }
        }
    }

    @Test("has statuses as the reference: 1 empty, 2 unreadable, 3 undecodable, 4 failed, 7 no room, 8 outside")
    func statuses() async throws {
        try await withServer { _, answer in
            answer.reply(200, [], "x")
        } _: { server async throws in
            try await withHarness { harness async throws in
                for name in ["http_fetch", "http_fetch_begin"] {
                    #expect(try await harness.query(name, [UInt8]()).status == 1)
                    #expect(try await harness.call(name, 2 << 20, 2, 64, 68) == 2)
                    #expect(try await harness.query(name, [0xc1]).status == 3)
                    #expect(try await harness.query(name, HTTPFetchRequest(url: "")).status == 4)
                    for (allocator, expected) in [(FakeGuest.Allocator.failing, 7), (.outOfRange, 8), (.pastEnd, 8)] {
                        try await harness.withGuest { $0.allocator = allocator }
                        let reply = try await harness.query(name, HTTPFetchRequest(url: server.url))
                        #expect(Int(reply.status) == expected)
                        #expect(reply.isPairUntouched)
                    }
                    try await harness.withGuest { $0.reset() }
                }
                // A stream whose number never reached the guest is closed.
                #expect(await eventually { (try? await harness.read(1).err) == "no such stream id 1" })
            }
        }
    }
}

private final class Counter: Sendable {
    private let value = Atomic<Int>(0)

    var count: Int { self.value.load(ordering: .relaxed) }

    func add() { self.value.add(1, ordering: .relaxed) }
}
