import ArgumentParser
import Foundation

/// `pulp doctor`: whether this machine has what plugins need to be built and run.
struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Checks this machine, and says what is missing and what mends it.",
        discussion: """
            "missing" is what nothing can be built or run without, and makes the exit code 1; "warning" is what some \
            plugins need, or what is tight. Nothing is changed, and nothing is fetched.
            """)

    @Flag(help: "One JSON object, for programs.")
    var json = false

    func run() async throws {
        let examination = Examination(environment: ProcessInfo.processInfo.environment)
        let findings = await examination.findings()
        if self.json {
            Output.line(try Self.jsonText(findings))
        } else {
            for finding in findings { Output.line(Self.text(finding)) }
        }
        if findings.contains(where: { $0.state == .missing }) { throw ExitStatus.problem }
    }

    static func text(_ finding: Finding) -> String {
        let name = finding.name.padding(toLength: 11, withPad: " ", startingAt: 0)
        let state = finding.state.rawValue.padding(toLength: 9, withPad: " ", startingAt: 0)
        let line = "\(name)\(state)\(Output.printable(finding.what, limit: 4096))"
        guard let remedy = finding.remedy else { return line }
        return "\(line)\n\(String(repeating: " ", count: 20))\(Output.printable(remedy, limit: 4096))"
    }

    static func jsonText(_ findings: [Finding]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        let isGood = !findings.contains { $0.state == .missing }
        return String(decoding: try encoder.encode(Document(good: isGood, findings: findings)), as: UTF8.self)
    }

    private struct Document: Encodable {
        let good: Bool
        let findings: [Finding]
    }
}

/// One thing that was looked at.
struct Finding: Encodable, Sendable {
    enum State: String, Encodable, Sendable {
        case ok
        /// Some plugins need it, or it is tight.
        case warning
        /// Nothing goes without it.
        case missing
    }

    let name: String
    let state: State
    /// What was found.
    let what: String
    /// What mends it; nil when nothing has to be.
    let remedy: String?

    init(_ name: String, _ state: State, _ what: String, _ remedy: String? = nil) {
        self.name = name
        self.state = state
        self.what = what
        self.remedy = remedy
    }
}
