import ArgumentParser
import PulpBench

/// `pulp bench websocket`: echo, fan-out and idle sockets.
struct BenchWebSocket: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "websocket", abstract: "Compares a WebSocket echo with and without a guest; fan-out; idle sockets."
    )

    @Option(help: "The manifest of a guest that echoes, and that broadcasts what follows `!all ` and `!many `.")
    var manifest = "Tests/Fixtures/websocket/pulp.plugin.toml"
    @Option(help: "Rounds, each of every server once.")
    var rounds = 5
    @Option(help: "Seconds that each server is measured in a round.")
    var seconds = 3
    @Option(help: "Connections of the load.")
    var connections = 32
    @Option(help: "Sockets that do nothing.")
    var idle = 10_000
    @Option(help: "Event loops of each server.")
    var threads = 1

    func run() async throws {
        var benchmark = WebSocketBenchmark(manifest: self.manifest)
        benchmark.rounds = self.rounds
        benchmark.seconds = self.seconds
        benchmark.connections = self.connections
        benchmark.idleConnections = self.idle
        benchmark.threads = self.threads
        do {
            let rows = try await benchmark.run { Output.error("bench: \($0)") }
            Output.line("\(BenchReport.machine)\n\n\(BenchReport.table(rows))")
        } catch let problem as BenchProblem {
            throw Problem(problem.description)
        }
    }
}
