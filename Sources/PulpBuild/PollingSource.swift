import Dispatch
import Foundation
import Synchronization

/// Looks at all files again and again, and compares.
final class PollingSource: ChangeSource {
    private let isStopped = Atomic(false)
    /// Signalled when it is time to stop, so that nobody waits for a pause to end.
    private let stopping = DispatchSemaphore(value: 0)

    init(_ scope: WatchScope, period: Duration, outbox: Outbox) {
        let first = FolderSnapshot(scope)
        // The thread holds this object until it sees that it is stopped, which the watcher's end does.
        Thread.detachNewThread { self.watch(scope, from: first, period, outbox) }
    }

    func stop() {
        if !self.isStopped.exchange(true, ordering: .relaxed) { self.stopping.signal() }
    }

    /// Waits until the pause is over.
    ///
    /// - Returns: Whether to go on; false at once when it is time to stop.
    private func goesOn(after pause: Duration) -> Bool {
        self.stopping.wait(timeout: .now() + pause / .seconds(1)) == .timedOut
    }

    private func watch(_ scope: WatchScope, from first: FolderSnapshot, _ period: Duration, _ outbox: Outbox) {
        var last = first
        while Files.isFolder(scope.folder), self.goesOn(after: period) {
            var now = FolderSnapshot(scope)
            guard now != last else { continue }
            // A file that still grows is not what its author wants to see.
            while true {
                guard self.goesOn(after: scope.quiet) else { return outbox.finish() }
                let later = FolderSnapshot(scope)
                defer { now = later }
                if later == now { break }
            }
            outbox.put(now.differences(from: last))
            last = now
        }
        outbox.finish()
    }
}

/// The watched files below a folder, as far as their entries tell.
struct FolderSnapshot: Equatable {
    private struct Mark: Equatable {
        let modified: timespec
        let byteCount: Int
        let number: UInt64

        static func == (left: Mark, right: Mark) -> Bool {
            left.byteCount == right.byteCount && left.number == right.number
                && left.modified.tv_sec == right.modified.tv_sec && left.modified.tv_nsec == right.modified.tv_nsec
        }
    }

    private var marks: [String: Mark] = [:]

    init(_ scope: WatchScope) { self.add(scope, below: "", depth: 0) }

    /// In no order.
    var paths: some Sequence<String> { self.marks.keys }

    func differences(from other: FolderSnapshot) -> [String] {
        Set(self.marks.keys).union(other.marks.keys).filter { self.marks[$0] != other.marks[$0] }
    }

    private mutating func add(_ scope: WatchScope, below relative: String, depth: Int) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(scope.folder)/\(relative)")) ?? []
        for name in names where self.marks.count < SourceTree.largestCount {
            let path = relative.isEmpty ? name : "\(relative)/\(name)"
            var found = stat()
            guard unsafe lstat("\(scope.folder)/\(path)", &found) == 0 else { continue }
            if found.st_mode & S_IFMT == S_IFDIR {
                if scope.isEntered(name), depth < 32 { self.add(scope, below: path, depth: depth + 1) }
            } else if scope.isWatched(path) {
                #if canImport(Darwin)
                    let modified = found.st_mtimespec
                #else
                    let modified = found.st_mtim
                #endif
                self.marks[path] = Mark(
                    modified: modified, byteCount: Int(found.st_size), number: UInt64(found.st_ino))
            }
        }
    }
}
