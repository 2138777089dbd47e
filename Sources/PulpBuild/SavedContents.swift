import Crypto

/// What files held when they were last saved: tells a save that changes something from one that does not.
package struct SavedContents: Sendable {
    /// A larger file is taken for changed whenever it is saved.
    private static let largestFile = 16 << 20

    private let folder: String
    /// By path below the folder; nil for a file that is not there.
    private var digests: [String: SHA256.Digest?] = [:]

    package init(folder: String) { self.folder = folder }

    /// Whether a file of the change holds something else than at its last save. True for what is seen for the first time.
    package mutating func differ(after change: SourceChange) -> Bool {
        // There may have been others.
        var differs = change.paths.count >= SourceChange.largestCount
        for path in change.paths {
            let file = "\(self.folder)/\(path)"
            let isSmall = Files.byteCount(file).map { $0 <= Self.largestFile } ?? true
            let digest = isSmall ? Files.contents(file).map { SHA256.hash(data: $0) } : nil
            if !isSmall || self.digests[path] != .some(digest) { differs = true }
            self.digests[path] = .some(digest)
        }
        return differs
    }
}
