#if os(Linux)
    import Foundation
    import Synchronization

    /// Hears of changes from the kernel.
    ///
    /// Folders are watched, not files: an editor that writes a new file and renames it over the old one replaces the
    /// file, and its folder stays.
    final class InotifySource: ChangeSource {
        private let signal: StopSignal

        /// nil when the system has no more watches to give; then somebody has to look.
        init?(_ scope: WatchScope, outbox: Outbox, signal: StopSignal) {
            self.signal = signal
            let queue = inotify_init1(O_CLOEXEC | O_NONBLOCK)
            guard queue >= 0 else { return nil }
            guard let tree = WatchedTree(scope, queue: queue) else {
                close(queue)
                return nil
            }
            // The thread owns the queue.
            Thread.detachNewThread {
                Self.watch(tree, scope, until: signal, outbox)
                close(queue)
                outbox.finish()
            }
        }

        func stop() { self.signal.send() }

        private static func watch(_ first: WatchedTree, _ scope: WatchScope, until stop: StopSignal, _ outbox: Outbox) {
            var tree = first
            while true {
                switch Self.follow(&tree, scope, until: stop, outbox) {
                case .stopped: return
                case .incomplete:
                    return PollingSource.watch(scope, from: nil, scope.patience, until: stop, outbox)
                case .gone:
                    guard scope.outlivesFolder else { return }
                    while !Files.isFolder(scope.folder) {
                        if stop.isSent(within: scope.patience) { return }
                    }
                    guard let next = WatchedTree(scope, queue: tree.queue) else {
                        return PollingSource.watch(scope, from: nil, scope.patience, until: stop, outbox)
                    }
                    tree = next
                    outbox.put(FolderSnapshot(scope).paths)
                }
            }
        }

        private enum Ending {
            /// The folder itself has gone.
            case stopped, gone
            /// There are folders below that cannot be watched.
            case incomplete
        }

        private static func follow(
            _ tree: inout WatchedTree, _ scope: WatchScope, until stop: StopSignal, _ outbox: Outbox
        ) -> Ending {
            var burst = Burst(scope)
            while true {
                var waits = [
                    pollfd(fd: tree.queue, events: Int16(POLLIN), revents: 0),
                    pollfd(fd: stop.descriptor, events: Int16(POLLIN), revents: 0),
                ]
                let count = unsafe poll(&waits, nfds_t(waits.count), burst.millisecondsLeft)
                if count < 0, errno != EINTR { return .stopped }
                if waits[1].revents != 0 { return .stopped }
                if waits[0].revents != 0 {
                    var changed: Set<String> = []
                    let finding = tree.read(into: &changed)
                    burst.add(changed)
                    switch finding {
                    case .complete: break
                    case .gone:
                        outbox.put(burst.paths.union([SourceChange.folderItself]))
                        return .gone
                    case .incomplete:
                        outbox.put(burst.paths)
                        return .incomplete
                    }
                }
                if burst.isOver {
                    outbox.put(burst.paths)
                    burst = Burst(scope)
                }
            }
        }
    }

    /// Changes that belong together: until nothing has come for a moment, but not for ever.
    private struct Burst {
        private(set) var paths: Set<String> = []
        private let scope: WatchScope
        private var first: ContinuousClock.Instant?
        private var last: ContinuousClock.Instant?

        init(_ scope: WatchScope) { self.scope = scope }

        mutating func add(_ changed: Set<String>) {
            guard !changed.isEmpty else { return }
            let now = ContinuousClock.now
            self.first = self.first ?? now
            self.last = now
            self.paths.formUnion(changed)
        }

        private var end: ContinuousClock.Instant? {
            guard let first, let last else { return nil }
            return min(last + self.scope.quiet, first + self.scope.longestBurst)
        }

        var isOver: Bool {
            self.paths.count >= SourceChange.largestCount || self.end.map { $0 <= .now } ?? false
        }

        /// As poll(2) takes it: -1 while nothing has changed.
        var millisecondsLeft: Int32 {
            guard let end else { return -1 }
            return Int32(max(0, (end - .now) / .milliseconds(1)).rounded(.up))
        }
    }

    /// The watches of one folder and those below it.
    private struct WatchedTree: Sendable {
        /// More folders than sources have; the system has about 8000 watches for each user, at times.
        static let largestCount = 2048

        private static let mask =
            UInt32(IN_CLOSE_WRITE) | UInt32(IN_MOVED_TO) | UInt32(IN_MOVED_FROM) | UInt32(IN_DELETE)
            | UInt32(IN_CREATE) | UInt32(IN_DELETE_SELF) | UInt32(IN_MOVE_SELF) | UInt32(IN_ONLYDIR)

        let queue: Int32
        private let scope: WatchScope
        /// Each watch's folder below the root; empty for the root.
        private var folders: [Int32: String] = [:]

        init?(_ scope: WatchScope, queue: Int32) {
            self.scope = scope
            self.queue = queue
            guard self.add("", depth: 0) else { return nil }
        }

        /// Watches a folder and those in it; files in it are told to `found`.
        ///
        /// - Returns: False when there is one that cannot be watched: then it has to be looked at.
        private mutating func add(
            _ relative: String, depth: Int, found: (String) -> Void = { _ in }
        ) -> Bool {
            // Sources are not looked for further down either.
            guard depth < SourceTree.largestDepth else { return true }
            guard self.folders.count < Self.largestCount else { return false }
            let path = relative.isEmpty ? self.scope.folder : "\(self.scope.folder)/\(relative)"
            let watch = unsafe inotify_add_watch(self.queue, path, Self.mask)
            // A folder that is gone already is no loss, except for the first.
            guard watch >= 0 else { return !relative.isEmpty && errno != ENOSPC && errno != ENOMEM }
            self.folders[watch] = relative
            for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
                let inner = relative.isEmpty ? name : "\(relative)/\(name)"
                var status = stat()
                guard unsafe lstat("\(self.scope.folder)/\(inner)", &status) == 0 else { continue }
                if status.st_mode & S_IFMT != S_IFDIR {
                    found(inner)
                } else if self.scope.isEntered(inner), !self.add(inner, depth: depth + 1, found: found) {
                    return false
                }
            }
            return true
        }

        enum Finding {
            case complete
            /// The root has gone.
            case gone
            /// There is a folder that cannot be watched.
            case incomplete
        }

        /// Takes what the kernel has.
        mutating func read(into changed: inout Set<String>) -> Finding {
            var bytes = [UInt8](repeating: 0, count: 16 << 10)
            while true {
                let count = unsafe Glibc.read(self.queue, &bytes, bytes.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return .complete }
                for event in Self.events(bytes[..<count]) {
                    let finding = self.take(event, &changed)
                    if finding != .complete { return finding }
                }
                // Somebody who never stops writing would never be heard.
                if changed.count >= SourceChange.largestCount { return .complete }
            }
        }

        private struct Event {
            let watch: Int32
            let mask: UInt32
            let name: String

            func has(_ flag: Int32) -> Bool { self.mask & UInt32(flag) != 0 }
        }

        private mutating func take(_ event: Event, _ changed: inout Set<String>) -> Finding {
            // Something was lost: everything may have changed, and folders may have come.
            if event.has(IN_Q_OVERFLOW) { return self.addAndTell("", &changed) }
            guard let folder = self.folders[event.watch] else { return .complete }
            if event.has(IN_IGNORED) { self.folders[event.watch] = nil }
            if event.has(IN_DELETE_SELF) || event.has(IN_MOVE_SELF) || event.has(IN_UNMOUNT) {
                guard !folder.isEmpty else { return .gone }
                // One that was moved out of the tree is nobody's; one that was moved within is known by its new path.
                if !Files.isFolder("\(self.scope.folder)/\(folder)") { _ = inotify_rm_watch(self.queue, event.watch) }
                return .complete
            }
            guard !event.name.isEmpty else { return .complete }
            let path = folder.isEmpty ? event.name : "\(folder)/\(event.name)"
            if event.has(IN_ISDIR) {
                guard self.scope.isEntered(path) else { return .complete }
                if event.has(IN_CREATE) || event.has(IN_MOVED_TO) { return self.addAndTell(path, &changed) }
                // What was in it has gone with it, without a word about each file.
                if event.has(IN_MOVED_FROM) { changed.insert(path) }
            } else if !event.has(IN_CREATE) || self.isLink(path), self.scope.isWatched(path) {
                changed.insert(path)
            }
            return .complete
        }

        private mutating func addAndTell(_ path: String, _ changed: inout Set<String>) -> Finding {
            let isWatched = self.scope.isWatched
            let isWhole = self.add(path, depth: path.split(separator: "/").count) { file in
                if changed.count < SourceChange.largestCount, isWatched(file) { changed.insert(file) }
            }
            return isWhole ? .complete : .incomplete
        }

        /// A file that is created is told when it is closed; a link, of either kind, never is.
        private func isLink(_ path: String) -> Bool {
            var status = stat()
            guard unsafe lstat("\(self.scope.folder)/\(path)", &status) == 0 else { return false }
            return status.st_mode & S_IFMT == S_IFLNK || status.st_nlink > 1
        }

        /// The kernel's records: watch, mask, cookie and length of the name, of 32 bits each, then the name with NULs.
        private static func events(_ bytes: ArraySlice<UInt8>) -> [Event] {
            var events: [Event] = []
            var rest = bytes
            while rest.count >= 16 {
                let words = (0..<4).map { index in
                    (0..<4).reduce(UInt32(0)) { word, byte in
                        word | UInt32(rest[rest.startIndex + index * 4 + byte]) << (8 * UInt32(byte))
                    }
                }
                let name = rest.dropFirst(16).prefix(Int(words[3])).prefix { $0 != 0 }
                events.append(
                    Event(
                        watch: Int32(bitPattern: words[0]), mask: words[1], name: String(decoding: name, as: UTF8.self))
                )
                rest = rest.dropFirst(16 + Int(words[3]))
            }
            return events
        }
    }
#endif
