import Foundation
import Pulp
import PulpTestSupport
import Testing

@testable import PulpTestRunner

@Suite("A test that would go on for ever", .timeLimit(.minutes(3)))
struct BoundTests {
    /// Enough for a busy machine to start a plugin.
    private static let limit = "timeout = \"6s\"\n"
    private static let ended = [
        "t.toml:2:1: the test took longer than 6000 ms and was ended", "it was at the step at t.toml:5:1",
        "timeout = \"...\" at the top of the file allows more",
    ]

    @Test("in a regular expression that backtracks is ended, and says at which step it was")
    func expression() async throws {
        let text = String(repeating: "a", count: 40)
        let report = try await Bench.run(
            "hello",
            "\(Self.limit)[[test]]\nname = \"a\"\n[[test.step]]\nrequest = \"GET /hello/\(text)\"\n"
                + "expect.body.matches = \"(a+)+b\"\n")
        #expect(Bench.lines(report) == Self.ended)
    }

    @Test("in a guest is ended, however long the guest may take")
    func guest() async throws {
        var spec = try Fixture.spec("spinner")
        spec.limits.callTimeout = .seconds(600)
        let report = try await Bench.run(
            spec, "\(Self.limit)[[test]]\nname = \"a\"\n[[test.step]]\nrequest = \"GET /spin\"\n")
        #expect(Bench.lines(report) == Self.ended)
    }

    @Test("in an expression or in SQL looks at the clock itself, for it keeps the thread")
    func clockOfItsOwn() async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/data.db"
            try Data().write(to: URL(filePath: path))
            let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
            TestTime.$end.withValue(ContinuousClock.now + .milliseconds(50)) {
                #expect(!RegularExpression.finds("(a+)+b", in: String(repeating: "a", count: 40)))
                #expect(throws: DatabaseReader.Problem.self) { try DatabaseReader(path: path).rows(endless) }
                #expect(TestTime.isOver)
            }
        }
    }

    @Test("because its guest sleeps is told what to do, and goes on when time passes")
    func sleep() async throws {
        let report = try await Bench.run(
            "wasi-caller",
            """
            [[test]]
            name = "waits"
            [[test.step]]
            request = "GET /sleep/1000"
            [[test]]
            name = "lets time pass"
            [[test.step]]
            request = "GET /sleep/1000"
            expect.pending = true
            [[test.step]]
            advance = "999ms"
            [[test.step]]
            expect.logs = []
            [[test.step]]
            advance = "1ms"
            [[test.step]]
            answer = "GET /sleep/1000"
            expect.body = "1"
            [[test]]
            name = "ends meanwhile"
            [[test.step]]
            request = "GET /sleep/1000"
            expect.pending = true
            """)
        #expect(
            Bench.lines(report) == [
                "t.toml:4:1: the plugin does not answer: it sleeps until time passes",
                "expect.pending = true, then advance = \"1s\", then answer = \"GET /sleep/1000\" waits for it",
            ])
    }

    @Test("because an event's step sleeps goes on, and the step has no result yet")
    func event() async throws {
        let report = try await Bench.run(
            try Fixture.hostileSpec("sleep-step"),
            """
            [[test]]
            name = "goes on"
            [[test.step]]
            event = "any"
            [[test.step]]
            advance = "1h"
            [[test.step]]
            event = "any"
            expect.result = 0
            """)
        #expect(
            Bench.lines(report) == [
                "t.toml:9:8: result", "expected  0", "got       nothing yet: it waits for time to pass",
            ])
    }

    @Test("because an answer does not end is told so")
    func stream() async throws {
        let report = try await Bench.run(
            "sse",
            "[[test]]\nname = \"a\"\n[[test.step]]\nrequest = \"GET /events\"\nheaders = { Accept = \"text/event-stream\" }\n"
        )
        #expect(Bench.lines(report).first == "t.toml:4:1: the answer does not end")
        #expect(Bench.lines(report).last == "an event stream is read with subscribe = \"/path\"")
    }

    @Test("with thousands of steps takes as long as they take")
    func steps() async throws {
        let steps = String(repeating: "[[test.step]]\nadvance = \"1ms\"\nexpect.events = []\n", count: 5_000)
        let report = try await Bench.run("hello", "timeout = \"2m\"\n[[test]]\nname = \"a\"\n\(steps)")
        #expect(Bench.lines(report) == [])
        // Ended in the middle, it does not go through the rest.
        let ended = try await Bench.run("hello", "timeout = \"50ms\"\n[[test]]\nname = \"a\"\n\(steps)")
        #expect(ended.failureCount == 1)
    }

    @Test("of the clock is refused where no clock goes on")
    func clock() async throws {
        let steps = String(repeating: "[[test.step]]\nadvance = \"8760h\"\n", count: 31)
        let report = try await Bench.run(
            "wasi-caller",
            "start = 2200-01-01T00:00:00Z\n[[test]]\nname = \"a\"\n\(steps)")
        #expect(Bench.lines(report) == ["t.toml:65:1: more than 30 years pass in this test; let less pass"])
        let late = try await Bench.run(
            "wasi-caller",
            """
            start = 2200-01-01T00:00:00Z
            [[test]]
            name = "a"
            [[test.step]]
            advance = "8760h"
            [[test.step]]
            request = "GET /clock"
            expect.body = "7289654400000000000"
            """)
        #expect(Bench.lines(late) == [])
    }

    @Test("shows of what is large what can be read")
    func large() async throws {
        let report = try await Bench.run(
            "responder",
            "[[test]]\nname = \"a\"\n[[test.step]]\nrequest = \"GET /do/big\"\nexpect.body = \"small\"\n")
        let text = report.text(.text)
        #expect(report.failureCount == 1 && text.contains("bytes in all"))
        #expect(text.utf8.count < 10_000)
        #expect(report.text(.junit).utf8.count < 10_000 && report.text(.tap).utf8.count < 10_000)
    }

    @Test("in the nesting of its values is refused", arguments: ["[", "{ a = ", "a."])
    func nesting(part: String) {
        let value = String(repeating: part, count: 50_000)
        let step = part == "a." ? "\(value)b = 1" : "config.a = \(value)"
        #expect(!Bench.mistakes("[[test]]\nname = \"a\"\n\(step)\n").isEmpty)
    }
}
