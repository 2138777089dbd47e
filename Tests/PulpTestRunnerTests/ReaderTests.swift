import PulpTestRunner
import Testing

@Suite("A file of tests with mistakes")
struct ReaderTests {
    @Test(
        "says where each is and what to do",
        arguments: [
            ("[[tests]]\nname = \"a\"\n", "t.toml:1:3: a test file has no key \"tests\"; did you mean \"test\"?"),
            ("[[test]]\nnmae = \"a\"\n", "t.toml:2:1: a test has no key \"nmae\"; did you mean \"name\"?"),
            ("[[test]]\nname = 1\n", "t.toml:2:8: name is an integer; write text, such as \"greets by name\""),
            (
                "[[test]]\nname = \"a\"\n[[test.step]]\nrequest = \"/x\"\n",
                "t.toml:4:1: request is no method and path; write one such as \"GET /hello/world\""
            ),
            (
                "[[test]]\nname = \"a\"\n[[test.step]]\nadvance = \"5 seconds\"\n",
                "t.toml:4:11: advance is no time; write a number with ms, s, m or h, such as \"250ms\" or \"5s\""
            ),
            (
                "[[test]]\nname = \"a\"\n[[test.step]]\nrequest = \"GET /\"\nexpect.statsu = 200\n",
                "t.toml:5:8: expect has no key \"statsu\"; did you mean \"status\"?"
            ),
            (
                "[[test]]\nname = \"a\"\n[[test.step]]\nadvance = \"1s\"\nexpect.status = 200\n",
                "t.toml:5:8: status can be expected after request, answer, subscribe, connect only; move or remove it"
            ),
            (
                "[[test]]\nname = \"a\"\n[[test.docker]]\ncall = \"docker_gte\"\n",
                "t.toml:4:1: there is no function \"docker_gte\" in spawn.docker; did you mean \"docker_get\"?"
            ),
            (
                "[[test]]\nname = \"a\"\n[[test]]\nname = \"a\"\n",
                "t.toml:4:1: another test has this name; give each test of a file its own"
            ),
            (
                "[[test]]\nname = \"a\"\n[[test.step]]\nrequest = \"GET /\"\nexpect.body.matches = \"(\"\n",
                "t.toml:5:13: matches is no regular expression; mend it; a backslash needs two in TOML's \"text\""
            ),
            (
                "[[test]]\nname = \"a\"\n[[test.step]]\nrequest = \"GET /\"\nfile = \"../../secret\"\n",
                "t.toml:5:1: the file cannot be read; name one below the test file's folder, of at most 16 MiB"
            ),
            (
                "[[test]]\nname = \"a\"\n[[test.step]]\nrequest = \"GET /\"\nheaders = { \"a\\r\\nb\" = \"c\" }\n",
                "t.toml:5:13: the header cannot be sent; write it without line breaks, and its name without spaces"
            ),
            (
                "[[test]]\nname = \"a\"\n[[test.step]]\nrequest = \"GET /\"\nas = \"b\"\n",
                "t.toml:5:1: as names a request for later steps, and this one is answered in its own; "
                    + "add expect.pending = true, or remove as"
            ),
            (
                "[[test]]\nname = \"a\"\n[[test.docker]]\ncall = \"docker_get\"\nanswer = {}\nbase64 = \"\"\n",
                "t.toml:6:1: both answer and base64 are there; keep one"
            ),
            (
                "[[test]]\nname = \"a\"\n[[test.docker]]\ncall = \"docker_get\"\nanswer = {}\nstatus = 4\n",
                "t.toml:5:1: a status other than 0 comes without an answer; remove answer"
            ),
            (
                "[[test]]\nname = \"a\"\n[[test.docker]]\ncall = \"docker_destroy\"\nanswer = {}\n",
                "t.toml:5:1: docker_destroy gives nothing but its status; remove answer"
            ),
            (
                "[[test]]\nname = \"a\"\n[[test.docker]]\ncall = \"docker_get\"\nanswer = 2026-01-01\n",
                "t.toml:5:10: the answer has a date without an offset; add the offset, such as Z"
            ),
            (
                "[[test]]\nname = \"a\"\n[[test.step]]\nrequest = \"POST /\"\njson = [nan]\n",
                "t.toml:5:8: json has a date, nan or inf, which JSON has not; write it as text"
            ),
            (
                "test = []\n",
                "t.toml:1:1: there is no test in this file; write one: [[test]], a name, and a [[test.step]]"
            ),
        ])
    func mistake(text: String, message: String) {
        #expect(Bench.mistakes(text).contains(message))
    }

    @Test("tells all of them at once")
    func all() {
        let text = "seed = \"x\"\n[[test]]\n[[test.step]]\nrequest = \"GET /\"\nsql = \"\"\n"
        #expect(Bench.mistakes(text).count == 3)
    }

    @Test("is refused in bounded time and words when it is hostile")
    func hostile() {
        let deep = "[[test]]\nname = \"a\"\nconfig.a = " + String(repeating: "[", count: 100_000)
        #expect(!Bench.mistakes(deep).isEmpty)
        let many = (0..<5_000).map { "k\($0) = 1\n" }.joined()
        #expect(Bench.mistakes(many).count <= 50)
        #expect(!Bench.mistakes(String(repeating: "a", count: 3 << 20)).isEmpty)
        #expect(!Bench.mistakes("").isEmpty)
        #expect(!Bench.mistakes("test = 1\nhttp = [1]\nsetup = \"x\"\n").isEmpty)
    }
}

@Suite("A test's host")
struct HostTests {
    @Test("runs the tests that a word chooses")
    func filter() async throws {
        let tests = "[[test]]\nname = \"one\"\n[[test]]\nname = \"two\"\n"
        let report = try await Bench.run("hello", tests) { $0.filters = ["tw"] }
        #expect(report.results.map(\.name) == ["two"])
    }

    @Test("leaves out, by name, what a real host cannot be made to do")
    func live() async throws {
        let tests = """
            [[test]]
            name = "long"
            [[test.step]]
            advance = "1h"
            [[test]]
            name = "event"
            [[test.step]]
            event = "any"
            [[test]]
            name = "no"
            live = false
            """
        let report = try await Bench.run("hello", tests) { $0.isLive = true }
        let outcomes = report.results.map(\.outcome)
        #expect(report.results.map(\.name) == ["long", "event", "no"])
        #expect(
            outcomes
                == [
                    .skipped("--live would wait for 3600 s; 10000 ms is the most"),
                    .skipped("--live has no event steps"), .skipped("live = false"),
                ].map { $0 as TestOutcome } || report.skippedCount == 3)
    }
}
