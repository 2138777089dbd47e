import Subprocess
import Synchronization
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A compiler, run to its end.
struct Command: Sendable {
    /// More of a compiler's output than anybody reads; the rest is counted, not kept.
    static let largestOutput = 256 << 10

    let program: String
    var arguments: [String]
    /// nil for the folder of this process.
    var folder: String?
    /// Variables beside those of the given environment.
    var variables: [String: String] = [:]

    /// What came of it.
    struct Result: Sendable {
        let isGood: Bool
        /// Standard output and standard error as they came, at most ``Command/largestOutput`` bytes.
        let output: String
    }

    /// Runs the program. Cancelling the task ends it. What it has started ends with it in any case.
    ///
    /// - Throws: ``BuildError/Code/toolchain`` when it cannot be started, ``BuildError/Code/cancelled``.
    func run(environment: [String: String]) async throws(BuildError) -> Result {
        var options = PlatformOptions()
        // Compilers start others: a group of their own lets all of them be ended.
        options.processGroupID = 0
        options.teardownSequence = [.gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: .seconds(1))]
        let variables = environment.merging(self.variables) { $1 }
        let pairs = variables.map { (Environment.Key(stringLiteral: $0.key), $0.value) }
        let group = ProcessGroup()
        defer { group.end() }
        do {
            let outcome = try await Subprocess.run(
                .path(FilePath(self.program)), arguments: Arguments(self.arguments),
                environment: .custom(Dictionary(pairs) { $1 }), workingDirectory: self.folder.map { FilePath($0) },
                platformOptions: options, input: .none, output: .sequence, error: .combinedWithOutput
            ) { execution in
                group.number.store(execution.processIdentifier.value, ordering: .relaxed)
                return try await Self.collect(execution.standardOutput)
            }
            guard !Task.isCancelled else { throw CancellationError() }
            return Result(isGood: outcome.terminationStatus.isSuccess, output: outcome.closureResult)
        } catch is CancellationError {
            throw BuildError(.cancelled, "the build was stopped")
        } catch {
            guard !Task.isCancelled else { throw BuildError(.cancelled, "the build was stopped") }
            throw BuildError(.toolchain, "\(self.program) cannot be run: \(error)")
        }
    }

    /// All is read, so that the program never waits for a reader; the front is kept, where the first mistake is.
    private static func collect(_ output: SubprocessOutputSequence) async throws -> String {
        var bytes: [UInt8] = []
        var dropped = 0
        for try await chunk in output {
            let room = min(chunk.count, Self.largestOutput - bytes.count)
            unsafe chunk.withUnsafeBytes { unsafe bytes += $0.prefix(room) }
            dropped += chunk.count - room
        }
        var text = String(decoding: bytes, as: UTF8.self)
        while text.last?.isNewline == true { text.removeLast() }
        return dropped == 0 ? text : "\(text)\n... and \(dropped) bytes more"
    }
}

/// What a program has started and left: nobody waits for it, and it may have been told to ignore a polite signal.
private final class ProcessGroup: Sendable {
    /// The program's, which is its group's too; 0 before it runs.
    let number = Atomic<pid_t>(0)

    /// The number is nobody else's as long as there is somebody in the group, and this is called when its leader has just
    /// ended.
    func end() {
        let number = self.number.load(ordering: .relaxed)
        if number > 1 { _ = kill(-number, SIGKILL) }
    }
}

/// Programs by name, as a shell finds them.
enum SearchPath {
    static func find(_ name: String, environment: [String: String]) -> String? {
        for folder in (environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":") {
            let path = "\(folder)/\(name)"
            if path.hasPrefix("/"), Files.isExecutable(path) { return path }
        }
        return nil
    }
}
