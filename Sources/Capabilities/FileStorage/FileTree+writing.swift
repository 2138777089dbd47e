import PulpCapability
import PulpSandbox

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

// Changes to what is in files. One at a time for each folder: see FileQueue.
extension FileTree {
    /// Writes a whole file: beside the old one, which it then replaces. Nobody ever sees a part of it.
    func write(_ path: SandboxPath, _ data: [UInt8], _ permissions: UInt32, _ goesOn: () -> Bool) throws {
        guard !path.isRoot else { throw SandboxError.system(EISDIR) }
        try self.checkSize(Int64(data.count))
        let place = try self.placeWithFolders(path)
        let old = try place.status()
        try Self.checkIsReplaceable(old, place)
        let growth = Int64(data.count) - (old?.size ?? 0)
        try self.account.admit(bytes: growth, entries: old == nil ? 1 : 0, self.limits)
        let unfinished = try self.unfinishedPlace(beside: place)
        do {
            let file = try unfinished.createFile(old == nil ? permissions : 0o600)
            if let old { try Self.carryOver(old, to: file) }
            guard try file.write(data, at: 0, while: goesOn) == data.count else { throw FileFailure.closed }
            if self.isSynced { try file.sync() }
            try unfinished.rename(to: place)
        } catch {
            try? unfinished.remove(.file)
            throw error
        }
        self.account.add(bytes: growth, entries: old == nil ? 1 : 0)
        if self.isSynced { try place.syncFolder() }
    }

    private static func checkIsReplaceable(_ old: FileStatus?, _ place: borrowing Place) throws(SandboxError) {
        guard let old else { return }
        switch old.kind {
        case .file: try place.checkIsWritable()
        case .folder: throw .system(EISDIR)
        // The link was followed: one that is here now has come since.
        case .link: throw .outside
        default: throw .special
        }
    }

    private func unfinishedPlace(beside place: borrowing Place) throws -> Place {
        try place.sibling(FileName(PathRules.unfinished + Array(String(try self.randomNumber()).utf8)))
    }

    private static func carryOver(_ old: FileStatus, to file: borrowing OpenFile) throws(SandboxError) {
        if old.owner != file.status.owner || old.group != file.status.group {
            file.giveTo(owner: old.owner, group: old.group)
        }
        try file.setPermissions(old.permissions)
    }

    /// Writes into a file where it is, and makes it when it is not there.
    func write(
        _ path: SandboxPath, at offset: Int64, _ data: [UInt8], _ permissions: UInt32, _ goesOn: () -> Bool
    ) throws {
        let end = offset + Int64(data.count)
        try self.checkSize(end)
        let isNew = try !self.exists(path)
        if isNew {
            _ = try self.placeWithFolders(path)
            try self.account.admit(bytes: end, entries: 1, self.limits)
        }
        let file = try self.root.openFile(path, for: isNew ? .creating(permissions) : .writing)
        if isNew { self.account.add(entries: 1) }
        try self.change(file, to: max(end, file.status.size)) { file throws(SandboxError) in
            let written = try file.write(data, at: offset, while: goesOn)
            guard written == data.count else { throw .system(ECANCELED) }
        }
    }

    func truncate(_ path: SandboxPath, _ size: Int64) throws {
        try self.checkSize(size)
        let file = try self.root.openFile(path, for: .writing)
        try self.change(file, to: size) { file throws(SandboxError) in try file.truncate(to: size) }
    }

    /// Changes a file where it is, and counts what came of it, whether it went well or not.
    private func change(
        _ file: borrowing OpenFile, to size: Int64, _ body: (borrowing OpenFile) throws(SandboxError) -> Void
    ) throws {
        guard file.status.linkCount <= 1 else { throw FileFailure.failed(Self.hasOtherNames) }
        let before = file.status.size
        try self.account.admit(bytes: size - before, entries: 0, self.limits)
        var failure: SandboxError?
        do throws(SandboxError) { try body(file) } catch { failure = error }
        let after = try file.size()
        self.account.add(bytes: after - before)
        if let failure { throw failure }
        if self.isSynced { try file.sync() }
    }

    static let hasOtherNames = "the file has other names, where its change would show too; write it anew with fs_write"

    func changePermissions(_ path: SandboxPath, _ permissions: UInt32) throws {
        let isChanged = try self.root.changePermissions(of: path) { status in
            switch status.kind {
            // The host must be able to count and remove what is in it.
            case .folder: permissions | 0o700
            default: status.linkCount <= 1 ? permissions : nil
            }
        }
        guard isChanged else { throw FileFailure.failed(Self.hasOtherNames) }
    }

    // MARK: Parts of the above

    private func checkSize(_ size: Int64) throws(FileFailure) {
        guard size <= Int64(self.limits.fileBytes) else {
            throw .limit(FileLimits.fileBytesKey, "a file would be larger than it may")
        }
    }

    private func exists(_ path: SandboxPath) throws(SandboxError) -> Bool {
        do throws(SandboxError) {
            _ = try self.root.status(of: path)
            return true
        } catch .notFound {
            return false
        }
    }

    /// The place of `path`, links followed; the folders on the way are made.
    func placeWithFolders(_ path: SandboxPath, followsLink: Bool = true) throws -> Place {
        do throws(SandboxError) {
            return try self.root.place(of: path, followsLink: followsLink)
        } catch .notFound {
            try self.makeFolders(path.parent, 0o755)
            return try self.root.place(of: path, followsLink: followsLink)
        }
    }

    func makeFolders(_ path: SandboxPath, _ permissions: UInt32) throws {
        var made = 0
        defer { self.account.add(entries: made) }
        try self.root.makeFolders(
            path, permissions | 0o700, budget: max(self.limits.files - self.account.usage.entries, 0), made: &made)
    }

    func randomNumber() throws(FileFailure) -> UInt64 {
        guard let bytes = self.random.bytes(8) else { throw .broken("the host's generator of random numbers failed") }
        return bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}
