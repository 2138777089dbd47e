import Foundation
import Synchronization

/// Tells when files below a folder have changed, as an editor leaves them.
///
/// What belongs together comes as one change: a burst ends when nothing has happened for a moment. A reader who is
/// busy misses nothing: what happens meanwhile waits as one more change, of a bounded number of paths. The sequence is
/// for one reader; it ends when the folder is gone, when the reader's task is cancelled, or with ``stop()``.
package final class SourceWatcher: AsyncSequence, Sendable {
    package typealias Element = SourceChange

    /// How changes are noticed.
    package enum Method: Sendable {
        /// The system tells (inotify); looks by itself where it does not.
        case system
        /// Looks again and again, which also finds changes on file systems of the network.
        case polling(Duration)
    }

    private let outbox: Outbox
    private let source: any ChangeSource

    /// Watches a plugin's sources and its manifest.
    ///
    /// - Throws: ``BuildError/Code/files`` when the folder cannot be watched.
    package convenience init(_ project: PluginProject, method: Method = .system) throws(BuildError) {
        try self.init(folder: project.folder, method: method) { project.isWatched($0) }
    }

    /// Watches a folder and what is in it, except folders of tools and of other things than sources.
    ///
    /// - Parameters:
    ///   - quiet: How long nothing has to happen until a burst is over.
    ///   - isWatched: Whether a file, by its path below the folder, counts. Called on a thread of the watcher's.
    package init(
        folder: String, quiet: Duration = .milliseconds(20), method: Method = .system,
        isWatched: @escaping @Sendable (_ path: String) -> Bool
    ) throws(BuildError) {
        guard Files.isFolder(folder) else {
            throw BuildError(.files, "\(folder) cannot be watched: it is no folder; check the path")
        }
        let outbox = Outbox()
        self.outbox = outbox
        self.source = Self.source(
            method, WatchScope(folder: folder, quiet: quiet, isWatched: isWatched), outbox)
    }

    deinit { self.source.stop() }

    /// Ends the sequence.
    package func stop() {
        self.source.stop()
        self.outbox.finish()
    }

    package func makeAsyncIterator() -> Iterator {
        Iterator(watcher: self, signals: self.outbox.signals.makeAsyncIterator())
    }

    package struct Iterator: AsyncIteratorProtocol {
        /// Keeps the watching alive for as long as somebody reads.
        private let watcher: SourceWatcher
        private var signals: AsyncStream<Void>.Iterator

        fileprivate init(watcher: SourceWatcher, signals: AsyncStream<Void>.Iterator) {
            self.watcher = watcher
            self.signals = signals
        }

        package mutating func next() async -> SourceChange? {
            while await self.signals.next() != nil {
                if let change = self.watcher.outbox.take() { return change }
            }
            return nil
        }
    }

    private static func source(_ method: Method, _ scope: WatchScope, _ outbox: Outbox) -> any ChangeSource {
        switch method {
        case .polling(let period): return PollingSource(scope, period: period, outbox: outbox)
        case .system:
            #if os(Linux)
                if let source = InotifySource(scope, outbox: outbox) { return source }
            #endif
            return PollingSource(scope, period: .milliseconds(200), outbox: outbox)
        }
    }
}

/// What is watched, and how patiently.
struct WatchScope: Sendable {
    let folder: String
    let quiet: Duration
    let isWatched: @Sendable (_ path: String) -> Bool

    /// Folders that are looked into: where tools put theirs nothing is of interest, and much happens.
    func isEntered(_ name: String) -> Bool { !SourceTree.isForeign(name) }
}

/// Who notices changes and puts them into an ``Outbox``, on a thread of its own, until it is stopped.
protocol ChangeSource: Sendable {
    func stop()
}

/// Between the thread that notices and the task that reads.
final class Outbox: Sendable {
    private let pending = Mutex(PendingPaths())
    let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    init() {
        // One signal is enough: whoever takes it takes all that is pending.
        (self.signals, self.signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func put(_ paths: some Sequence<String>) {
        self.pending.withLock { pending in
            for path in paths { pending.add(path) }
        }
        self.signal.yield()
    }

    func take() -> SourceChange? { self.pending.withLock { $0.take() } }
    func finish() { self.signal.finish() }
}
