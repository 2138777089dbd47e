import ArgumentParser
import PulpBench

/// `pulp bench fetch`: what outbound HTTP costs a guest, against the library alone.
struct BenchFetch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fetch", abstract: "Compares http_fetch and http_respond_stream with the client library alone.")

    @Option(help: "The proxy example's manifest.")
    var manifest = "Examples/proxy/pulp.plugin.toml"
    @Option(help: "Rounds, each of both kinds once.")
    var rounds = 5
    @Option(help: "MiB of the body that is passed on.")
    var mebibytes = 1024

    func run() async throws {
        do {
            var fetch = FetchBenchmark()
            fetch.rounds = self.rounds
            var splice = SpliceBenchmark(manifest: self.manifest)
            splice.rounds = self.rounds
            splice.bytes = self.mebibytes << 20
            let progress: @Sendable (String) -> Void = { Output.error("bench: \($0)") }
            let rows = try await fetch.run(progress: progress) + splice.run(progress: progress)
            Output.line("\(BenchReport.machine)\n\n\(BenchReport.table(rows))")
        } catch let problem as BenchProblem {
            throw Problem(problem.description)
        }
    }
}
