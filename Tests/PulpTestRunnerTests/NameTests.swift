import PulpTestRunner
import PulpTestSupport
import Testing

/// What steps call what others have opened.
@Suite("A name", .timeLimit(.minutes(2)))
struct NameTests {
    @Test("of an event stream stays its own when a request goes to the same path")
    func requestToStream() async throws {
        let report = try await Bench.run(
            "sse",
            """
            [[test]]
            name = "a"
            [[test.step]]
            subscribe = "/events"
            [[test.step]]
            request = "POST /events"
            [[test.step]]
            request = "POST /do/burst"
            body = "2"
            expect.events = [{ data = "1", stream = "/events" }, "2"]
            """)
        #expect(Bench.lines(report) == [])
    }

    @Test("of a WebSocket stays its own when a request goes to the same path")
    func requestToWebSocket() async throws {
        let report = try await Bench.run(
            "chat",
            """
            [[test]]
            name = "a"
            [[test.step]]
            connect = "/chat"
            expect.messages = ["1 here"]
            [[test.step]]
            request = "GET /chat"
            [[test.step]]
            send = "hello"
            on = "/chat"
            expect.messages = ["hello"]
            """)
        #expect(Bench.lines(report) == [])
    }

    @Test("of one request that waits is not given to another, which is told to take its own")
    func twoPending() async throws {
        let report = try await Bench.run(
            "later",
            """
            [[test]]
            name = "a"
            [[test.step]]
            request = "GET /hold"
            expect.pending = true
            [[test.step]]
            request = "GET /hold"
            expect.pending = true
            """)
        #expect(
            Bench.lines(report) == [
                #"t.toml:7:1: "GET /hold" is open already: a request"#,
                "give this one a name of its own, such as as = \"second\", or end the other before it",
            ])
    }

    @Test("of its own lets each of two requests to one path be answered")
    func twoNamed() async throws {
        let report = try await Bench.run(
            "later",
            """
            [[test]]
            name = "a"
            [[test.step]]
            request = "GET /hold"
            as = "first"
            expect.pending = true
            [[test.step]]
            request = "GET /hold"
            as = "second"
            expect.pending = true
            [[test.step]]
            request = "GET /hold"
            expect.pending = true
            [[test.step]]
            request = "GET /release"
            expect.body = "released"
            [[test.step]]
            answer = "second"
            expect.body = "0"
            [[test.step]]
            answer = "GET /hold"
            expect.body = "0"
            [[test.step]]
            answer = "first"
            expect = { status = 200, body = "0" }
            """)
        #expect(Bench.lines(report) == [])
    }

    @Test("of a request that waits does not stand in the way of one that is answered at once")
    func pendingAndAnswered() async throws {
        let report = try await Bench.run(
            "later",
            """
            [[test]]
            name = "a"
            [[test.step]]
            request = "GET /tick"
            as = "GET /release"
            expect.pending = true
            [[test.step]]
            request = "GET /release"
            expect.body = "released"
            [[test.step]]
            advance = "20ms"
            [[test.step]]
            answer = "GET /release"
            expect.body = "0"
            """)
        #expect(Bench.lines(report) == [])
    }

    @Test(
        "that leads to nothing, or to something else, is said with what is open",
        arguments: [
            ("answer = \"/events\"", "\"/events\" is an event stream, not a request"),
            ("send = \"x\"\non = \"/events\"", "\"/events\" is an event stream, not a WebSocket"),
            ("answer = \"/nothing\"", "nothing is open as \"/nothing\""),
            ("close = \"/nothing\"", "nothing is open as \"/nothing\""),
            ("send = \"x\"\non = \"/nothing\"", "nothing is open as \"/nothing\""),
        ])
    func misled(step: String, title: String) async throws {
        let report = try await Bench.run(
            "sse",
            """
            [[test]]
            name = "a"
            [[test.step]]
            subscribe = "/events"
            [[test.step]]
            subscribe = "/rooms/1"
            as = "room"
            [[test.step]]
            \(step)
            """)
        #expect(
            Bench.lines(report) == [
                "t.toml:9:1: \(title)", #"open are: "/events" (an event stream), "room" (an event stream)"#,
            ])
    }

    @Test("of what is closed is free, and a step that means what it was is told so")
    func closed() async throws {
        let report = try await Bench.run(
            "sse",
            """
            [[test]]
            name = "again"
            [[test.step]]
            subscribe = "/events"
            [[test.step]]
            close = "/events"
            expect.closed = "/events"
            [[test.step]]
            subscribe = "/events"
            [[test.step]]
            request = "POST /do/burst"
            body = "1"
            expect.events = ["1"]
            [[test]]
            name = "twice"
            [[test.step]]
            subscribe = "/events"
            [[test.step]]
            close = "/events"
            [[test.step]]
            close = "/events"
            [[test]]
            name = "never"
            [[test.step]]
            expect.closed = "/events"
            """)
        #expect(
            Bench.lines(report) == [
                "t.toml:21:1: \"/events\" is closed already", "open are: none", "t.toml:25:8: closed",
                "expected  \"/events\" to be closed", "got       nothing was opened under this name", "open are: none",
            ])
    }

    @Test("of a WebSocket that is closed goes to the next one, and the code of the first is not its own")
    func reconnected() async throws {
        let report = try await Bench.run(
            "chat",
            """
            [[test]]
            name = "a"
            [[test.step]]
            connect = "/chat"
            expect.messages = ["1 here"]
            [[test.step]]
            close = "/chat"
            code = 4001
            expect.closed = { on = "/chat", code = 4001 }
            [[test.step]]
            connect = "/chat"
            expect.messages = ["1 here"]
            [[test.step]]
            send = "hello"
            expect.messages = ["hello"]
            [[test.step]]
            expect.closed = "/chat"
            """)
        #expect(
            Bench.lines(report) == [
                "t.toml:17:8: closed", "expected  \"/chat\" to be closed", "got       it is open",
                #"open are: "/chat" (a WebSocket)"#,
            ])
    }

    @Test("tells whose message it is: the order on each WebSocket counts, not which was read first")
    func order() async throws {
        let steps = """
            [[test]]
            name = "%"
            [[test.step]]
            connect = "/chat"
            as = "ada"
            expect.messages = ["1 here"]
            [[test.step]]
            connect = "/chat"
            as = "ben"
            expect.messages = [{ text = "2 here", on = "ben" }, { text = "2 here", on = "ada" }]
            [[test.step]]
            send = "one"
            on = "ben"
            [[test.step]]
            send = "two"
            on = "ben"

            """
        let good = "expect.messages = [{text = 'one', on = 'ben'}, {text = 'two', on = 'ben'}, 'one', 'two']\n"
        let bad = "expect.messages = [{text = 'two', on = 'ben'}, {text = 'one', on = 'ben'}, 'one', 'two']\n"
        let tests = steps.replacing("%", with: "good") + good + steps.replacing("%", with: "bad") + bad
        let report = try await Bench.run("chat", tests)
        #expect(report.failureCount == 1)
        #expect(Bench.lines(report).first?.hasSuffix(": messages") == true)
        #expect(Bench.lines(report).contains("expected 4, got 4:"))
    }

    @Test("that a stream has is refused to the next stream, which does not end the first")
    func secondStream() async throws {
        let report = try await Bench.run(
            "sse",
            "[[test]]\nname = \"a\"\n[[test.step]]\nsubscribe = \"/events\"\n[[test.step]]\nsubscribe = \"/events\"\n")
        #expect(Bench.lines(report).first == #"t.toml:6:1: "/events" is open already: an event stream"#)
    }
}
