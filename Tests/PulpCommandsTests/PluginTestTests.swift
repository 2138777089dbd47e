import Foundation
import Testing

/// `pulp test` with tests in Swift beside tables, of a plugin in C.
@Suite("pulp test", .timeLimit(.minutes(15)))
struct PluginTestTests {
    private static let swift = """
        import PulpGuestTesting

        struct Greetings: PluginTests {
            static func tests(_ suite: inout Suite) {
                suite.timeout = .seconds(60)
                suite.test("greets in Swift") { host in
                    host.get("/hello/you").expect(text: "Hello, you! (1)\\n")
                }
                suite.test("does not hold") { host in
                    host.get("/hello/you").expect(text: "Hello, me! (1)\\n")
                }
            }
        }
        """

    /// Runs the program to its end, however long compilers take that other tests keep waiting.
    private static func pulp(_ arguments: String...) async throws -> (code: Int32, output: String, error: String) {
        var environment = ProcessInfo.processInfo.environment
        environment["PULP_CACHE_DIR"] = Places.scratch.appending(path: "cache").path
        let child = try ChildProcess(
            Places.program().path, arguments, input: [], environment: environment, directory: Places.repository.path)
        let outcome = try #require(await child.until { $0.isOver ? $0 : nil })
        return (
            outcome.status ?? -1, String(decoding: outcome.output, as: UTF8.self),
            String(decoding: outcome.error, as: UTF8.self)
        )
    }

    /// A plugin in C of `pulp new`, with its tables and with tests in Swift.
    private static func plugin() async throws -> String {
        let folder = try Places.folder([:]).appending(path: "greeter").path
        let made = try await Self.pulp("new", "greeter", "--language", "c", "--template", "http", "--path", folder)
        #expect(made.code == 0, "\(made.error)")
        try Data(Self.swift.utf8).write(to: URL(filePath: "\(folder)/tests/more.swift"))
        return folder
    }

    @Test("runs both kinds of tests in one report, whatever the plugin's language")
    func both() async throws {
        let folder = try await Self.plugin()
        let text = try await Self.pulp("test", folder)
        #expect(text.code == 1, "\(text.error)")
        #expect(text.output.contains("\(folder)/tests/greeter.toml\n  ok    greets by name, and counts ("))
        #expect(text.output.contains("\(folder)/tests/more.swift\n  ok    greets in Swift ("))
        #expect(text.output.contains("        \(folder)/tests/more.swift:10:42: body\n"))
        #expect(text.output.hasSuffix("\n3 passed, 1 failed\n"))

        let chosen = try await Self.pulp("test", folder, "in Swift", "--no-build", "--format", "tap")
        #expect(chosen.code == 0)
        #expect(chosen.output == "TAP version 13\n1..1\nok 1 - \(folder)/tests/more.swift: greets in Swift\n")

        let live = try await Self.pulp("test", folder, "--no-build", "--live", "--format", "junit")
        #expect(live.code == 1)
        #expect(live.output.contains("<testsuites tests=\"4\" failures=\"1\" skipped=\"0\""))
        #expect(live.output.contains("<testsuite name=\"\(folder)/tests/more.swift\" tests=\"2\" failures=\"1\""))
    }

    @Test("shows the compiler's own words about tests that are wrong, and runs none")
    func wrong() async throws {
        let folder = try await Self.plugin()
        let wrong = Self.swift.replacing("host.get", with: "host.fetch")
        try Data(wrong.utf8).write(to: URL(filePath: "\(folder)/tests/more.swift"))
        let refused = try await Self.pulp("test", folder)
        #expect(refused.code == 1)
        #expect(refused.output == "")
        #expect(refused.error.contains("tests/more.swift:7:"))
        #expect(refused.error.contains("error: value of type 'TestHost' has no member 'fetch'"))
        #expect(refused.error.contains("pulp: the tests were not built: swiftc says why above"))
    }
}
