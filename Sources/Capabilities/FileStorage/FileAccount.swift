import PulpSandbox
import Synchronization

/// What a folder holds, and the order of the work in it: one for each folder, shared by all sessions on it, such as
/// those of a plugin that is being replaced.
final class FileAccount: Sendable {
    let queue: FileQueue
    private let count = Mutex(TreeCount())

    init(queue: FileQueue) {
        self.queue = queue
    }

    /// Changed only by operations that change files, of which the queue runs one at a time.
    var usage: TreeCount { self.count.withLock { $0 } }

    func set(_ count: TreeCount) {
        self.count.withLock { $0 = count }
    }

    /// Somebody else may have a hand in the folder too: what is counted never falls below nothing.
    func add(bytes: Int64 = 0, entries: Int = 0) {
        self.count.withLock { count in
            count.bytes = max(count.bytes + bytes, 0)
            count.entries = max(count.entries + entries, 0)
        }
    }

    /// Refuses what would make the folder larger than the limits.
    func admit(bytes: Int64, entries: Int, _ limits: FileLimits) throws(FileFailure) {
        let usage = self.usage
        if entries > 0, usage.entries + entries > limits.files {
            throw .limit(FileLimits.filesKey, "there are as many files and folders as there may be")
        }
        // Becoming smaller is always allowed.
        if bytes > 0, usage.bytes + bytes > Int64(limits.totalBytes) {
            throw .limit(FileLimits.totalBytesKey, "the files would hold more than they may")
        }
    }
}

/// The accounts of all folders in use.
final class FileAccounts: Sendable {
    private struct Entry {
        let account: FileAccount
        var users: Int
    }

    private let workers: FileWorkers
    private let entries = Mutex<[String: Entry]>([:])

    init(workers: FileWorkers) {
        self.workers = workers
    }

    /// The account of the folder at `path`; each call is answered by one of ``close(_:)``.
    func open(_ path: String) -> FileAccount {
        self.entries.withLock { entries in
            let account = entries[path]?.account ?? FileAccount(queue: FileQueue(workers: self.workers))
            entries[path, default: Entry(account: account, users: 0)].users += 1
            return account
        }
    }

    func close(_ path: String) {
        self.entries.withLock { entries in
            entries[path]?.users -= 1
            if entries[path]?.users == 0 { entries[path] = nil }
        }
    }
}
