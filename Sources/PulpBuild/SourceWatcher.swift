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
        try self.init(folder: project.folder, method: method, isEntered: { project.isEntered($0) }) {
            project.isWatched($0)
        }
    }

    /// Watches a folder and what is in it, except folders of tools and of other things than sources.
    ///
    /// - Parameters:
    ///   - quiet: How long nothing has to happen until a burst is over.
    ///   - outlivesFolder: Whether the sequence goes on when the folder is gone, which is told as a change, and waits for
    ///     it to come back.
    ///   - isEntered: Whether a folder, by its path below the folder, is looked into; nil for all but those of
    ///     tools. Called on a thread of the watcher's.
    ///   - isWatched: Whether a file, by its path below the folder, counts. Called there too.
    package init(
        folder: String, quiet: Duration = .milliseconds(20), method: Method = .system, outlivesFolder: Bool = false,
        isEntered: (@Sendable (_ path: String) -> Bool)? = nil,
        isWatched: @escaping @Sendable (_ path: String) -> Bool
    ) throws(BuildError) {
        guard Files.isFolder(folder) else {
            throw BuildError(.files, "\(folder) cannot be watched: it is no folder; check the path")
        }
        let outbox = Outbox()
        self.outbox = outbox
        let scope = WatchScope(
            folder: folder, quiet: quiet, outlivesFolder: outlivesFolder,
            isEntered: isEntered ?? { !SourceTree.isForeign(Files.name(of: $0)) }, isWatched: isWatched)
        self.source = try Self.source(method, scope, outbox)
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

    private static func source(
        _ method: Method, _ scope: WatchScope, _ outbox: Outbox
    ) throws(BuildError) -> any ChangeSource {
        let signal = try StopSignal()
        switch method {
        case .polling(let period): return PollingSource(scope, period: period, outbox: outbox, signal: signal)
        case .system:
            #if os(Linux)
                if let source = InotifySource(scope, outbox: outbox, signal: signal) { return source }
            #endif
            return PollingSource(scope, period: scope.patience, outbox: outbox, signal: signal)
        }
    }
}

/// What is watched, and how patiently.
struct WatchScope: Sendable {
    let folder: String
    let quiet: Duration
    let outlivesFolder: Bool
    /// Where tools put theirs nothing is of interest, and much happens.
    let isEntered: @Sendable (_ path: String) -> Bool
    let isWatched: @Sendable (_ path: String) -> Bool

    /// A burst that goes on longer is told in parts.
    var longestBurst: Duration { max(self.quiet * 10, .milliseconds(500)) }
    /// How often somebody looks where the system does not tell.
    var patience: Duration { .milliseconds(200) }
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
