import ArgumentParser
import PulpBench

/// `pulp bench sqlite`: SQL from a guest, against the library alone.
struct BenchSQLite: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sqlite", abstract: "Measures SQL as a guest sees it, against the same SQL in a plain loop.")

    @Option(help: "The fixture's manifest.")
    var manifest = "Tests/Fixtures/sqlite-caller/pulp.plugin.toml"
    @Option(help: "Rounds, of which the medians are shown.")
    var rounds = 15

    func run() async throws {
        var benchmark = SQLiteBenchmark(manifest: self.manifest)
        benchmark.rounds = self.rounds
        do {
            let rows = try await benchmark.run { Output.error("bench: \($0)") }
            Output.line("\(BenchReport.machine)\n\n\(SQLiteBenchmark.table(rows))")
        } catch let problem as BenchProblem {
            throw Problem(problem.description)
        }
    }
}

/// `pulp bench sqlite-writer`: writes until it is killed, for the test of what survives that.
struct BenchSQLiteWriter: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sqlite-writer", abstract: "Writes rows through a guest until it is killed.", shouldDisplay: false)

    @Argument(help: "The storage root.")
    var folder: String
    @Option
    var manifest = "Tests/Fixtures/sqlite-caller/pulp.plugin.toml"
    @Option
    var first: Int64 = 1

    func run() async throws {
        try await SQLiteWriter.run(manifest: self.manifest, folder: self.folder, first: self.first)
    }
}
