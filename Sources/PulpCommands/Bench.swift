import ArgumentParser
import Foundation
import PulpBench

/// `pulp bench`: the project's measurements, for anyone to repeat.
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures the front door, the footprint, and each capability against its plain library.",
        discussion: """
            Figures are medians, to be compared with each other within one run; a shared machine makes single \
            absolute numbers worthless. front-door and footprint need Linux; front-door needs wrk.
            """,
        subcommands: [
            BenchFrontDoor.self,
            BenchFootprint.self,
            BenchSQLite.self,
            BenchSQLiteWriter.self,
            BenchFiles.self,
            BenchWebSocket.self,
            BenchEvents.self,
            BenchFetch.self,
            BenchServe.self,
        ])
}

/// `pulp bench front-door`: a request from socket to guest and back, against the same request without a guest.
struct BenchFrontDoor: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "front-door", abstract: "Compares servers with and without a guest under wrk, in turn.")

    @Option(help: "The echo example's manifest.")
    var manifest = "Examples/echo/pulp.plugin.toml"
    @Option(help: "Rounds, each of every server once.")
    var rounds = 5
    @Option(help: "Seconds that each server is measured in a round.")
    var seconds = 3
    @Option(help: "Connections of the load.")
    var connections = 32
    @Option(help: "Event loops of each server.")
    var threads = 2
    @Option(help: "Writes the figures as JSON to this file.")
    var json: String?

    func run() throws {
        var benchmark = FrontDoorBenchmark(manifest: self.manifest)
        benchmark.rounds = self.rounds
        benchmark.seconds = self.seconds
        benchmark.connections = self.connections
        benchmark.threads = self.threads
        try BenchOutput.run(json: self.json) { progress in
            let rows = try benchmark.run(progress: progress)
            return (BenchReport.table(rows), try BenchReport.json(frontDoor: rows, footprint: []))
        }
    }
}

/// `pulp bench footprint`: start-up, memory, and what an idle host does.
struct BenchFootprint: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "footprint", abstract: "Measures start-up, memory per instance and wake-ups when idle.")

    @Option(help: "The echo example's manifest.")
    var manifest = "Examples/echo/pulp.plugin.toml"
    @Option(help: "A large guest's manifest that answers the same path.")
    var largeManifest: String?
    @Option(help: "Starts of each kind.")
    var rounds = 9
    @Option(help: "Writes the figures as JSON to this file.")
    var json: String?

    func run() throws {
        var benchmark = FootprintBenchmark(manifest: self.manifest)
        benchmark.largeManifest = self.largeManifest
        benchmark.rounds = self.rounds
        try BenchOutput.run(json: self.json) { progress in
            let rows = try benchmark.run(progress: progress)
            return (BenchReport.table(rows), try BenchReport.json(frontDoor: [], footprint: rows))
        }
    }
}

/// `pulp bench serve`: one of the compared servers, in a process of its own.
struct BenchServe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Runs one of the servers that front-door compares.", shouldDisplay: false)

    @Argument(help: "Which server.")
    var server: String
    @Option
    var manifest = "Examples/echo/pulp.plugin.toml"
    @Option
    var threads = 2

    func run() async throws {
        if let server = WebSocketServer(rawValue: self.server) {
            return try await server.run(manifest: self.manifest, threads: self.threads)
        }
        guard let server = BenchServer(rawValue: self.server) else {
            let known = BenchServer.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem("no server \"\(Output.printable(self.server))\"; there are \(known)", status: .usage)
        }
        try await server.run(manifest: self.manifest, threads: self.threads)
    }
}

private enum BenchOutput {
    /// Prints the machine and the table, and writes the JSON where it is wanted.
    static func run(json path: String?, _ body: ((String) -> Void) throws -> (table: String, json: String)) throws {
        do {
            let (table, json) = try body { Output.error("bench: \($0)") }
            Output.line("\(BenchReport.machine)\n\n\(table)")
            guard let path else { return }
            try Data((json + "\n").utf8).write(to: URL(fileURLWithPath: path))
        } catch let problem as BenchProblem {
            throw Problem(problem.description)
        }
    }
}
