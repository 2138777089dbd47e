import Foundation
import PulpBuild
import UnixSignals

/// What the commands for those who write plugins share.
enum Workshop {
    /// The running program's file.
    static var program: String {
        #if os(Linux)
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        #else
            Bundle.main.executablePath ?? CommandLine.arguments[0]
        #endif
    }

    /// The builder of this process: its SDK, its PATH, its cache.
    static func builder() throws(Problem) -> Builder {
        let environment = ProcessInfo.processInfo.environment
        return try Self.refusals { () throws(BuildError) in
            Builder(
                sdk: try SDKLocation.find(environment: environment, executable: Self.program),
                environment: environment, cacheFolder: SDKCache.defaultFolder(environment: environment))
        }
    }

    static func project(_ path: String) throws(Problem) -> PluginProject {
        try Self.refusals { () throws(BuildError) in try PluginProject(path) }
    }

    /// Turns what `body` refuses into lines for standard error.
    static func refusals<Result>(_ body: () throws(BuildError) -> Result) throws(Problem) -> Result {
        do throws(BuildError) {
            return try body()
        } catch {
            throw Problem(Self.lines(error))
        }
    }

    static func explain(_ error: BuildError) {
        for line in Self.lines(error) { Output.error(line) }
    }

    /// The compiler's words as they are, then ours; a manifest's mistakes have their place in front already.
    static func lines(_ error: BuildError) -> [String] {
        let words = error.compilerOutput.isEmpty ? [] : [error.compilerOutput]
        return words + [error.code == .manifest ? error.message : "pulp: \(error.message)"]
    }

    /// Runs `body`, and cancels it at the first SIGINT or SIGTERM: compilers end, and scratch folders go.
    ///
    /// - Returns: Whether it was stopped.
    /// - Throws: What `body` throws, unless it was stopped.
    static func untilStopped(_ body: @escaping @Sendable () async throws -> Void) async throws -> Bool {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        return try await withThrowingTaskGroup(of: Bool.self) { tasks in
            tasks.addTask {
                try await body()
                return false
            }
            tasks.addTask {
                for await _ in signals { return true }
                return false
            }
            let first = try await tasks.next() ?? false
            tasks.cancelAll()
            // What was cancelled has nothing more to say.
            if first { while !tasks.isEmpty { _ = try? await tasks.next() } }
            return first
        }
    }
}
