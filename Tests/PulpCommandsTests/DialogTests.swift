import Foundation
import Testing

/// `pulp new` as somebody at a terminal has it: questions, answers typed, second thoughts.
@Suite("pulp new on a terminal", .timeLimit(.minutes(15)))
struct DialogTests {
    private static let name = "name of the plugin: "
    private static let language = "language (1-5, or its name) [swift]: "
    private static let template = "template (1-5, or its name) [http]: "
    private static let controlC = "\u{3}"
    private static let controlD = "\u{4}"

    private static func begin(_ arguments: String...) throws -> (program: RunningProgram, folder: String) {
        let folder = try Places.folder([:]).path
        return (try RunningProgram(onTerminal: ["new"] + arguments, directory: folder), folder)
    }

    private static func names(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    @Test("asks for what the command line leaves out, by number or by name")
    func answers() async throws {
        let (program, folder) = try Self.begin()
        try await program.answer(Self.name, with: "greeter\n")
        try await program.answer(Self.language, with: "2\n")
        try await program.answer(Self.template, with: "WebSocket\n")
        #expect(try await program.exitCode() == 0, "\(program.output)")
        #expect(program.output.contains("greeter is a plugin in C:"))
        #expect(program.output.contains("next:\r\n  cd greeter\r\n  pulp dev\r\n"))
        let source = try String(contentsOfFile: "\(folder)/greeter/plugin.c", encoding: .utf8)
        #expect(source.contains("pulp_websocket"))
        #expect(try Self.names(in: folder) == ["greeter"])
    }

    @Test("takes an empty answer for the first choice, and says which languages are installed")
    func defaults() async throws {
        let (program, folder) = try Self.begin("plain")
        try await program.answer(Self.language, with: "\n")
        try await program.answer(Self.template, with: "\n")
        #expect(try await program.exitCode() == 0, "\(program.output)")
        #expect(program.output.contains("  1  swift      installed\r\n"))
        #expect(program.output.contains("plain is a plugin in Swift:"))
        let source = try String(contentsOfFile: "\(folder)/plain/Plugin.swift", encoding: .utf8)
        #expect(source.contains("app.get("))
    }

    @Test("asks only for what is left out")
    func partly() async throws {
        let (program, _) = try Self.begin("partly", "--template", "empty")
        try await program.answer(Self.language, with: "c\n")
        #expect(try await program.exitCode() == 0)
        #expect(!program.output.contains("template ("))
    }

    @Test("asks again after an answer that is none, and says why")
    func mistakes() async throws {
        let (program, folder) = try Self.begin()
        try await program.answer(Self.name, with: "9 lives\n")
        try await program.answer(Self.name, with: "cat\n")
        try await program.answer(Self.language, with: "cobol\n")
        try await program.answer(Self.language, with: "6\n")
        try await program.answer(Self.language, with: "c\n")
        try await program.answer(Self.template, with: "0\n")
        try await program.answer(Self.template, with: "4\n")
        #expect(try await program.exitCode() == 0, "\(program.output)")
        for words in [
            "a plugin cannot be called that; a name begins with a letter", "there is no language \"cobol\"",
            "there is no language \"6\"", "there is no template \"0\"",
        ] { #expect(program.output.contains(words), "\(words)") }
        #expect(try Self.names(in: folder) == ["cat"])
    }

    @Test("leaves nothing behind when it is stopped at a question")
    func stopped() async throws {
        let (early, first) = try Self.begin()
        try await early.answer(Self.name, with: Self.controlC)
        #expect(try await early.exitCode() == 128 + SIGINT)
        #expect(try Self.names(in: first) == [])

        let (late, second) = try Self.begin("greeter", "--language", "c")
        try await late.answer(Self.template, with: Self.controlC)
        #expect(try await late.exitCode() == 128 + SIGINT)
        #expect(try Self.names(in: second) == [])
    }

    @Test("says that nothing was made when the answers end")
    func ended() async throws {
        let (program, folder) = try Self.begin("greeter", "--language", "c")
        try await program.answer(Self.template, with: Self.controlD)
        #expect(try await program.exitCode() == 1)
        #expect(program.output.contains("pulp: nothing was made: the answers ended"))
        #expect(try Self.names(in: folder) == [])
    }
}
