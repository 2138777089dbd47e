import PulpSandbox
import PulpWire

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

// Changes to names: what is removed, moved and made. One at a time for each folder: see FileQueue.
extension FileTree {
    func delete(_ path: SandboxPath) throws {
        guard !path.isRoot else { throw FileFailure.failed(Self.isRoot) }
        let place = try self.root.place(of: path, followsLink: false)
        guard let status = try place.status() else { throw FileFailure.notFound }
        try place.remove(status.kind)
        self.account.add(bytes: -status.countedBytes, entries: -1)
    }

    private static let isRoot = "the plugin's folder itself stays where it is"

    func rename(_ old: SandboxPath, _ new: SandboxPath) throws {
        guard !old.isRoot, !new.isRoot else { throw FileFailure.failed(Self.isRoot) }
        let from = try self.root.place(of: old, followsLink: false)
        guard let status = try from.status() else { throw FileFailure.notFound }
        if status.kind == .folder {
            let height = try self.root.height(of: from, maximumEntries: self.limits.files)
            guard new.depth + height - 1 <= self.limits.pathDepth else {
                throw FileFailure.limit(
                    FileLimits.pathDepthKey, "the folders would be nested more deeply than they may")
            }
        }
        let to = try self.placeWithFolders(new, followsLink: false)
        let replaced = try to.status()
        try from.rename(to: to)
        if self.isSynced { try to.syncFolder() }
        // Two names of one file: nothing happens to them.
        if let replaced, !replaced.isSame(as: status) {
            self.account.add(bytes: -replaced.countedBytes, entries: -1)
        }
    }

    func removeAll(_ path: SandboxPath, _ goesOn: () -> Bool) throws {
        guard !path.isRoot else { throw FileFailure.failed(Self.isRoot) }
        do throws(SandboxError) {
            let place = try self.root.place(of: path, followsLink: false)
            guard let status = try place.status() else { return }
            try self.root.removeTree(at: place, status.kind, while: goesOn) { removed in
                self.account.add(bytes: -removed.countedBytes, entries: -1)
            }
        } catch .notFound {
            // What is not there needs no removing.
        }
    }

    /// Attempts at a name that nothing has: with 64 random bits the second is never needed.
    private static let attempts = 8

    func makeTemporary(in folder: SandboxPath, _ name: TemporaryName, isFolder: Bool) throws -> FilePathResponse {
        for _ in 0..<Self.attempts {
            let path = folder.appending(name.name(try self.randomNumber()))
            try self.rules.check(path)
            guard try self.make(path, isFolder: isFolder) else { continue }
            return FilePathResponse(path: Array(path.bytes))
        }
        throw SandboxError.system(EEXIST)
    }

    /// False when something has that name already.
    private func make(_ path: SandboxPath, isFolder: Bool) throws -> Bool {
        let place = try self.placeWithFolders(path, followsLink: false)
        guard try place.status() == nil else { return false }
        try self.account.admit(bytes: 0, entries: 1, self.limits)
        if isFolder { try place.makeFolder(0o700) } else { _ = try place.createFile(0o600) }
        self.account.add(entries: 1)
        return true
    }

    /// Counts what is there, and removes what a host that was killed left unfinished.
    func countAll() throws {
        let count = try self.root.count(maximumEntries: Self.mostCounted) { entry, status, depth in
            guard entry.name.bytes.starts(with: PathRules.unfinished), status.kind == .file else {
                return !self.rules.isReserved(entry.name.bytes, depth: depth)
            }
            // On a read-only disk it stays, and is not counted either.
            try? entry.removeFile()
            return false
        }
        self.account.set(count)
    }

    /// The largest value of `max_files`: a folder with more in it was not made by a plugin.
    private static let mostCounted = 10_000_000
}
