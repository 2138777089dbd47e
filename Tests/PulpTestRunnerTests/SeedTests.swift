import PulpTestRunner
import PulpTestSupport
import Testing

@Suite("A test's seed", .timeLimit(.minutes(2)))
struct SeedTests {
    /// The numbers that a guest draws in two requests of a test.
    private static func numbers(file: Int?, command: UInt64 = 1, isLive: Bool = false) async throws -> [String] {
        let test = """
            [[test]]
            name = "%"
            [[test.step]]
            request = "GET /random"
            expect.body.matches = "^[0-9a-f]{64}$"
            expect.body.lacks = "0000000000"
            [[test.step]]
            request = "GET /random"
            expect.body = ""

            """
        let text =
            (file.map { "seed = \($0)\n" } ?? "") + ["one", "two"].map { test.replacing("%", with: $0) }.joined()
        let report = try await Bench.run("wasi-caller", text) {
            $0.seed = command
            $0.isLive = isLive
        }
        // What came in the place of nothing.
        return Bench.lines(report).filter { $0.hasPrefix("got") }
    }

    @Test("gives the same numbers in every test and every run, others than another seed; the file's own counts")
    func seed() async throws {
        let first = try await Self.numbers(file: nil)
        #expect(first.count == 2 && first[0] == first[1])
        #expect(try await Self.numbers(file: nil) == first)
        let second = try await Self.numbers(file: nil, command: 2)
        #expect(second.count == 2 && second != first)
        #expect(try await Self.numbers(file: 2) == second)
        #expect(try await Self.numbers(file: 1, command: 2) == first)
        #expect(try await Self.numbers(file: 0, command: 2) != second)
    }

    @Test("is not a real host's")
    func live() async throws {
        let numbers = try await Self.numbers(file: 1, isLive: true)
        #expect(numbers.count == 2 && numbers[0] != numbers[1])
    }
}
