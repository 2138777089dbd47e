import ArgumentParser
import PulpBench

/// `pulp bench events`: one event from a guest to many subscribers.
struct BenchEvents: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "Measures an event's way to a thousand subscribers, with a guest and without.")

    @Option(help: "Clients that listen.")
    var subscribers = 1_000
    @Option(help: "Events that are measured.")
    var rounds = 200
    @Option(help: "Event loops of each server.")
    var threads = 2

    func run() async throws {
        var benchmark = EventsBenchmark()
        benchmark.subscribers = self.subscribers
        benchmark.rounds = self.rounds
        benchmark.threads = self.threads
        do {
            let rows = try await benchmark.run { Output.error("bench: \($0)") }
            Output.line("\(BenchReport.machine)\n\n\(EventsBenchmark.table(rows))")
        } catch let problem as BenchProblem {
            throw Problem(problem.description)
        }
    }
}
