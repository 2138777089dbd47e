import Crypto
import Foundation

/// Tells saves of sources from what a command of the manifest's own writes beside them: it must not call for itself for
/// ever.
///
/// A file that holds what it held before is no news; one that has changed during several builds in a row is the build's.
package struct SavedContents: Sendable {
    /// A larger file is taken for changed whenever it is saved.
    private static let largestFile = 16 << 20
    /// Builds in a row that somebody may save the same file in, each overtaking the one before.
    private static let largestStreak = 8
    /// The clock of files is behind the system's by a tick, in seconds.
    private static let tick = 0.02

    private struct File {
        /// nil for one that is not there.
        var digest: SHA256.Digest?
        /// Builds in a row that it has changed in.
        var streak = 0
    }

    private let folder: String
    /// By path below the folder.
    private var files: [String: File] = [:]
    private var told: Set<String> = []

    package init(folder: String) { self.folder = folder }

    /// Whether a change calls for a build.
    ///
    /// - Parameters:
    ///   - build: When the last build began, and when it ended; nil for now.
    ///   - made: Told once of each file that the build is found to write, with what to do.
    package mutating func callForBuild(
        _ change: SourceChange, after build: (start: Date, end: Date?)?, made: (String) -> Void
    ) -> Bool {
        // There may have been others.
        var isNews = change.paths.count >= SourceChange.largestCount
        for path in change.paths {
            let digest = self.digest(of: path)
            let former = self.files.updateValue(File(digest: digest), forKey: path)
            if let former, let digest, former.digest == digest {
                self.files[path]?.streak = former.streak
                continue
            }
            guard let build, self.isMade(path, in: build) else {
                isNews = true
                continue
            }
            let streak = (former?.streak ?? 0) + 1
            self.files[path]?.streak = streak
            if streak <= Self.largestStreak {
                isNews = true
            } else if self.told.insert(path).inserted {
                made(
                    "\(path) is written by the build itself and does not call for another; [build] sources in the "
                        + "manifest says which files do")
            }
        }
        return isNews
    }

    private func digest(of path: String) -> SHA256.Digest? {
        let file = "\(self.folder)/\(path)"
        guard let count = Files.byteCount(file), count <= Self.largestFile, Files.isFile(file) else { return nil }
        return Files.contents(file).map { SHA256.hash(data: $0) }
    }

    private func isMade(_ path: String, in build: (start: Date, end: Date?)) -> Bool {
        let attributes = try? FileManager.default.attributesOfItem(atPath: "\(self.folder)/\(path)")
        guard let date = attributes?[.modificationDate] as? Date else { return false }
        return date > build.start.addingTimeInterval(-Self.tick) && date < build.end ?? .distantFuture
    }
}
