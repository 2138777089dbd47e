import Foundation

/// Measures a request from socket to guest and back against the same request without a guest, in turn, in one run.
package struct FrontDoorBenchmark: Sendable {
    package var manifest: String
    package var rounds = 5
    package var seconds = 3
    package var connections = 32
    package var threads = 2

    package init(manifest: String) {
        self.manifest = manifest
    }

    /// The medians of one server.
    package struct Row: Codable, Sendable {
        package let server: String
        /// User and system time of the server, in microseconds.
        package let cpuPerRequest: Double
        package let requestsPerSecond: Double
        /// Microseconds, under the load's connections.
        package let median: Double
        package let p99: Double
        /// Microseconds, with one connection.
        package let medianAlone: Double
        package let p99Alone: Double
    }

    /// Runs everything; `progress` gets a line now and then.
    package func run(progress: (String) -> Void) throws -> [Row] {
        let servers = try BenchServer.compared.map { server in
            (
                server,
                try ServerProcess([
                    "bench", "serve", server.rawValue, "--manifest", self.manifest, "--threads", "\(self.threads)",
                ])
            )
        }
        defer { for (_, process) in servers { process.stop() } }
        // The spinner takes a core for itself, so its server is measured when the others are done, and started last.
        let quiet = servers.filter { $0.0 != .guestBesideSpinner }
        let loud = servers.filter { $0.0 == .guestBesideSpinner }
        for (_, process) in loud { process.pause() }
        var samples: [BenchServer: [Sample]] = [:]
        for round in 1...self.rounds {
            progress("round \(round) of \(self.rounds)")
            for (server, process) in quiet { samples[server, default: []].append(try self.sample(process)) }
        }
        for (server, process) in loud {
            progress("beside a plugin that spins and one that waits")
            process.resume()
            for _ in 1...self.rounds { samples[server, default: []].append(try self.sample(process)) }
        }
        return servers.map { server, _ in Row(server, samples[server] ?? []) }
    }

    private func sample(_ process: ServerProcess) throws -> Sample {
        _ = try LoadRun(port: process.port, path: BenchServer.path, connections: self.connections, seconds: 1)
        let before = process.cpuMicroseconds()
        let load = try LoadRun(
            port: process.port, path: BenchServer.path, connections: self.connections, seconds: self.seconds)
        let cpu = (process.cpuMicroseconds() - before) / Double(load.requests)
        let alone = try LoadRun(port: process.port, path: BenchServer.path, connections: 1, seconds: 1)
        return Sample(cpu: cpu, load: load, alone: alone)
    }

    struct Sample {
        let cpu: Double
        let load: LoadRun
        let alone: LoadRun
    }
}

extension FrontDoorBenchmark.Row {
    init(_ server: BenchServer, _ samples: [FrontDoorBenchmark.Sample]) {
        self.init(
            server: server.rawValue, cpuPerRequest: PulpBench.median(samples.map(\.cpu)),
            requestsPerSecond: PulpBench.median(samples.map(\.load.requestsPerSecond)),
            median: PulpBench.median(samples.map(\.load.median)), p99: PulpBench.median(samples.map(\.load.p99)),
            medianAlone: PulpBench.median(samples.map(\.alone.median)),
            p99Alone: PulpBench.median(samples.map(\.alone.p99)))
    }
}
