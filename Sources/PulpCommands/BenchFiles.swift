import ArgumentParser
import PulpBench

/// `pulp bench files`: stored files, seen from guest code.
struct BenchFiles: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "files", abstract: "Compares storage.fs with the operating system's own calls.",
        discussion: "Build the guest first: Scripts/build-guests files.")

    @Option(help: "The files fixture's manifest.")
    var manifest = "Tests/Fixtures/files/pulp.cell.toml"
    @Option(help: "Where files are made, instead of the system's folder for temporary ones: file systems differ.")
    var folder: String?
    @Option(help: "Rounds.")
    var rounds = 9
    @Option(help: "Calls in a round.")
    var calls = 2_000

    func run() async throws {
        var benchmark = FilesBenchmark(manifest: self.manifest)
        benchmark.rounds = self.rounds
        benchmark.calls = self.calls
        if let folder { benchmark.folder = folder }
        do {
            let rows = try await benchmark.run { Output.error("bench: \($0)") }
            Output.line("\(BenchReport.machine)\n\n\(FilesBenchmark.table(rows))")
        } catch let problem as BenchProblem {
            throw Problem(problem.description)
        }
    }
}
