#if os(Linux)
    import Foundation
    import Synchronization

    /// Hears of changes from the kernel.
    ///
    /// Folders are watched, not files: an editor that writes a new file and renames it over the old one replaces the
    /// file, and its folder stays.
    final class InotifySource: ChangeSource {
        /// The writing end of a pipe, which is closed when it is time to stop.
        private let writer: Mutex<Int32>

        /// nil when the system has no more watches to give; then somebody has to look.
        init?(_ scope: WatchScope, outbox: Outbox) {
            let queue = inotify_init1(O_CLOEXEC | O_NONBLOCK)
            var ends: [Int32] = [-1, -1]
            let isPipe = unsafe pipe(&ends) == 0
            // Compilers are started from here: what they inherit would keep the pipe open.
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            self.writer = Mutex(ends[1])
            guard queue >= 0, isPipe, let tree = WatchedTree(scope, queue: queue) else {
                self.writer.withLock { $0 = -1 }
                for descriptor in [queue] + ends where descriptor >= 0 { close(descriptor) }
                return nil
            }
            // The thread owns the queue and the pipe's reading end.
            let reader = ends[0]
            Thread.detachNewThread {
                var tree = tree
                Self.watch(&tree, scope, until: reader, outbox)
                close(queue)
                close(reader)
                outbox.finish()
            }
        }

        func stop() {
            self.writer.withLock { writer in
                if writer >= 0 { close(writer) }
                writer = -1
            }
        }

        private static func watch(
            _ tree: inout WatchedTree, _ scope: WatchScope, until stop: Int32, _ outbox: Outbox
        ) {
            var changed: Set<String> = []
            while true {
                let milliseconds = changed.isEmpty ? -1 : max(1, Int32(scope.quiet / .milliseconds(1)))
                var waits = [
                    pollfd(fd: tree.queue, events: Int16(POLLIN), revents: 0),
                    pollfd(fd: stop, events: Int16(POLLIN), revents: 0),
                ]
                let count = unsafe poll(&waits, nfds_t(waits.count), milliseconds)
                if count < 0, errno != EINTR { return }
                if waits[1].revents != 0 { return }
                if count == 0 || changed.count >= SourceChange.largestCount {
                    outbox.put(changed)
                    changed = []
                }
                if waits[0].revents != 0, !tree.read(into: &changed) {
                    outbox.put(changed)
                    return
                }
            }
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
        private mutating func add(
            _ relative: String, depth: Int, found: (String) -> Void = { _ in }
        ) -> Bool {
            guard self.folders.count < Self.largestCount, depth < 32 else { return !self.folders.isEmpty }
            let path = relative.isEmpty ? self.scope.folder : "\(self.scope.folder)/\(relative)"
            let watch = unsafe inotify_add_watch(self.queue, path, Self.mask)
            // A folder that is gone already is no loss, except for the first.
            guard watch >= 0 else { return !relative.isEmpty && errno != ENOSPC }
            self.folders[watch] = relative
            for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
                let inner = relative.isEmpty ? name : "\(relative)/\(name)"
                var status = stat()
                guard unsafe lstat("\(self.scope.folder)/\(inner)", &status) == 0 else { continue }
                if status.st_mode & S_IFMT != S_IFDIR {
                    found(inner)
                } else if self.scope.isEntered(name), !self.add(inner, depth: depth + 1, found: found) {
                    return false
                }
            }
            return true
        }

        /// Takes what the kernel has.
        ///
        /// - Returns: Whether the root is still there.
        mutating func read(into changed: inout Set<String>) -> Bool {
            var bytes = [UInt8](repeating: 0, count: 16 << 10)
            while true {
                let count = unsafe Glibc.read(self.queue, &bytes, bytes.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return true }
                for event in Self.events(bytes[..<count]) where !self.take(event, &changed) { return false }
            }
        }

        private struct Event {
            let watch: Int32
            let mask: UInt32
            let name: String

            func has(_ flag: Int32) -> Bool { self.mask & UInt32(flag) != 0 }
        }

        private mutating func take(_ event: Event, _ changed: inout Set<String>) -> Bool {
            if event.has(IN_Q_OVERFLOW) {
                // Something was lost: everything may have changed.
                for path in FolderSnapshot(self.scope).paths.prefix(SourceChange.largestCount) { changed.insert(path) }
                return true
            }
            guard let folder = self.folders[event.watch] else { return true }
            if event.has(IN_IGNORED) { self.folders[event.watch] = nil }
            if event.has(IN_DELETE_SELF) || event.has(IN_MOVE_SELF) || event.has(IN_UNMOUNT) {
                return !folder.isEmpty
            }
            guard !event.name.isEmpty else { return true }
            let path = folder.isEmpty ? event.name : "\(folder)/\(event.name)"
            if event.has(IN_ISDIR) {
                guard event.has(IN_CREATE) || event.has(IN_MOVED_TO), self.scope.isEntered(event.name) else {
                    return true
                }
                let isWatched = self.scope.isWatched
                _ = self.add(path, depth: path.split(separator: "/").count) { file in
                    if isWatched(file) { changed.insert(file) }
                }
            } else if !event.has(IN_CREATE) || self.isLink(path), self.scope.isWatched(path) {
                changed.insert(path)
            }
            return true
        }

        /// A file that is created is told when it is closed; a link never is.
        private func isLink(_ path: String) -> Bool {
            var status = stat()
            return unsafe lstat("\(self.scope.folder)/\(path)", &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
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
