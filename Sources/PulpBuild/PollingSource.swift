import Foundation

/// Looks at all files again and again, and compares.
final class PollingSource: ChangeSource {
    private let signal: StopSignal

    init(_ scope: WatchScope, period: Duration, outbox: Outbox, signal: StopSignal) {
        self.signal = signal
        let first = FolderSnapshot(scope)
        Thread.detachNewThread {
            Self.watch(scope, from: first, period, until: signal, outbox)
            outbox.finish()
        }
    }

    func stop() { self.signal.send() }

    /// Looks until it is stopped or the folder has gone, on a thread of the caller's.
    ///
    /// - Parameter first: What was there before; nil when that is not known, and everything may have changed.
    static func watch(
        _ scope: WatchScope, from first: FolderSnapshot?, _ period: Duration, until stop: StopSignal, _ outbox: Outbox
    ) {
        var last = first ?? FolderSnapshot(scope)
        if first == nil { outbox.put(last.paths) }
        while !stop.isSent(within: period) {
            guard scope.outlivesFolder || Files.isFolder(scope.folder) else { return }
            var now = FolderSnapshot(scope)
            guard now != last else { continue }
            // A file that still grows is not what its author wants to see, unless it never stops.
            let end = ContinuousClock.now + scope.longestBurst
            while ContinuousClock.now < end {
                if stop.isSent(within: scope.quiet) { return }
                let later = FolderSnapshot(scope)
                defer { now = later }
                if later == now { break }
            }
            outbox.put(now.differences(from: last))
            last = now
        }
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
                if scope.isEntered(path), depth < SourceTree.largestDepth {
                    self.add(scope, below: path, depth: depth + 1)
                }
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
