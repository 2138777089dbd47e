import Foundation

/// One run of `wrk` against a server, and what it says.
struct LoadRun: Sendable {
    let requests: Int
    let requestsPerSecond: Double
    /// Microseconds.
    let median: Double
    let p99: Double

    init(port: Int, path: String, connections: Int, seconds: Int) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "wrk", "-t1", "-c\(connections)", "-d\(seconds)s", "--latency", "http://127.0.0.1:\(port)\(path)",
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw BenchProblem("wrk cannot be run; install it (Debian: apt-get install wrk) and try again")
        }
        guard !text.contains("Non-2xx") else { throw BenchProblem("the server answered with errors:\n\(text)") }
        let lines = text.split(separator: "\n").map { $0.split(separator: " ") }
        func value(_ first: String, at index: Int) -> Substring? {
            lines.first { $0.first == first[...] && $0.count > index }?[index]
        }
        self.requests = lines.first { $0.count > 1 && $0[1] == "requests" }.flatMap { Int($0[0]) } ?? 0
        self.requestsPerSecond = value("Requests/sec:", at: 1).flatMap { Double($0) } ?? 0
        self.median = Self.microseconds(value("50%", at: 1))
        self.p99 = Self.microseconds(value("99%", at: 1))
        guard self.requests > 0 else { throw BenchProblem("wrk measured nothing:\n\(text)") }
    }

    private static func microseconds(_ text: Substring?) -> Double {
        guard let text else { return .nan }
        let units: [(String, Double)] = [("us", 1), ("ms", 1_000), ("s", 1_000_000)]
        for (unit, factor) in units where text.hasSuffix(unit) {
            return (Double(text.dropLast(unit.count)) ?? .nan) * factor
        }
        return .nan
    }
}

/// The middle of several measurements.
func median(_ values: [Double]) -> Double {
    guard !values.isEmpty else { return .nan }
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
