import Foundation
import Testing

@Suite("pulp call", .timeLimit(.minutes(15)))
struct CallTests {
    @Test(
        "A function of a plugin answers, in Swift and in C",
        arguments: ["sdk-swift", "sdk-c"],
        [
            ("add", #"{"a": 40, "b": 2}"#, "42"), ("greet", #"{"name": "you"}"#, #""Hello, you!""#),
            ("echo", #"[1, "two", {"three": null}]"#, #"[1,"two",{"three":null}]"#),
        ])
    func answers(plugin: String, call: (name: String, arguments: String, answer: String)) async throws {
        let result = try await pulp("call", "Tests/Fixtures/\(plugin)", call.name, "--args", call.arguments)
        #expect(result.code == 0, "\(result.error)")
        #expect(result.output.filter { $0 != " " } == call.answer.filter { $0 != " " } + "\n")
    }

    @Test("Numbers, truths and no answer at all are JSON, too; the arguments may be left out")
    func kinds() async throws {
        for (name, arguments, answer) in [
            ("half", #"{"of": 3}"#, "1.5"), ("is", #"{"it": 1}"#, "true"), ("nothing", "{}", "null"),
        ] {
            let result = try await pulp("call", Places.fixture("sdk-swift"), name, "--args", arguments)
            #expect(result.output == "\(answer)\n", "\(name): \(result.error)")
        }
        let none = try await pulp("call", Places.fixture("sdk-swift"), "visits")
        #expect(none.output == "0\n", "\(none.error)")
    }

    @Test("Arguments may come from a file or standard input; raw ones and raw answers are any bytes")
    func sources() async throws {
        let file = try Places.folder(["a.json": Array(#"{"a": 1, "b": 2}"#.utf8)]).appending(path: "a.json").path
        #expect(try await pulp("call", Places.fixture("sdk-c"), "add", "--args", "@\(file)").output == "3\n")
        let input = try await pulp("call", Places.fixture("sdk-c"), "add", "--args", "-", input: #"{"a": 5}"#)
        #expect(input.output == "5\n")
        let raw = try await pulp("call", Places.fixture("callee"), "echo.reverse", "--raw", "--args", "abc")
        #expect(raw.output == "cba")
    }

    @Test(
        "What a function refuses is its own sentence, and exit code 1",
        arguments: [
            ("sdk-swift", "refuse", "{}", #""refuse" failed: there is nobody of that name"#),
            ("sdk-c", "refuse", "{}", #""refuse" failed: there is nobody of that name"#),
            ("sdk-swift", "add", #"{"a": 1}"#, #""add" failed: argument b is missing: an integer is wanted"#),
            (
                "sdk-swift", "add", #"{"a": 1, "b": "2"}"#,
                #""add" failed: argument b: an integer is wanted, a string is there"#
            ),
            ("sdk-c", "add", #"{"a": "1"}"#, #""add" failed: a in the arguments is not an integer"#),
            ("sdk-swift", "none", "{}", #"it has no function "none""#),
            ("sdk-c", "none", "{}", #"it has no function "none""#),
            ("callee", "none", "{}", #"it has no function "none""#),
        ])
    func refused(plugin: String, function: String, arguments: String, words: String) async throws {
        let result = try await pulp("call", Places.fixture(plugin), function, "--args", arguments)
        #expect(result.code == 1)
        #expect(result.output == "")
        #expect(result.error.hasSuffix("pulp: plugin \"\(plugin)\": \(words)\n"), "\(result.error)")
    }

    @Test("What is no answer, and what is no call, is told")
    func mistakes() async throws {
        let wild = try await pulp("call", Places.fixture("callee"), "wild")
        #expect(wild.code == 1)
        #expect(wild.error.contains("it answered 64 bytes at 0xfffffff0, which are not in its "))
        // Reversed, [1] is 1 and a byte too many.
        let odd = try await pulp("call", Places.fixture("callee"), "echo.reverse", "--args", "[1]")
        #expect(odd.code == 1)
        #expect(odd.error.contains("the function answered 2 bytes that are not one MessagePack value"))
        let trap = try await pulp("call", Places.fixture("callee"), "trap")
        #expect(trap.code == 1)
        #expect(trap.error.contains("  at pulp_on_call "))
        let none = try await pulp("call", Places.example("hello"), "add")
        #expect(
            none.error
                == "pulp: plugin \"hello\": it has no functions to call: its module does not export pulp_on_call\n")
        let json = try await pulp("call", Places.fixture("callee"), "add", "--args", "{")
        #expect(json.error.hasPrefix("pulp: --args: the JSON is wrong at "))
        #expect(try await pulp("call", Places.fixture("callee"), "").code == 2)
    }
}
