import Foundation
import PulpEngine

/// `make bench-micro`: the engine's step and the wire format, in nanoseconds and allocations.
@main
enum Main {
    static func main() throws {
        let heartbeat = self.guest("Tests/Fixtures/heartbeat/heartbeat.wasm", madeBy: "Scripts/build-guests heartbeat")
        let echo = self.guest("Examples/echo/echo.wasm", madeBy: "Scripts/build-guests echo")
        let engine = try Engine()
        print(Measurement.heading)
        for row in try StepBenchmarks(engine: engine, guest: heartbeat).run() { print(row.row) }
        for row in try RequestBenchmarks(engine: engine, guest: echo).run() { print(row.row) }
        for row in WireBenchmarks.run() { print(row.row) }
    }

    private static func guest(_ path: String, madeBy command: String) -> [UInt8] {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            print("\(path) is not there; run \(command) first")
            exit(1)
        }
        return [UInt8](bytes)
    }
}
