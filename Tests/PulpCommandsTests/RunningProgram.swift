import Foundation
import Testing

/// The built program as a user starts it: arguments, standard streams, signals, an exit code.
final class RunningProgram: Sendable {
    enum Stream { case output, error }

    /// Longer than anything here takes, on a machine that is busy with something else.
    static let patience = Duration.seconds(300)

    private let child: ChildProcess

    init(_ arguments: [String], input: [UInt8] = [], environment: [String: String] = [:]) throws {
        var variables = ProcessInfo.processInfo.environment
        variables["HTTP_PORT"] = nil
        variables["PULP_CACHE_DIR"] = Places.scratch.appending(path: "cache").path
        self.child = try ChildProcess(
            Places.program().path, arguments, input: input,
            environment: variables.merging(environment) { $1 }, directory: Places.repository.path)
    }

    /// Starts the program on a terminal of its own.
    init(onTerminal arguments: [String], directory: String) throws {
        self.child = try ChildProcess(
            onTerminal: Places.program().path, arguments, environment: ProcessInfo.processInfo.environment,
            directory: directory)
    }

    deinit {
        self.child.send(SIGKILL)
    }

    /// Waits until `prompt` is what stands last on the screen, and types an answer.
    func answer(_ prompt: String, with text: String) async throws {
        try await self.impatiently("the question \"\(prompt)\"") {
            await self.child.until { outcome in
                String(decoding: outcome.output, as: UTF8.self).hasSuffix(prompt) ? true : nil
            }
        }
        try self.child.type(text)
    }

    func send(_ signal: Int32) {
        self.child.send(signal)
    }

    /// The process's number.
    var identifier: Int32 { self.child.identifier }
    var output: String { String(decoding: self.outputBytes, as: UTF8.self) }
    var outputBytes: [UInt8] { self.child.now.output }
    var error: String { String(decoding: self.child.now.error, as: UTF8.self) }

    /// Waits for `text`, and returns the whole line that it stands in.
    @discardableResult
    func line(with text: String, in stream: Stream = .error) async throws -> String {
        try await self.impatiently("a line with \"\(text)\"") {
            await self.child.until { outcome in
                let seen = String(decoding: stream == .output ? outcome.output : outcome.error, as: UTF8.self)
                // The last piece is no line yet.
                return seen.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
                    .first { $0.contains(text) }.map(String.init)
            }
        }
    }

    /// Waits for the end; the exit code, or 128 and the number of the signal.
    func exitCode() async throws -> Int32 {
        try await self.impatiently("the end") { await self.child.until { $0.isOver ? $0.status : nil } }
    }

    /// The address behind "serves on".
    func address() async throws -> TestAddress {
        try TestAddress(in: try await self.line(with: "serves on", in: .output))
    }

    /// The address of the admin pages.
    func adminAddress() async throws -> TestAddress {
        try TestAddress(in: try await self.line(with: "/.well-known/", in: .output))
    }

    @discardableResult
    private func impatiently<Value: Sendable>(
        _ what: String, _ body: @escaping @Sendable () async -> Value?
    ) async throws -> Value {
        let value = await withTaskGroup(of: Value?.self) { tasks in
            tasks.addTask { await body() }
            tasks.addTask {
                try? await Task.sleep(for: Self.patience)
                return nil
            }
            defer { tasks.cancelAll() }
            return await tasks.next() ?? nil
        }
        guard let value else {
            throw ChildProcess.Failure(description: "there was not \(what), but:\n\(self.output)\n\(self.error)")
        }
        return value
    }
}

/// Runs the program to its end.
func pulp(
    _ arguments: String..., input: String = "", environment: [String: String] = [:]
) async throws -> (code: Int32, output: String, error: String) {
    let program = try RunningProgram(arguments, input: Array(input.utf8), environment: environment)
    let code = try await program.exitCode()
    return (code, program.output, program.error)
}

/// `host:port` out of a line of the program.
struct TestAddress {
    let host: String
    let port: Int

    init(in line: String) throws {
        let match = try #require(line.firstMatch(of: /127\.0\.0\.1:([0-9]+)/))
        self.host = "127.0.0.1"
        self.port = try #require(Int(match.output.1))
    }
}
