import ArgumentParser
import Pulp
import PulpWire

/// `pulp call`: one function of a fresh plugin, and what it answers.
struct Call: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call", abstract: "Starts a plugin, calls one of its functions, and prints the answer.",
        discussion: """
            Arguments and answer are JSON here and MessagePack for the plugin:

              pulp call . add --args '{"a": 1, "b": 2}'

            No socket is opened. Exit code 1 when the plugin has no such function, or when it fails; its own words are \
            on standard error then.
            """)

    @Argument(help: "The plugin's folder or its manifest.")
    var plugin: String

    @Argument(help: "The function's name.")
    var function: String

    @Option(help: ArgumentHelp("The arguments as JSON, @FILE, or - for standard input.", valueName: "json"))
    var args: String?

    @Flag(help: "Hands over the bytes of --args as they are, and prints those of the answer.")
    var raw = false

    @Option(help: ArgumentHelp("Where the plugin keeps its files, as in pulp run.", valueName: "folder"))
    var storageRoot = "./data"

    @Option(help: "From which level on the plugin's own lines are shown.")
    var logLevel = LogThreshold.info

    func validate() throws {
        if self.function.isEmpty { throw ValidationError("the function's name is empty") }
    }

    func run() async throws {
        let arguments = try self.arguments()
        let visit = PluginVisit(
            path: self.plugin, storageRoot: self.storageRoot, logLevel: self.logLevel, http: StepHTTP())
        let answer = try await visit.run { _, running, _ in
            try await running.callFunction(self.function, arguments: arguments)
        }
        if self.raw {
            Output.bytes(answer)
        } else {
            Output.line(try Self.text(answer))
        }
    }

    private func arguments() throws(Problem) -> [UInt8] {
        guard let args else { return [] }
        let bytes = try StepPayload.bytes(args)
        return self.raw ? bytes : try StepPayload.value(bytes, .json, option: "--args")
    }

    /// No answer is null.
    private static func text(_ answer: [UInt8]) throws(Problem) -> String {
        guard !answer.isEmpty else { return "null" }
        do throws(WireError) {
            var reader = unsafe MessagePackReader(answer.span.bytes)
            let value = try MessagePackValue(from: &reader)
            guard reader.isAtEnd else { throw WireError(.outOfRange, at: reader.offset, expected: .value) }
            return DiagnosticJSON.text(of: value)
        } catch {
            throw Problem(
                "the function answered \(answer.count) bytes that are not one MessagePack value (\(error)); --raw prints "
                    + "them as they are")
        }
    }
}
