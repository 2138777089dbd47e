import Pulp
import PulpManifest
import PulpTestRunner
import PulpTestSupport
import Testing

@Suite("A test that fails")
struct FailureTests {
    @Test("shows where, what was expected, what came and where they part")
    func body() async throws {
        let report = try await Bench.run(
            "hello",
            "[[test]]\nname = \"a\"\n[[test.step]]\nrequest = \"GET /hello/x\"\nexpect.body = \"Hello, y!\\n\"\n")
        #expect(
            Bench.lines(report) == [
                "t.toml:5:8: body", #"expected  "Hello, y!\n""#, #"got       "Hello, x!\n""#,
                "                  ^ differs from here",
            ])
    }

    @Test("names the fetch that nobody has answered for, and it reaches no network")
    func fetch() async throws {
        let report = try await Bench.run(
            "proxy", "[[test]]\nname = \"a\"\n[[test.step]]\nrequest = \"GET /p?q=1\"\n")
        #expect(
            Bench.lines(report).first == "t.toml:4:1: unexpected fetch: GET http://127.0.0.1:9000/p?q=1"
                || Bench.lines(report).first == "t.toml:4:1: unexpected fetch: GET http://127.0.0.1:9000/p")
    }

    @Test("lists events side by side")
    func events() async throws {
        let report = try await Bench.run(
            "ticker",
            """
            [[test]]
            name = "a"
            [[test.step]]
            subscribe = "/events"
            [[test.step]]
            advance = "2s"
            expect.events = [{ event = "tick" }, { event = "tock" }]
            """)
        #expect(
            Bench.lines(report) == [
                "t.toml:7:8: events", "expected 2, got 2:", #"    { data = "1 1", event = "tick" } on "/events""#,
                #"  - { event = "tock" }"#, #"  + { data = "2 1", event = "tick" } on "/events""#,
            ])
    }

    @Test("fails alone when its plugin crashes, and the next one meets a fresh plugin")
    func crash() async throws {
        let spec = try Fixture.spec(wat: Self.trapping)
        let report = try await Bench.run(
            spec,
            """
            [[test]]
            name = "crashes"
            [[test.step]]
            event = "any"
            [[test]]
            name = "expects it"
            [[test.step]]
            event = "any"
            expect.crash = "unreachable"
            """)
        #expect(report.results.map(\.name) == ["crashes", "expects it"])
        #expect(report.failureCount == 1)
        #expect(Bench.lines(report).first == "t.toml:4:1: the plugin crashed")
    }

    @Test("is ended when it takes too long")
    func hang() async throws {
        let report = try await Bench.run(
            try Fixture.spec(wat: Self.spinning),
            "timeout = \"300ms\"\n[[test]]\nname = \"a\"\n[[test.step]]\nevent = \"any\"\n")
        #expect(Bench.lines(report).first == "t.toml:2:1: the test took longer than 300 ms and was ended")
    }

    @Test("says why the plugin does not start")
    func start() async throws {
        let report = try await Bench.run(
            "notes", "[[test]]\nname = \"a\"\nwithout = [\"storage.sqlite\"]\n[[test.step]]\nrequest = \"GET /notes\"\n"
        )
        #expect(Bench.lines(report).first == "t.toml:1:1: the plugin does not start")
    }

    private static let exports = """
        (memory (export "memory") 2)
        (func (export "pulp_alloc") (param i32) (result i32) (i32.const 1024))
        (func (export "pulp_init") (param i32 i32) (result i32) (i32.const 0))
        (func (export "pulp_shutdown") (result i32) (i32.const 0))
        """
    private static let trapping =
        "(module \(exports) (func (export \"pulp_step\") (param i32 i32) (result i32) unreachable))"
    private static let spinning =
        "(module \(exports) (func (export \"pulp_step\") (param i32 i32) (result i32) (loop (br 0)) (i32.const 0)))"
}

@Suite("What a report says")
struct ReportTests {
    private func report() -> TestReport {
        var report = TestReport()
        report.add(
            TestResult(file: "a<b>.toml", name: "x & \u{1}\"y\" # z", outcome: .passed, duration: .milliseconds(5)))
        report.add(TestResult(file: "a<b>.toml", name: "later", outcome: .skipped("not\nyet"), duration: .zero))
        return report
    }

    @Test("in XML holds no character that XML has not")
    func junit() {
        let text = self.report().text(.junit)
        #expect(text.contains("name=\"x &amp; \\u{1}&quot;y&quot; # z\""))
        #expect(text.contains("<skipped message=\"not&#10;yet\"/>"))
        #expect(text.contains("a&lt;b&gt;.toml"))
        #expect(text.unicodeScalars.allSatisfy { $0.value >= 0x20 || $0 == "\n" })
    }

    @Test("in TAP is one line for a test, whatever its name")
    func tap() {
        let lines = self.report().text(.tap).split(separator: "\n")
        #expect(lines.count == 4)
        #expect(lines[0] == "TAP version 13" && lines[1] == "1..2")
        #expect(lines[2].hasPrefix("ok 1 - a<b>.toml: x & ") && lines[2].hasSuffix("\\# z"))
        #expect(lines[3].hasPrefix("ok 2 - a<b>.toml: later # SKIP not"))
    }

    @Test("ends with how many passed, failed and were skipped")
    func summary() {
        #expect(self.report().text(.text).hasSuffix("\n1 passed, 0 failed, 1 skipped\n"))
    }
}
