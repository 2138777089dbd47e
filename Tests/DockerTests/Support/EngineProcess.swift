import Foundation
import PulpTestSupport
import Synchronization
import Testing

/// A real Docker engine of this process's own, started by Scripts/docker-engine. It ends with the process, however that
/// ends.
final class EngineProcess: Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let directory: String
    private let process: Mutex<Process>
    private let input: FileHandle

    var socketPath: String { "\(self.directory)/docker.sock" }

    private static let script = Fixture.root.appendingPathComponent("Scripts/docker-engine").path
    private static let count = Atomic<Int>(0)

    /// Why there is no engine here; nil when there is one. On CI there must be one.
    static let absence: String? = {
        if ProcessInfo.processInfo.environment["CI"] != nil { return nil }
        let (status, output) = EngineProcess.run(["check"])
        return status == 0 ? nil : "no Docker engine can be started here: \(output)"
    }()

    static let isAvailable = EngineProcess.absence == nil

    /// The engine that most tests share.
    static let shared = Task { try await EngineProcess() }

    /// Starts one.
    init(mode: String? = nil) async throws {
        let number = Self.count.wrappingAdd(1, ordering: .relaxed).newValue
        self.directory = "/tmp/pulp-docker-\(getpid())-\(number)"
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.script)
        process.arguments = ["serve", self.directory] + (mode.map { [$0] } ?? [])
        // The libraries that are preloaded for a build are of no use to the engine.
        process.environment = ProcessInfo.processInfo.environment.filter { $0.key != "LD_PRELOAD" }
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        self.input = input.fileHandleForWriting
        try process.run()
        self.process = Mutex(process)
        let lines = AsyncStream<Data>.makeStream()
        output.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            if data.isEmpty { lines.continuation.finish() } else { lines.continuation.yield(data) }
        }
        defer { output.fileHandleForReading.readabilityHandler = nil }
        var said = ""
        for await data in lines.stream {
            said += String(decoding: data, as: UTF8.self)
            if said.contains("ready") { return }
        }
        throw Failure(description: "Scripts/docker-engine did not get ready; it said: \(said)")
    }

    /// Ends it and everything in it.
    func stop() async {
        try? self.input.close()
        // The last that the script does.
        _ = await eventually { !FileManager.default.fileExists(atPath: self.directory) }
    }

    /// The engine's process.
    var pid: pid_t {
        get throws {
            let text = try String(contentsOfFile: "\(self.directory)/dockerd.pid", encoding: .utf8)
            return pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? -1
        }
    }

    /// `kill -9`, and waits until it is dead.
    func kill() async throws {
        let pid = try self.pid
        guard pid > 1 else { throw Failure(description: "no pid of the engine") }
        Foundation.kill(pid, SIGKILL)
        // It is not our child: it is gone when its number is, or is a zombie of whoever adopts it.
        _ = await eventually { !Self.isAlive(pid) }
    }

    private static func isAlive(_ pid: pid_t) -> Bool {
        guard let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return false }
        return !status.contains(") Z ")
    }

    /// Starts it again after ``kill()``.
    func restart() async throws {
        let directory = self.directory
        let (status, output) = try await NIOThreadPool.singleton.runIfActive { Self.run(["restart", directory]) }
        guard status == 0 else { throw Failure(description: output) }
    }

    private static func run(_ arguments: [String]) -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.script)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.filter { $0.key != "LD_PRELOAD" }
        let output = Pipe()
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        do {
            try process.run()
        } catch {
            return (-1, "\(error)")
        }
        // What the script starts has its own output: this ends with the script.
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips, with a reason, where no engine can be started; never on CI.
    static var needsEngine: Self {
        .enabled(if: EngineProcess.isAvailable, "needs a real Docker engine: root, and docker.io installed")
    }
}
