import Foundation
import PulpManifest
import PulpSandbox
import PulpTestSupport
import PulpWire
import Testing

/// The guest `sdk-rust` calls every wrapper of SDKs/rust on the real host.
@Suite(
    "The SDK for Rust",
    .enabled(if: Fixture.isBuilt("sdk-rust"), "sdk-rust was not built: Scripts/build-guests sdk-rust"))
struct RustSDKTests {
    static let guest = SDKGuest(name: "sdk-rust")

    static func with(
        _ change: (inout PluginSpec) -> Void = { _ in }, others: [String] = [],
        _ body: @Sendable (Site) async throws -> Void
    ) async throws {
        try await Self.guest.with(change, others: others, body)
    }

    @Test("its own tests, of what needs no host, pass on this machine")
    func unitTests() throws {
        let process = Process()
        process.executableURL = Fixture.root.appendingPathComponent(".vendor/rust-sdk/unit-tests")
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0 && text.contains("test result: ok"), "\(text)")
    }

    @Test("routes, parameters, queries, headers, cookies and bodies come as they were sent")
    func requests() async throws {
        try await Self.with { site async throws in
            #expect(try await site.get("/hello/w%20%C3%A4").text == "Hello, w ä! (1)\n")
            #expect(try await site.get("/hello/you").text == "Hello, you! (2)\n")
            // The host prefers the literal, whichever was registered first.
            #expect(try await site.get("/ends").text == "the end")
            #expect(try await site.get("/ends/x").text == "rest x")
            let shown = try await site.request(
                "POST", "/request/7/a/b?q=1&q=2", headers: ["X-Test": "x", "Cookie": "a=1; session=\"two\""],
                body: Array("[1,{\"a\":null}]".utf8))
            #expect(
                shown.text == #"{"id":7,"rest":"a/b","method":"POST","path":"/request/7/a/b","q":"1","all":"1+2","#
                    + #""header":"x","cookie":"two","host":"pulp.test","from":true,"body":[1,{"a":null}]}"#)
            #expect(shown.header("content-type") == "application/json")
            let wrong = try await site.request("POST", "/request/seven/x", body: Array("1".utf8))
            #expect(wrong.status == 400 && wrong.text == "`id` in the path cannot be `seven`\n")
            let json = try await site.request("POST", "/request/7/x", body: Array("[1".utf8))
            #expect(json.status == 400 && json.text.hasPrefix("no JSON: expected"), "\(json.text)")
            let bytes = try await site.request("POST", "/request/7/x", body: [0xff])
            #expect(bytes.status == 400 && bytes.text == "the body is not UTF-8\n")
        }
    }

    @Test("answers carry status, headers, cookies and bytes")
    func responses() async throws {
        try await Self.with { site async throws in
            let html = try await site.get("/response/html")
            #expect(html.text == "<p>" && html.header("content-type") == "text/html; charset=utf-8")
            let bytes = try await site.get("/response/bytes")
            #expect(bytes.body == [0, 255] && bytes.header("content-type") == "image/x-test")
            let away = try await site.get("/response/redirect")
            #expect(away.status == 303 && away.header("location") == "/elsewhere")
            let cookies = try await site.get("/response/cookies")
            #expect(cookies.status == 204)
            #expect(
                cookies.all("set-cookie") == [
                    "a=1; Path=/; HttpOnly; SameSite=Lax; Max-Age=60; Secure", "b=2; Path=/b",
                ])
            #expect(try await site.get("/cookie?value=b").status == 200)
            #expect(try await site.get("/cookie?value=b%3B+Domain%3Dx").status == 500)
            #expect(try await site.get("/response/twice").all("x-two") == ["1", "2"])
            let other = try await site.get("/response/other")
            #expect(other.status == 299 && other.all("x-one") == ["1"])
            #expect(try await site.get("/response/unsendable").status == 500)
        }
    }

    @Test("a handler's error is an answer or a line of the log, and a panic says where before it ends the instance")
    func failures() async throws {
        try await Self.with { site async throws in
            let own = try await site.get("/fail/own")
            #expect(own.status == 418 && own.text == "no coffee\n")
            let host = try await site.get("/fail/host")
            #expect(host.status == 500 && host.text == "500 internal server error\n")
            #expect(
                site.world.log.lines.contains {
                    $0.level == .error && $0.message == "fs_read: there is no such file or folder (missing)"
                })
            for (how, message) in [
                ("panic", "panic: as asked"),
                ("index", "panic: index out of bounds: the len is 2 but the index is 9"),
            ] {
                #expect(try await site.get("/fail/\(how)").status == 500)
                #expect(
                    site.world.log.lines.contains {
                        $0.level == .critical && $0.message == message && $0.metadata["at"]?.contains("lib.rs:") == true
                    }, "\(site.world.log.lines)")
                // A fresh instance: its state has begun again.
                #expect(await eventually { (try? await site.get("/hello/x").text) == "Hello, x! (1)\n" })
            }
        }
    }

    @Test("a deferred reply is sent by a tick")
    func later() async throws {
        try await Self.with { site async throws in
            #expect(try await site.get("/later").text == "in step 1")
        }
    }

    @Test("WebSockets open, talk to one and to many, and close")
    func sockets() async throws {
        try await Self.with { site async throws in
            let first = try await WebSocketClient.open(site.address, "/socket/red?q=1")
            #expect(try await first.text() == "room red 1")
            let second = try await WebSocketClient.open(site.address, "/socket/blue")
            #expect(try await second.text() == "room blue -")
            try await first.send("all")
            for client in [first, second] { #expect(try await client.text() == "to all") }
            try await first.send(WebSocketClient.Frame(2, [0, 255]))
            #expect(try await first.next() == WebSocketClient.Frame(2, [0, 255]))
            try await first.send("close")
            #expect(try await first.next() == .close(4_000, "as asked"))
            try await first.close(4_000)
            await second.drop()
            #expect(
                await eventually {
                    guard let heard = try? await site.get("/heard").text else { return false }
                    return heard.contains("failed 0") && heard.contains("closed 4000") && heard.contains("closed 65535")
                })
        }
    }

    @Test("event streams are subscribed to, emitted to and counted")
    func events() async throws {
        try await Self.with { site async throws in
            #expect(try await site.request("POST", "/emit", body: Array("early".utf8)).text == "0")
            let client = try await site.connect()
            try await client.send(
                "GET /live/a HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nLast-Event-ID: 6\r\n\r\n")
            #expect(await eventually { (try? await site.get("/heard").text) == "subscribed a 6" })
            #expect(try await site.request("POST", "/emit", body: Array("one\ntwo".utf8)).text == "1")
            let text = try await client.text(until: "data: two")
            #expect(text.contains("id: 7\n") && text.contains("event: news\n") && text.contains("data: one\n"))
            await client.close()
            #expect(await eventually { (try? await site.get("/heard").text.contains("unsubscribed /live/a")) == true })
        }
    }

    @Test("fetches whole answers and streams, passes streams on, and says why a fetch failed")
    func fetches() async throws {
        try await Self.with(others: ["echo", "responder"]) { site async throws in
            let base = "http://127.0.0.1:\(site.address.port ?? 0)"
            func post(_ how: String, _ url: String) async throws -> HTTPConnection.Response {
                try await site.request("POST", "/fetch/\(how)", body: Array(url.utf8))
            }
            #expect(try await post("whole", "\(base)/echo").text == "200 true application/octet-stream {\"n\":1}")
            #expect(try await post("whole", "\(base)/nothing").text.hasPrefix("404 false"))
            #expect(try await post("read", "\(base)/echo").text == "200 7")
            let big = try await site.get("/do/big").body.count
            #expect(try await post("parts", "\(base)/do/big").text == "\(big)")
            let client = try await site.connect()
            try await client.send(HTTPConnection.bytes("POST", "/fetch/pass", body: Array("\(base)/echo".utf8)))
            let passed = try await client.text(until: "\r\n0\r\n\r\n")
            #expect(passed.contains("X-Proxy: rust\r\n") && passed.contains("{\"n\":1}"), "\(passed)")
            await client.close()
            let blocked = try await post("error", "http://10.0.0.1/").text
            #expect(blocked.hasPrefix("4\nblocked\nhttp_fetch: the fetch failed: "), "\(blocked)")
            #expect(blocked.contains("10.0.0.1:80"))
            #expect(try await post("error", "nonsense").text.hasPrefix("4\nbad_request\n"))
        }
    }
}
