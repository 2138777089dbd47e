import Foundation
import Testing

@Suite("pulp step", .timeLimit(.minutes(15)))
struct StepTests {
    @Test("A request is answered without a socket, its parameters taken from the plugin's route")
    func request() async throws {
        let result = try await pulp(
            "step", Places.example("hello"), "--event", "http.request", "--payload", #"{"path": "/hello/you?x=1"}"#)
        #expect(result.code == 0)
        for words in [
            "plugin    hello 1.0.0", "result    0\n", "status 200", "Content-Type: text/plain", "Hello, you!",
        ] {
            #expect(result.output.contains(words), "\(words)")
        }
        #expect(result.output.contains(#/time      [0-9.]+ (us|ms|s) /#))
        #expect(result.output.contains(#/memory    [0-9.]+ (KiB|MiB)/#))
    }

    @Test("The payload may come from a file or standard input, and the body may be any bytes")
    func payloadSources() async throws {
        let text = #"{"method": "POST", "path": "/echo", "body": {"$bin": "c29tZSBieXRlcw=="}}"#
        let file = try Places.folder(["payload.json": Array(text.utf8)]).appending(path: "payload.json").path
        let fromFile = try await pulp(
            "step", Places.example("echo"), "--event", "http.request", "--payload", "@\(file)")
        let fromInput = try await pulp(
            "step", Places.example("echo"), "--event", "http.request", "--payload", "-", input: text)
        for result in [fromFile, fromInput] {
            #expect(result.code == 0)
            #expect(result.output.hasSuffix("\nsome bytes\n"))
        }
    }

    @Test("A route that is not there is a sentence that lists those that are")
    func noRoute() async throws {
        let result = try await pulp(
            "step", Places.example("hello"), "--event", "http.request", "--payload", #"{"path": "/nowhere"}"#)
        #expect(result.code == 1)
        #expect(
            result.error.hasSuffix(
                "pulp: no route of the plugin takes GET /nowhere; its routes: GET /hello/:name\n"))
    }

    @Test("Without an event there is an idle tick; a raw payload arrives as it is")
    func tickAndRaw() async throws {
        let tick = try await pulp("step", Places.fixture("heartbeat"))
        #expect(tick.code == 0)
        #expect(tick.output.contains("event     idle tick, 0 B\nresult    0\n"))
        let raw = try await pulp(
            "step", Places.fixture("canary"), "--raw", "--payload", "\u{1}", "--payload-format", "msgpack")
        #expect(raw.code == 0)
        #expect(raw.output.contains("event     raw payload, 1 B"))
    }

    @Test("A trap is a sentence with the guest's functions below, and exit code 1")
    func trap() async throws {
        let result = try await pulp("step", Places.fixture("trap-lines"), "--raw", "--payload", "1")
        #expect(result.code == 1)
        let lines = result.error.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines.first?.hasPrefix("pulp: plugin \"trap-lines\": the guest trapped: ") == true)
        #expect(lines.last?.hasPrefix("  at pulp_step ") == true)
    }

    @Test("A guest that does not end is ended at its deadline")
    func runaway() async throws {
        let result = try await pulp("step", Places.fixture("runaway"), "--event", "x")
        #expect(result.code == 1)
        #expect(result.error.contains("took longer than 0.2 seconds and was ended"))
    }

    @Test("A plugin that does not answer is told what its client would get")
    func noAnswer() async throws {
        let result = try await pulp(
            "step", Places.fixture("responder"), "--event", "http.request", "--payload", #"{"path": "/do/none"}"#)
        #expect(result.code == 0)
        #expect(result.output.contains("answer    none; the client would get 500 \"plugin did not respond\""))
        let later = try await pulp(
            "step", Places.fixture("later"), "--event", "http.request", "--payload", #"{"path": "/never"}"#)
        #expect(later.output.contains("the plugin called http_defer"))
    }

    @Test(
        "A payload that cannot be is refused before the plugin is started",
        arguments: [
            ("{", "the JSON is wrong at byte 1"), ("{\"path\": 1}", "this is no request"),
            ("@/no/file", "no such file"),
            ("[1]", "this is no request"),
        ])
    func badPayload(payload: String, words: String) async throws {
        let result = try await pulp(
            "step", Places.example("hello"), "--event", "http.request", "--payload", payload)
        #expect(result.code == 1)
        #expect(result.error.contains(words))
        #expect(!result.error.contains("ready to greet"))
    }
}
