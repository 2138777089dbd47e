import Foundation
import Pulp
import PulpTestRunner
import PulpTestSupport
import Testing

/// That what should fail does.
@Suite("An expectation that does not hold", .timeLimit(.minutes(3)))
struct LookingTests {
    @Test("is looked for in each of several names that are to be closed")
    func closed() async throws {
        let report = try await Bench.run(
            "chat",
            """
            [[test]]
            name = "a"
            [[test.step]]
            connect = "/chat"
            as = "ada"
            [[test.step]]
            connect = "/chat"
            as = "ben"
            [[test.step]]
            close = "ada"
            expect.closed = ["ada", "ben"]
            """)
        #expect(Bench.lines(report).first == "t.toml:11:8: closed")
        #expect(Bench.lines(report).contains("got       it is open"))
    }

    @Test("is found in the lines that another expectation of the step has looked at")
    func logs() async throws {
        let report = try await Bench.run(
            "counter",
            """
            [[test]]
            name = "a"
            [[test.step]]
            restart = true
            expect = { logs = ["stopped"], no_logs = "stopped" }
            """)
        #expect(Bench.lines(report).first == "t.toml:5:32: no_logs")
    }

    @Test(
        "about a file is not taken for one that is not there",
        arguments: [
            ("letters", "a folder"), ("../data", "a name that leads out of the plugin's folder"),
            ("letters/ada.txt", "one of 8 bytes"),
        ])
    func files(name: String, got: String) async throws {
        let report = try await Bench.run(
            "uploads",
            """
            [[test]]
            name = "a"
            [[test.step]]
            request = "PUT /files/letters/ada.txt"
            body = "Dear Ada"
            expect.files = { "letters/ben.txt" = false, "\(name)" = false }
            """)
        #expect(
            Bench.lines(report) == ["t.toml:6:8: file \(name)", "expected  no such file", "got       \(got)"])
    }

    @Test("about a grant that the manifest does not list is a mistake of the test")
    func without() async throws {
        let report = try await Bench.run(
            "hello",
            "[[test]]\nname = \"a\"\nwithout = [\"storage.sqlit\"]\n[[test.step]]\nrequest = \"GET /hello/x\"\n")
        #expect(
            Bench.lines(report) == [
                "t.toml:1:1: without: the manifest does not grant \"storage.sqlit\"",
                "it grants transport.http.inbound",
            ])
    }

    @Test("is not hidden by an event that the plugin has not taken")
    func event() async throws {
        var spec = try Fixture.hostileSpec("trap-step")
        spec.restart = .never
        let report = try await Bench.run(
            spec,
            """
            [[test]]
            name = "a"
            [[test.step]]
            event = "any"
            expect.crash = "unreachable"
            [[test.step]]
            event = "any"
            [[test]]
            name = "b"
            [[test.step]]
            event = "any"
            expect.result = 0
            """)
        #expect(report.failureCount == 2)
        #expect(Bench.lines(report).first == "t.toml:7:1: the plugin did not take the event")
        #expect(Bench.lines(report).contains("t.toml:11:1: the plugin crashed"))
    }

    @Test("is found when an event comes to a plugin that is being started again")
    func restarting() async throws {
        let report = try await Bench.run(
            try Fixture.hostileSpec("trap-step"),
            """
            [[test]]
            name = "a"
            [[test.step]]
            event = "any"
            expect.crash = true
            [[test.step]]
            event = "any"
            [[test.step]]
            advance = "10s"
            """)
        #expect(Bench.lines(report).first == "t.toml:9:1: the plugin crashed")
    }

    @Test("is the crash of a guest that has taken too long, whatever its client was told")
    func timedOut() async throws {
        let report = try await Bench.run(
            "spinner", "[[test]]\nname = \"a\"\n[[test.step]]\nrequest = \"GET /spin\"\nexpect.status = 504\n")
        #expect(Bench.lines(report).first == "t.toml:4:1: the plugin crashed")
    }

    @Test("in rows tells a text with a 0 in it from one that ends there, and takes one statement")
    func rows() async throws {
        let report = try await Bench.run(
            "notes",
            """
            [[test]]
            name = "zero"
            [[test.step]]
            sql = "SELECT 'a' || char(0) || 'b'"
            expect.rows = [["a\\u0000b"]]
            [[test.step]]
            sql = "SELECT 'a' || char(0) || 'b'"
            expect.rows = [["a"]]
            [[test]]
            name = "two"
            [[test.step]]
            sql = "SELECT 1; SELECT 2"
            [[test]]
            name = "none"
            [[test.step]]
            sql = " -- nothing"
            [[test]]
            name = "one"
            [[test.step]]
            sql = "SELECT 1; -- and no more"
            expect.rows = [[1]]
            [[test]]
            name = "large"
            [[test.step]]
            sql = "SELECT zeroblob(100000000)"
            """)
        let lines = Bench.lines(report)
        #expect(report.failureCount == 4)
        #expect(lines.contains("t.toml:8:8: rows"))
        #expect(lines.contains("t.toml:12:1: sql: there is more than one statement; make a step of each"))
        #expect(lines.contains("t.toml:16:1: sql: there is no statement in it"))
        #expect(lines.contains("t.toml:25:1: sql: SQLite says: string or blob too big"))
    }

    @Test("is not made of a long text, or a strange one, on its way to the plugin")
    func json() async throws {
        let text = String(repeating: "x", count: 5_000)
        let report = try await Bench.run(
            "echo",
            """
            [[test]]
            name = "a"
            [[test.step]]
            request = "POST /echo"
            json = { text = "\(text)", "\\u0001 \\u007f \\u202e \\" \\\\" = [1, 1.5, -1e300, true] }
            expect.json = { text = "\(text)", "\\u0001 \\u007f \\u202e \\" \\\\" = [1, 1.5, -1e300, true] }
            """)
        #expect(Bench.lines(report) == [])
    }
}
