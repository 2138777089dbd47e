import ArgumentParser
import Pulp

/// The program `pulp`: its commands, and what happens before and after each of them.
package struct Program: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "pulp",
        abstract: "Runs WebAssembly plugins, and grants each only what its manifest lists.",
        discussion: """
            Exit codes: 0 all is well; 1 a problem was found, or the plugins could not be started; 2 the command line \
            is wrong; 130 and 143 a SIGINT or SIGTERM ended it before it was done.

            The reference's flags work too: pulp -manifest PATH is pulp run PATH.
            """,
        version: ProgramVersion.line,
        subcommands: [
            New.self, Build.self, Test.self, Dev.self, Run.self, Check.self, Inspect.self, Step.self, Call.self,
            Doctor.self,
            Version.self, ManifestCommand.self, Bench.self, Debug.self,
        ])

    package init() {}

    /// Runs the program with its arguments and ends the process.
    package static func start(_ arguments: [String]) async -> Never {
        Self.exit(await Self.status(arguments))
    }

    private static func status(_ arguments: [String]) async -> ExitStatus {
        guard !arguments.isEmpty else {
            Output.error(Self.helpMessage())
            return .usage
        }
        if let mistake = Self.unknownCommand(in: arguments) {
            Output.error("pulp: \(mistake)")
            return .usage
        }
        do {
            var command = try Self.parseAsRoot(Self.expanded(arguments))
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return .good
        } catch {
            return Self.explain(error)
        }
    }

    /// `pulp -manifest P` of the reference is `pulp run -manifest P`.
    private static func expanded(_ arguments: [String]) -> [String] {
        let own: Set<String> = ["-h", "-help", "--help", "--version", "--generate-completion-script"]
        let name = arguments.first?.split(separator: "=", maxSplits: 1).first.map(String.init) ?? ""
        return name.hasPrefix("-") && !own.contains(name) && !name.hasPrefix("--experimental")
            ? ["run"] + arguments : arguments
    }

    private static func unknownCommand(in arguments: [String]) -> String? {
        let names = Self.configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
        guard let first = arguments.first, !first.hasPrefix("-"), !names.contains(first) else { return nil }
        let name = Output.printable(first)
        if first.contains("/") || first.hasSuffix(".toml") { return "no command \"\(name)\"; try: pulp run \(name)" }
        let nearest = NearestName.find(first, among: names).map { "did you mean \"\($0)\"?" }
        return "no command \"\(name)\"; \(nearest ?? "the commands are \(names.joined(separator: ", "))")"
    }

    private static func explain(_ error: any Error) -> ExitStatus {
        if let problem = error as? Problem {
            for line in problem.lines { Output.error(line) }
            return problem.status
        }
        if let status = error as? ExitStatus { return status }
        let code = Self.exitCode(for: error)
        guard !code.isSuccess else {
            Output.line(Self.message(for: error))
            return .good
        }
        // What is not the parser's own is a failure of ours to foresee it: still a sentence, and exit code 1.
        guard code == .validationFailure else {
            Output.error("pulp: \(error)")
            return .problem
        }
        Output.error("pulp: \(Self.usage(Self.fullMessage(for: error)))")
        return .usage
    }

    /// The parser's message without its own "Error:", and without the long line of all options.
    private static func usage(_ message: String) -> String {
        let lines = message.split(separator: "\n", omittingEmptySubsequences: true)
        let kept = lines.filter { !$0.hasPrefix("Usage: ") && !$0.hasPrefix("Help: ") }.map(String.init)
        let text = kept.joined(separator: "\n")
        return text.hasPrefix("Error: ") ? String(text.dropFirst(7)) : text
    }

    private static func exit(_ status: ExitStatus) -> Never {
        Self.exit(withError: ExitCode(status.rawValue))
    }
}

/// What the program tells the shell.
package enum ExitStatus: Int32, Error {
    case good = 0
    /// A problem was found, or nothing could be started.
    case problem = 1
    /// The command line is wrong.
    case usage = 2
    /// SIGINT came.
    case interrupted = 130
    /// SIGTERM came.
    case terminated = 143
}

/// What is wrong, as lines for standard error: each a sentence with its remedy.
struct Problem: Error {
    let lines: [String]
    let status: ExitStatus

    init(_ lines: [String], status: ExitStatus = .problem) {
        self.lines = lines
        self.status = status
    }

    init(_ line: String, status: ExitStatus = .problem) {
        self.init(["pulp: \(line)"], status: status)
    }
}
