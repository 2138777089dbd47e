import Foundation

/// Measures what a host costs when nothing happens, and how soon it answers.
package struct FootprintBenchmark: Sendable {
    package struct Row: Codable, Sendable {
        package let what: String
        package let value: Double
        package let unit: String
    }

    package var manifest: String
    /// A large guest, for the start; nil leaves it out.
    package var largeManifest: String?
    package var rounds = 9

    package init(manifest: String) {
        self.manifest = manifest
    }

    package func run(progress: (String) -> Void) throws -> [Row] {
        var rows: [Row] = []
        progress("wake-ups of 100 idle plugins")
        rows.append(Row(what: "idle, 100 plugins: wake-ups per second", value: try self.idleWakeUps(), unit: "/s"))
        progress("memory of 500 parked instances")
        rows.append(Row(what: "memory per parked instance", value: try self.parkedBytes() / 1024, unit: "KiB"))
        progress("start, warm and cold")
        rows.append(Row(what: "start to first 200, warm", value: try self.start(self.manifest), unit: "ms"))
        rows.append(
            Row(what: "start to first 200, cold", value: try self.start(self.manifest, isCold: true), unit: "ms"))
        guard let largeManifest else { return rows }
        progress("start of a large guest")
        rows.append(
            Row(what: "start to first 200, large guest, warm", value: try self.start(largeManifest), unit: "ms"))
        rows.append(
            Row(
                what: "start to first 200, large guest, cold",
                value: try self.start(largeManifest, isCold: true, rounds: 3),
                unit: "ms"))
        return rows
    }

    private func server(_ kind: BenchServer) throws -> ServerProcess {
        try ServerProcess(["bench", "serve", kind.rawValue, "--manifest", self.manifest, "--threads", "2"])
    }

    private func idleWakeUps() throws -> Double {
        let process = try self.server(.crowd)
        defer { process.stop() }
        // The ticker parks a tenth of a second after the last guest ran.
        Thread.sleep(forTimeInterval: 1)
        let before = process.wakeUps()
        Thread.sleep(forTimeInterval: 5)
        // A thread that ended meanwhile (the runtime's own pools shrink) counts for nothing.
        let woken = process.wakeUps().map { thread, count in count - (before[thread] ?? count) }
        return Double(woken.reduce(0, +)) / 5
    }

    private func parkedBytes() throws -> Double {
        let one = try self.server(.guest)
        let many = try self.server(.parked)
        defer {
            one.stop()
            many.stop()
        }
        return Double(many.residentBytes() - one.residentBytes()) / Double(BenchServer.parkedInstances - 1)
    }

    /// Milliseconds from the start of the process to its first answer.
    private func start(_ manifest: String, isCold: Bool = false, rounds: Int? = nil) throws -> Double {
        let samples = try (0..<(rounds ?? self.rounds) + 1).map { _ in try self.startOnce(manifest, isCold: isCold) }
        // The first run fills the cache.
        return PulpBench.median(Array(samples.dropFirst()))
    }

    private func startOnce(_ manifest: String, isCold: Bool) throws -> Double {
        let port = try LoopbackClient.freePort()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: CommandLine.executablePath)
        process.arguments = [
            "run", manifest, "--listen", "127.0.0.1:\(port)", "--admin", "off", "--log-level", "error",
        ]
        process.environment = ProcessInfo.processInfo.environment.merging(isCold ? ["PULP_CACHE_DIR": ""] : [:]) { $1 }
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        let clock = ContinuousClock()
        let start = clock.now
        try process.run()
        defer {
            process.terminate()
            process.waitUntilExit()
        }
        while !LoopbackClient.answers200(port: port, path: BenchServer.path) {
            guard process.isRunning, clock.now - start < .seconds(30) else {
                throw BenchProblem("pulp run \(manifest) did not answer; run it alone to see why")
            }
            usleep(200)
        }
        return Double((clock.now - start) / .microseconds(1)) / 1000
    }
}
