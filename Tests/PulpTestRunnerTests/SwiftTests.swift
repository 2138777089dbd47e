import Foundation
import Pulp
import PulpBuild
import PulpManifest
import PulpTestRunner
import PulpTestSupport
import Testing

@Suite("Tests in Swift")
struct SwiftTests {
    private static let cases = SwiftBench.suite(
        """
        suite.timeout = .seconds(60)
        suite.before { host in host.get("/hello/before").expect(status: 200) }
        suite.test("passes", config: ["greeting": "Hi"]) { host in
            let answer = host.get("/hello/you")
            answer.expect(status: 200, text: .contains("Hi").and(.lacks("Ho")), headers: ["ETag": .absent])
            expect(answer.header("content-type") != nil)
            expect(host.post("/hello/you", .json(["a": nil])).status, is: 405)
            host.expect(noLogs: ["error"])
        }
        suite.test("text") { host in
            expect(host.get("/hello/x").text, is: "Hello, y!\\n")
        }
        suite.test("number") { host in
            expect(host.get("/nowhere").status, is: 200)
        }
        suite.test("answer") { host in
            host.get("/hello/x").expect(status: 200, text: .matches("^Ho"))
        }
        suite.test("json") { host in
            host.get("/hello/x").expect(json: ["a": nil])
        }
        suite.test("sentence") { host in
            print("so far so good")
            fail("never \\u{1b}[31m\\nmind")
        }
        suite.test("call") { host in
            host.get("hello")
        }
        suite.test("traps") { host in
            let none: [Int] = []
            expect(none[3], is: 1)
        }
        suite.test("pending") { host in
            _ = host.pending("GET", "/hello/x")
        }
        suite.test("later", skip: "not yet") { _ in fail("was run") }
        suite.startFails("start", with: "greeting", config: ["greeting": 1])
        suite.startFails("starts", with: "greeting")
        """)

    @Test("pass, or fail where their author wrote what does not hold, and say why")
    func outcomes() async throws {
        let module = try await SwiftBench.module("hello", ["a.swift": Self.cases])
        let report = try await SwiftBench.run("hello", module)
        #expect(
            report.results.map(\.name) == [
                "passes", "text", "number", "answer", "json", "sentence", "call", "traps", "pending", "later", "start",
                "starts",
            ])
        #expect(report.results.allSatisfy { $0.file == "tests/a.swift" })
        let failures = SwiftBench.failures(report)
        #expect(
            failures["text"] == [
                "tests/a.swift:14:11: expect", #"expected  "Hello, y!\n""#, #"got       "Hello, x!\n""#,
                "                  ^ differs from here",
            ])
        #expect(failures["number"] == ["tests/a.swift:17:11: expect", "expected  200", "got       404"])
        #expect(
            failures["answer"] == [
                "tests/a.swift:20:32: body", #"expected  text that matches "^Ho""#, #"got       "Hello, x!\n""#,
            ])
        #expect(failures["json"]?.first == "tests/a.swift:23:32: json")
        #expect(failures["json"]?.contains(#"expected  {"a": null}"#) == true)
        #expect(
            failures["sentence"] == [
                "tests/a.swift:27:9: never \\u{1b}[31m\\nmind", "printed:", "  so far so good",
            ])
        #expect(
            failures["call"] == [
                "tests/a.swift:30:13: the call cannot be made",
                "request is no method and path; write one such as \"GET /hello/world\"",
            ])
        #expect(failures["traps"]?.first?.hasSuffix(": the test's own code failed") == true)
        #expect(failures["traps"]?.contains { $0.contains("Index out of range") } == true)
        #expect(failures["pending"]?.contains("expected  no answer yet") == true)
        #expect(failures["starts"]?.first == "tests/a.swift:41:17: start_fails")
        #expect(failures.count == 9 && report.skippedCount == 1)
        // The same results in the formats for programs.
        #expect(report.text(.tap).contains("not ok 2 - tests/a.swift: text\n  ---\n"))
        #expect(report.text(.tap).contains("ok 10 - tests/a.swift: later # SKIP not yet\n"))
        #expect(report.text(.junit).contains("<testsuite name=\"tests/a.swift\" tests=\"12\" failures=\"9\""))
    }

    @Test("that go on for ever are ended, and the next one runs; a filter chooses by name")
    func spinning() async throws {
        let module = try await SwiftBench.module(
            "hello",
            [
                "b.swift": SwiftBench.suite(
                    "Spinning",
                    """
                    suite.timeout = .milliseconds(500)
                    suite.test("spins") { _ in while true {} }
                    """),
                "c.swift": SwiftBench.suite(
                    "Others",
                    """
                    suite.timeout = .seconds(60)
                    suite.test("greets") { host in host.get(path(of: "x")).expect(text: "Hello, x!\\n") }
                    suite.test("draws") { _ in fail("\\(UInt64.random(in: 0 ... .max))") }
                    """), "d.swift": "func path(of name: String) -> String { \"/hello/\\(name)\" }\n",
            ])
        let report = try await SwiftBench.run("hello", module)
        #expect(report.results.map(\.file) == ["tests/b.swift", "tests/c.swift", "tests/c.swift"])
        let failures = SwiftBench.failures(report)
        #expect(
            failures["spins"] == [
                "tests/b.swift:5:11: the test took longer than 500 ms and was ended",
                "suite.timeout = .seconds(...) allows more",
            ])
        #expect(failures["greets"] == nil)
        func drawn(_ seed: UInt64) async throws -> [String]? {
            let report = try await SwiftBench.run("hello", module) { ($0.seed, $0.filters) = (seed, ["draws"]) }
            #expect(report.results.map(\.name) == ["draws"])
            return SwiftBench.failures(report)["draws"]
        }
        #expect(try await drawn(1) == failures["draws"])
        #expect(try await drawn(2) != failures["draws"])
    }

    @Test("test plugins in other languages: sockets, fetches, breaking connections")
    func otherLanguages() async throws {
        let chat = try await SwiftBench.module(
            "chat",
            [
                "chat.swift": SwiftBench.suite(
                    """
                    suite.timeout = .seconds(60)
                    suite.test("says to everybody what one says") { host in
                        let ada = host.connect("/chat")
                        host.expect(messages: ["1 here"])
                        let grace = host.connect("/chat")
                        host.expect(messages: [MessageMatch("2 here", on: ada), MessageMatch("2 here", on: grace)])
                        ada.send("hello")
                        host.expect(messages: [MessageMatch("hello", on: ada), MessageMatch("hello", on: grace)])
                        expect(host.messages().count, is: 5)
                        grace.close()
                        grace.expectClosed()
                        host.expect(messages: [MessageMatch("1 here", on: ada)])
                    }
                    suite.test("has one room") { host in host.expectNoSocket("/elsewhere", status: 404) }
                    """)
            ])
        for isLive in [false, true] {
            let report = try await SwiftBench.run("chat", chat) { $0.isLive = isLive }
            #expect(SwiftBench.failures(report).isEmpty && report.results.count == 2, "live: \(isLive)")
        }
        let proxy = try await SwiftBench.module(
            "proxy",
            [
                "proxy.swift": SwiftBench.suite(
                    """
                    suite.timeout = .seconds(60)
                    suite.test("passes on", http: [FetchAnswer("GET http://127.0.0.1:9000/*", "from elsewhere")]) { host in
                        host.get("/some/page").expect(status: 200, text: "from elsewhere")
                        host.expect(fetches: ["GET http://127.0.0.1:9000/some/page"])
                        expect(host.fetches()[0].url, is: "http://127.0.0.1:9000/some/page")
                    }
                    suite.test("hangs up", http: [.failure("GET http://127.0.0.1:9000/*")]) { host in
                        host.get("/some/page").expect(status: 502)
                    }
                    suite.test("unexpected") { host in host.get("/p") }
                    """)
            ])
        let failures = SwiftBench.failures(try await SwiftBench.run("proxy", proxy))
        #expect(failures.count == 1)
        #expect(failures["unexpected"]?.first?.contains("unexpected fetch: GET http://127.0.0.1:9000/p") == true)
        #expect(failures["unexpected"]?.last?.hasPrefix("answer it: http: [FetchAnswer(") == true)
    }

    @Test("let time pass, restart the plugin, read its database and its log, and expect its crash")
    func timeAndStorage() async throws {
        let ticker = try await SwiftBench.module(
            "ticker",
            [
                "t.swift": SwiftBench.suite(
                    """
                    suite.timeout = .seconds(60)
                    suite.test("ticks") { host in
                        let stream = host.subscribe("/events")
                        host.advance(.seconds(2))
                        host.expect(events: [EventMatch(data: "1 1", on: stream), EventMatch(data: "2 1", event: "tick")])
                        host.expect(events: [])
                        stream.close()
                    }
                    suite.test("too long for a real host") { host in host.advance(.seconds(60)) }
                    """)
            ])
        #expect(SwiftBench.failures(try await SwiftBench.run("ticker", ticker)).isEmpty)
        let live = try await SwiftBench.run("ticker", ticker) { ($0.isLive, $0.filters) = (true, ["too long"]) }
        #expect(live.results.map(\.outcome) == [.skipped("--live would wait for 60 s; 10 s is the most")])
        let notes = try await SwiftBench.module(
            "notes",
            [
                "n.swift": SwiftBench.suite(
                    """
                    suite.timeout = .seconds(60)
                    suite.test("keeps") { host in
                        host.post("/notes", "buy milk").expect(status: 201)
                        host.restart()
                        host.expect(rows: [[1, "buy milk", nil]], of: "SELECT id, text, NULL FROM notes")
                        expect(host.rows(of: "SELECT id FROM notes") == [[1]])
                    }
                    suite.startFails("needs a database", with: "pulp_init", without: ["storage.sqlite"])
                    """)
            ])
        #expect(SwiftBench.failures(try await SwiftBench.run("notes", notes)).isEmpty)
        let uploads = try await SwiftBench.module(
            "uploads",
            [
                "f.swift": SwiftBench.suite(
                    """
                    suite.timeout = .seconds(60)
                    suite.test("stores") { host in
                        host.put("/files/a/b.txt", .bytes([104, 105])).expect(status: 204)
                        host.expect(files: ["a/b.txt": "hi", "c.txt": .absent])
                        expect(unwrap(host.file("a/b.txt")), is: [104, 105])
                        expect(host.file("c.txt") == nil)
                        host.put("/files/f.swift", .file("f.swift")).expect(status: 204)
                    }
                    suite.test("looks elsewhere") { host in expect(host.file("../../fetch") == nil) }
                    """)
            ])
        let stored = SwiftBench.failures(try await SwiftBench.run("uploads", uploads))
        // The sources of this test's module lie nowhere any more.
        #expect(stored["stores"]?.first == "tests/f.swift:10:13: the call cannot be made")
        #expect(
            stored["looks elsewhere"] == [
                "tests/f.swift:12:57: \"../../fetch\" is a name that leads out of the plugin's folder"
            ])
        #expect(
            stored["stores"]?.last?.hasPrefix("the file cannot be read; name one below the test file's folder") == true)
        let counter = try await SwiftBench.module(
            "counter",
            [
                "l.swift": SwiftBench.suite(
                    """
                    suite.timeout = .seconds(60)
                    suite.test("logs") { host in
                        host.get("/count").expect(text: "1\\n")
                        host.restart()
                        host.expect(logs: [LogMatch("stopped", level: "info", fields: ["count": "1"])])
                        expect(host.logs().contains { $0.message == "stopped" && $0.level == "info" })
                    }
                    """)
            ])
        #expect(SwiftBench.failures(try await SwiftBench.run("counter", counter)).isEmpty)
        let crashing = try await SwiftBench.module(
            "hello",
            [
                "x.swift": SwiftBench.suite(
                    """
                    suite.timeout = .seconds(60)
                    suite.test("crashes") { host in host.event("any") }
                    suite.test("expects it") { host in
                        host.expectCrash("unreachable") { expect(host.event("any") == nil) }
                    }
                    """)
            ])
        let spec = try Fixture.spec(
            wat: """
                (module (memory (export "memory") 2)
                  (func (export "pulp_alloc") (param i32) (result i32) (i32.const 1024))
                  (func (export "pulp_init") (param i32 i32) (result i32) (i32.const 0))
                  (func (export "pulp_shutdown") (result i32) (i32.const 0))
                  (func (export "pulp_step") (param i32 i32) (result i32) unreachable))
                """)
        let failures = SwiftBench.failures(try await SwiftBench.run(spec, crashing, .init()))
        #expect(failures.keys.sorted() == ["crashes"])
        #expect(failures["crashes"]?.first == "tests/x.swift:5:43: the plugin crashed")
    }

    @Test("see the plugin's own declarations, when it is in Swift")
    func units() async throws {
        let module = try await SwiftBench.module(
            "guestbook",
            [
                "u.swift": "@testable import Guest\nimport PulpGuest\n"
                    + SwiftBench.suite(
                        """
                        suite.test("is one") { _ in expect(HTML.escaped("<"), is: "&lt;") }
                        """)
            ])
        #expect(SwiftBench.failures(try await SwiftBench.run("guestbook", module)).isEmpty)
    }

    @Test("that are wrong come with the compiler's own words, or ours where it has none")
    func mistakes() async throws {
        let wrong = await #expect(throws: BuildError.self) {
            try await SwiftBench.build("hello", ["a.swift": SwiftBench.suite("suite.tset(\"a\") { _ in }")])
        }
        #expect(wrong?.code == .compiler)
        #expect(
            wrong?.compilerOutput.contains("a.swift:4:7: error: value of type 'Suite' has no member 'tset'") == true)
        let hidden = await #expect(throws: BuildError.self) {
            try await SwiftBench.build("hello", ["a.swift": "typealias Tests = PluginTests\nstruct A: Tests {}\n"])
        }
        #expect(hidden?.message.contains("a.swift speaks of PluginTests, and no suite is found in it") == true)
        let inner = SwiftBench.suite("") + "enum Others {\n    struct B: PluginTests {}\n}\n"
        let nested = await #expect(throws: BuildError.self) {
            try await SwiftBench.build("hello", ["a.swift": inner])
        }
        #expect(nested?.message.hasSuffix("move it out of what it is in: struct B: PluginTests {}") == true)
        let none = await #expect(throws: BuildError.self) {
            try await SwiftBench.build("hello", ["a.swift": "let a = 1\n"])
        }
        #expect(none?.message.contains("has no tests in Swift") == true)
        let module = try await SwiftBench.module(
            "hello",
            ["a.swift": SwiftBench.suite("suite.start = \"soon\"\nfor _ in 0..<2 { suite.test(\"\") { _ in } }")])
        let error = await #expect(throws: ManifestError.self) { try await module.files() }
        #expect(error?.diagnostics.first?.description.hasPrefix("tests/a.swift:5:") == true)
        #expect(error?.diagnostics.contains { $0.message.hasPrefix("the name is empty") } == true)
        #expect(error?.diagnostics.contains { $0.message.hasPrefix("start is a string") } == true)
    }
}
