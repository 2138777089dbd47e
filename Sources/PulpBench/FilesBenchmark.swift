import Foundation
import Logging
import NIOCore
import NIOPosix
import Pulp
import PulpCapability
import PulpEngine
import PulpManifest
import PulpRuntime
import PulpSandbox

/// Measures `storage.fs` from a guest's code, against the same calls of the operating system without one.
package struct FilesBenchmark: Sendable {
    package struct Row: Codable, Sendable {
        package let what: String
        /// Per call, the median of the rounds.
        package let latency: Double
        /// Of the whole process, likewise.
        package let cpu: Double
    }

    /// A guest as Tests/Fixtures/files: the first byte of a payload says what to do, the word at 4 how often.
    package var manifest: String
    package var rounds = 9
    package var calls = 2_000

    private static let bytes = 4_096

    /// Where files are made: the file system matters.
    package var folder = NSTemporaryDirectory()

    package init(manifest: String) {
        self.manifest = manifest
    }

    package func run(progress: @Sendable (String) -> Void) async throws -> [Row] {
        let folder = self.folder + "/pulp-bench-files-\(getpid())"
        try FileManager.default.createDirectory(atPath: folder + "/files", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let file = folder + "/files/bench"
        try Data(repeating: 1, count: Self.bytes).write(to: URL(fileURLWithPath: file))
        var rows: [Row] = []
        progress("the operating system's calls")
        rows.append(try await self.row("plain pread, file open") { try Self.pread(file, times: $0, reopening: false) })
        rows.append(
            try await self.row("plain open, fstat, pread, close") {
                try Self.pread(file, times: $0, reopening: true)
            })
        for readsFromMemory in [true, false] {
            progress("guest, \(readsFromMemory ? "small reads on the loop" : "all on workers")")
            rows += try await self.guestRows(folder, readsFromMemory: readsFromMemory)
        }
        return rows
    }

    private func guestRows(_ folder: String, readsFromMemory: Bool) async throws -> [Row] {
        let registry = Registry.builtins(
            listeners: nil, storage: StorageRoot(path: folder), readsFilesFromMemory: readsFromMemory)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let spec = try Manifest.load(path: self.manifest, knownCapabilities: nil).spec
        let plugin = try await RunningPlugin.load(
            spec, registry: registry,
            environment: try PulpEnvironment.shared(
                logger: Logger(label: "bench", factory: { _ in SwiftLogNoOpLogHandler() }), group: group))
        try await plugin.initialize(spec.config)
        let place = readsFromMemory ? "" : ", by a worker"
        var rows: [Row] = []
        let functions: [(String, UInt8)] =
            readsFromMemory
            ? [("fs_read", 2), ("fs_read_at", 3), ("fs_stat", 4), ("fs_write", 5)] : [("fs_read", 2), ("fs_stat", 4)]
        for (name, function) in functions {
            rows.append(
                try await self.row("guest, \(name)\(name == "fs_stat" ? "" : " 4 KiB")\(place)") { times in
                    let status = try await plugin.call(
                        .step(byteCount: 28), bytes: Self.envelope(function, UInt32(times)))
                    guard status == 0 else { throw BenchProblem("\(name) answered \(status)") }
                })
        }
        await plugin.close()
        try await group.shutdownGracefully()
        return rows
    }

    /// A step's envelope with a payload of eight bytes.
    private static func envelope(_ function: UInt8, _ number: UInt32) -> [UInt8] {
        [UInt8](repeating: 0, count: 16) + [8, 0, 0, 0, function, 0, 0, 0]
            + (0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }

    private func row(_ what: String, _ body: (Int) async throws -> Void) async throws -> Row {
        try await body(self.calls / 10)
        var (latencies, times): ([Double], [Double]) = ([], [])
        let clock = ContinuousClock()
        for _ in 0..<self.rounds {
            let (start, cpu) = (clock.now, Self.cpuMicroseconds())
            try await body(self.calls)
            latencies.append((clock.now - start) / .microseconds(1) / Double(self.calls))
            times.append((Self.cpuMicroseconds() - cpu) / Double(self.calls))
        }
        return Row(what: what, latency: PulpBench.median(latencies), cpu: PulpBench.median(times))
    }

    private static func cpuMicroseconds() -> Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) / 1e3
    }

    private static func pread(_ path: String, times: Int, reopening: Bool) throws {
        var buffer = [UInt8](repeating: 0, count: Self.bytes)
        var file = unsafe open(path, O_RDONLY)
        guard file >= 0 else { throw BenchProblem("\(path) cannot be opened") }
        for _ in 0..<times {
            if reopening {
                _ = Foundation.close(file)
                file = unsafe open(path, O_RDONLY)
                var status = stat()
                _ = unsafe fstat(file, &status)
            }
            _ = unsafe buffer.withUnsafeMutableBytes { unsafe Foundation.pread(file, $0.baseAddress, $0.count, 0) }
        }
        _ = Foundation.close(file)
    }

    package static func table(_ rows: [Row]) -> String {
        let width = rows.map(\.what.count).max() ?? 0
        let head = "per call".padding(toLength: width, withPad: " ", startingAt: 0) + "  latency us    CPU us"
        let lines = rows.map { row in
            row.what.padding(toLength: width, withPad: " ", startingAt: 0)
                + String(format: "  %10.2f  %8.2f", row.latency, row.cpu)
        }
        return ([head] + lines).joined(separator: "\n")
    }
}
