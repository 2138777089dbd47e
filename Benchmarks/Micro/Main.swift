import Foundation
import PulpEngine

/// `make bench-micro`: the engine's step and the wire format, in nanoseconds and allocations.
@main
enum Main {
    static func main() throws {
        let path = CommandLine.arguments.dropFirst().first ?? "Tests/Fixtures/heartbeat/heartbeat.wasm"
        guard let guest = FileManager.default.contents(atPath: path) else {
            print("\(path) is not there; run Scripts/build-guests heartbeat first")
            exit(1)
        }
        let engine = try Engine()
        print(Measurement.heading)
        for row in try StepBenchmarks(engine: engine, guest: [UInt8](guest)).run() { print(row.row) }
        for row in WireBenchmarks.run() { print(row.row) }
    }
}
