import CAllocationCounter

/// One row: what a thing costs, by the clock and by the allocator.
struct Measurement {
    let name: String
    /// Median of the samples, in nanoseconds.
    let nanoseconds: Double
    let fastest: Double
    let allocations: Double

    /// Runs `body` `count` times in each of `samples` samples, after one that is not counted.
    init(_ name: String, count: Int, samples: Int = 15, _ body: () throws -> Void) rethrows {
        for _ in 0..<count { try body() }
        var times: [Double] = []
        times.reserveCapacity(samples)
        let clock = ContinuousClock()
        let before = pulp_allocation_count()
        for _ in 0..<samples {
            let start = clock.now
            for _ in 0..<count { try body() }
            times.append(Double((clock.now - start) / .nanoseconds(1)) / Double(count))
        }
        let allocated = pulp_allocation_count() - before
        self.name = name
        self.nanoseconds = times.sorted()[samples / 2]
        self.fastest = times.min() ?? .nan
        self.allocations = Double(allocated) / Double(samples * count)
    }

    static let heading = "what                                          ns (median)   ns (best)   allocations"

    var row: String {
        let numbers = [(self.nanoseconds, 11, 1), (self.fastest, 12, 1), (self.allocations, 14, 3)]
        let name = self.name + String(repeating: " ", count: max(46 - self.name.count, 1))
        return name + numbers.map { Self.text($0.0, width: $0.1, decimals: $0.2) }.joined()
    }

    private static func text(_ value: Double, width: Int, decimals: Int) -> String {
        guard pulp_counts_allocations() || decimals < 3 else { return String(repeating: " ", count: width - 1) + "-" }
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let rounded = Int((value * scale).rounded())
        let fraction = String(rounded % Int(scale))
        let padded = String(repeating: "0", count: decimals - fraction.count) + fraction
        let text = "\(rounded / Int(scale)).\(padded)"
        return String(repeating: " ", count: max(width - text.count, 1)) + text
    }
}
