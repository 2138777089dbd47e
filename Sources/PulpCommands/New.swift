import ArgumentParser
import Foundation
import PulpBuild
import PulpScaffold

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `pulp new`: the folder of a new plugin.
struct New: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Makes a new plugin: a folder that builds at once.",
        discussion: """
            On a terminal it asks for what the options leave out. Otherwise the language is swift and the template http.
            Nothing that is there is overwritten.

              http        \(Template.http.summary)
              websocket   \(Template.websocket.summary)
              sse         \(Template.sse.summary)
              cron        \(Template.cron.summary)
              empty       \(Template.empty.summary)
            """)

    @Argument(help: "The plugin's name, and its folder's.")
    var name: String?

    @Option(help: "What it is written in: swift, c, rust, go or zig.")
    var language: Language?

    @Option(help: "What it does at first: http, websocket, sse, cron or empty.")
    var template: Template?

    @Option(help: ArgumentHelp("The folder to make; NAME in the working directory otherwise.", valueName: "folder"))
    var path: String?

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let sdk = try Workshop.refusals { () throws(BuildError) in
            try SDKLocation.find(environment: environment, executable: Workshop.program)
        }
        let questions = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 ? Questions() : nil
        let name = try self.name ?? questions?.name() ?? ""
        if let problem = Scaffold.problem(withName: name) { throw Problem(problem, status: .usage) }
        let toolchains = Toolchains(environment: environment, sdk: sdk)
        var language = self.language
        if language == nil { language = try await questions?.language(toolchains) }
        let template = try self.template ?? questions?.template() ?? .http
        let folder = self.path ?? name
        guard !folder.isEmpty else { throw Problem("--path is empty; name a folder", status: .usage) }
        do throws(ScaffoldError) {
            let scaffold = try Scaffold(name: name, language: language ?? .swift, template: template)
            let files = try scaffold.write(to: Self.absolute(folder), sdk: sdk)
            Output.line("\(folder) is a plugin in \(scaffold.language.title):")
            for file in files { Output.line("  \(file)") }
        } catch {
            throw Problem(Output.printable(error.message, limit: 4096))
        }
        if let remedy = await toolchains.remedy(language ?? .swift) {
            Output.error("pulp: before it can be built: \(remedy)")
        }
        Output.line("\nnext:\n  cd \(Self.quoted(folder))\n  pulp dev")
    }

    private static func absolute(_ path: String) -> String {
        let base = URL(filePath: FileManager.default.currentDirectoryPath, directoryHint: .isDirectory)
        return URL(filePath: path, relativeTo: base).standardizedFileURL.path
    }

    /// As a shell takes it for one word.
    private static func quoted(_ text: String) -> String {
        let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-~+,@%")
        guard !text.allSatisfy(plain.contains) || text.isEmpty else { return text }
        return "'\(text.replacing("'", with: "'\\''"))'"
    }
}

extension Language: ExpressibleByArgument {}
extension Template: ExpressibleByArgument {}

/// Whether a language's compiler is on this machine.
struct Toolchains: Sendable {
    let environment: [String: String]
    let sdk: SDKLocation

    /// What installs the compiler; nil when it is there.
    func remedy(_ language: Language) async -> String? {
        do throws(BuildError) {
            switch language {
            case .swift, .c: _ = try await SwiftToolchain.find(environment: self.environment)
            case .rust, .go, .zig:
                _ = try await ForeignToolchain.find(language, environment: self.environment, sdk: self.sdk)
            }
            return nil
        } catch {
            return error.message
        }
    }
}

/// What `pulp new` asks on a terminal. An empty answer is the first choice; the end of the input ends the program.
struct Questions {
    /// More than any answer.
    private static let largestAnswer = 1000

    func name() throws -> String {
        while true {
            Output.bytes(Array("name of the plugin: ".utf8))
            let answer = try self.answer()
            guard let problem = Scaffold.problem(withName: answer) else { return answer }
            Output.line(problem)
        }
    }

    func language(_ toolchains: Toolchains) async throws -> Language {
        var rows: [(String, String)] = []
        for language in Language.allCases {
            let isThere = await toolchains.remedy(language) == nil
            rows.append((language.rawValue, isThere ? "installed" : "not installed"))
        }
        return try self.choice("language", rows) { Language(rawValue: $0) }
    }

    func template() throws -> Template {
        try self.choice("template", Template.allCases.map { ($0.rawValue, $0.summary) }) { Template(rawValue: $0) }
    }

    /// By name or by number.
    private func choice<Choice>(
        _ what: String, _ rows: [(name: String, note: String)], _ find: (String) -> Choice?
    ) throws -> Choice {
        for (index, row) in rows.enumerated() {
            let name = row.name.padding(toLength: 11, withPad: " ", startingAt: 0)
            Output.line("  \(index + 1)  \(name)\(row.note)")
        }
        while true {
            Output.bytes(Array("\(what) (1-\(rows.count), or its name) [\(rows.first?.name ?? "")]: ".utf8))
            let answer = try self.answer().lowercased()
            let name = answer.isEmpty ? rows.first?.name ?? "" : answer
            if let choice = find(name) { return choice }
            if let number = Int(answer), rows.indices.contains(number - 1), let choice = find(rows[number - 1].name) {
                return choice
            }
            Output.line("there is no \(what) \"\(Output.printable(answer, limit: 60))\"")
        }
    }

    private func answer() throws -> String {
        guard let line = readLine() else { throw Problem("nothing was made: the answers ended") }
        return String(line.prefix(Self.largestAnswer)).trimmingCharacters(in: .whitespaces)
    }
}
