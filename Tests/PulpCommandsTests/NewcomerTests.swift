import Foundation
import Testing

/// That what the documentation promises to somebody new happens.
@Suite("A newcomer", .timeLimit(.minutes(15)))
struct NewcomerTests {
    @Test("goes from nothing to a tested plugin that answers", arguments: ["swift", "c", "rust", "go", "zig"])
    func path(language: String) async throws {
        guard Places.hasCompiler(language) else { return }
        let outcome = try await Self.run("Scripts/newcomer", [language], in: Places.repository)
        print(String(decoding: outcome.output, as: UTF8.self), terminator: "")
        let said = String(decoding: outcome.output + outcome.error, as: UTF8.self)
        #expect(outcome.status == 0, "\(said)")
    }

    @Test("can follow the tutorial to the letter")
    func tutorial() async throws {
        let outcome = try await Self.run("Scripts/tutorial", [], in: Places.repository)
        #expect(outcome.status == 0, "\(String(decoding: outcome.output + outcome.error, as: UTF8.self))")
    }

    private static func run(_ script: String, _ arguments: [String], in folder: URL) async throws
        -> ChildProcess.Outcome
    {
        var environment = ProcessInfo.processInfo.environment
        environment["PULP"] = try Places.program().path
        let process = try ChildProcess(
            folder.appending(path: script).path, arguments, input: [], environment: environment, directory: folder.path)
        return try #require(await process.until { $0.isOver ? $0 : nil })
    }
}
