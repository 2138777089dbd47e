/// What changed below a folder since it was last asked.
package struct SourceChange: Sendable, Equatable {
    /// More paths than anybody reads.
    package static let largestCount = 256
    /// Stands for the folder, when that has gone.
    static let folderItself = "."

    /// Paths below the folder, sorted; some of them when there were more than ``largestCount``. One may be a folder's that
    /// was moved away.
    package let paths: [String]

    /// Whether the file may have changed: there may have been more changes than are told.
    package func mayInclude(_ path: String) -> Bool {
        self.paths.contains(path) || self.paths.count >= Self.largestCount
    }
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
