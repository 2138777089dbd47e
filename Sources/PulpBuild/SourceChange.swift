/// What changed below a folder since it was last asked.
package struct SourceChange: Sendable, Equatable {
    /// More paths than anybody reads.
    package static let largestCount = 256

    /// Paths below the folder, sorted; some of them when there were more than ``largestCount``.
    package let paths: [String]
}

/// Paths that wait to be told, within a bound.
struct PendingPaths: Sendable {
    private var paths: Set<String> = []

    var isEmpty: Bool { self.paths.isEmpty }

    mutating func add(_ path: String) {
        guard self.paths.count < SourceChange.largestCount else { return }
        self.paths.insert(path)
    }

    mutating func take() -> SourceChange? {
        guard !self.paths.isEmpty else { return nil }
        defer { self.paths = [] }
        return SourceChange(paths: self.paths.sorted())
    }
}
