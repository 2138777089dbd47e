import Foundation

/// Prints a benchmark's rows as a table and as JSON.
package enum BenchReport {
    package static func table(_ rows: [FrontDoorBenchmark.Row]) -> String {
        let yardstick = rows.first { $0.server == BenchServer.nio.rawValue }
        let native = rows.first { $0.server == BenchServer.native.rawValue }
        var lines = ["server                 CPU us/req  x nio   req/s   % native  p50 us  p99 us  c=1: p50 us  p99 us"]
        for row in rows {
            let overYardstick = yardstick.map { row.cpuPerRequest / $0.cpuPerRequest } ?? .nan
            let kept = native.map { 100 * row.requestsPerSecond / $0.requestsPerSecond } ?? .nan
            let numbers = [
                (row.cpuPerRequest, 10, 1), (overYardstick, 7, 2), (row.requestsPerSecond, 8, 0), (kept, 10, 0),
                (row.median, 8, 0), (row.p99, 8, 0), (row.medianAlone, 12, 0), (row.p99Alone, 8, 0),
            ]
            lines.append(
                row.server.padded(to: 22) + numbers.map { Self.number($0.0, width: $0.1, decimals: $0.2) }.joined())
        }
        return lines.joined(separator: "\n")
    }

    package static func table(_ rows: [FootprintBenchmark.Row]) -> String {
        rows.map { $0.what.padded(to: 44) + Self.number($0.value, width: 10, decimals: 1) + " \($0.unit)" }
            .joined(separator: "\n")
    }

    package static func table(_ rows: [FetchBenchmark.Row]) -> String {
        rows.map { $0.what.padded(to: 44) + Self.number($0.value, width: 10, decimals: 1) + " \($0.unit)" }
            .joined(separator: "\n")
    }

    package static func json(frontDoor: [FrontDoorBenchmark.Row], footprint: [FootprintBenchmark.Row]) throws -> String
    {
        struct Report: Codable {
            let machine: String
            let frontDoor: [FrontDoorBenchmark.Row]
            let footprint: [FootprintBenchmark.Row]
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let report = Report(machine: Self.machine, frontDoor: frontDoor, footprint: footprint)
        return String(decoding: try encoder.encode(report), as: UTF8.self)
    }

    /// What the numbers were taken on.
    package static var machine: String {
        let information = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let model = information.split(separator: "\n").first { $0.hasPrefix("model name") }?
            .split(separator: ":").last.map { String($0.drop { $0 == " " }) }
        let cores = ProcessInfo.processInfo.activeProcessorCount
        return
            "\(model ?? "unknown processor"), \(cores) cores, \(ProcessInfo.processInfo.operatingSystemVersionString)"
    }

    private static func number(_ value: Double, width: Int, decimals: Int) -> String {
        let text = value.isFinite ? String(format: "%.\(decimals)f", value) : "-"
        return String(repeating: " ", count: max(width - text.count, 1)) + text
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(width - self.count, 1))
    }
}
