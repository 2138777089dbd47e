import PulpWire

/// A container's use of the machine, as the engine measures it.
struct EngineStats: Decodable, Sendable {
    struct CPU: Decodable, Sendable {
        struct Usage: Decodable, Sendable {
            let total: UInt64?

            enum CodingKeys: String, CodingKey { case total = "total_usage" }
        }

        let usage: Usage?
        let system: UInt64?
        let online: UInt64?

        enum CodingKeys: String, CodingKey {
            case usage = "cpu_usage"
            case system = "system_cpu_usage"
            case online = "online_cpus"
        }
    }

    struct Memory: Decodable, Sendable {
        let usage: UInt64?
        let limit: UInt64?
    }

    struct Network: Decodable, Sendable {
        let received: UInt64?
        let sent: UInt64?

        enum CodingKeys: String, CodingKey {
            case received = "rx_bytes"
            case sent = "tx_bytes"
        }
    }

    struct Disk: Decodable, Sendable {
        struct Entry: Decodable, Sendable {
            let op: String?
            let value: UInt64?
        }

        let entries: [Entry]?

        enum CodingKeys: String, CodingKey { case entries = "io_service_bytes_recursive" }
    }

    let cpu: CPU?
    let before: CPU?
    let memory: Memory?
    let networks: [String: Network]?
    let disk: Disk?

    enum CodingKeys: String, CodingKey {
        case cpu = "cpu_stats"
        case before = "precpu_stats"
        case memory = "memory_stats"
        case networks
        case disk = "blkio_stats"
    }

    /// The measurement as a guest gets it.
    func record(of container: String, name: String, seconds: Int64) -> DockerStats {
        var record = DockerStats(containerID: container, name: name, timestamp: seconds)
        record.cpuPercent = self.cpuPercent
        record.memoryUsed = Int64(clamping: self.memory?.usage ?? 0)
        record.memoryLimit = Int64(clamping: self.memory?.limit ?? 0)
        let networks = self.networks?.values.map { $0 } ?? []
        record.receivedBytes = Self.sum(networks.map(\.received))
        record.sentBytes = Self.sum(networks.map(\.sent))
        let entries = self.disk?.entries ?? []
        record.diskReadBytes = Self.sum(entries.filter { $0.op?.lowercased() == "read" }.map(\.value))
        record.diskWriteBytes = Self.sum(entries.filter { $0.op?.lowercased() == "write" }.map(\.value))
        return record
    }

    private var cpuPercent: Double {
        let own = Self.growth(self.before?.usage?.total, self.cpu?.usage?.total)
        let all = Self.growth(self.before?.system, self.cpu?.system)
        guard own > 0, all > 0 else { return 0 }
        return own / all * Double(max(self.cpu?.online ?? 1, 1)) * 100
    }

    private static func growth(_ before: UInt64?, _ after: UInt64?) -> Double {
        Double(after ?? 0) - Double(before ?? 0)
    }

    private static func sum(_ values: [UInt64?]) -> Int64 {
        values.reduce(0) { sum, value in
            let (next, isOver) = sum.addingReportingOverflow(Int64(clamping: value ?? 0))
            return isOver ? .max : next
        }
    }
}
