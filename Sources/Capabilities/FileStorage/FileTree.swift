import PulpCapability
import PulpSandbox
import PulpWire
import Synchronization

/// A plugin's files: does what calls ask for, on whatever thread it is called.
final class FileTree: Sendable {
    let root: SandboxDirectory
    let rules: PathRules
    let limits: FileLimits
    let account: FileAccount
    /// Whether what was written is brought to the disk before the call returns.
    let isSynced: Bool
    let random: RandomSource
    /// The name that the plugin's folder has.
    let name: [UInt8]
    private let triesMemory: Bool
    /// Cleared when the file system turns out not to tell what of a file is in memory.
    private let readsFromMemory = Atomic(true)

    /// Files up to this size are read on the event loop, when they are in memory: copying them takes a few
    /// microseconds, as long as a hop to another thread and back.
    private static let maximumMemoryRead = 64 << 10

    init(
        _ root: SandboxDirectory, name: [UInt8], rules: PathRules, limits: FileLimits, account: FileAccount,
        isSynced: Bool, random: RandomSource, readsFromMemory: Bool
    ) {
        self.root = root
        self.name = name
        self.rules = rules
        self.limits = limits
        self.account = account
        self.isSynced = isSynced
        self.random = random
        self.triesMemory = readsFromMemory
    }

    /// Does it, waiting for the disk.
    ///
    /// - Parameter goesOn: Asked between parts of what takes long; false gives up.
    func run(_ operation: FileOperation, while goesOn: () -> Bool) -> Result<FileAnswer, FileFailure> {
        do {
            return .success(try self.answer(operation, goesOn))
        } catch {
            return .failure(FileFailure(error))
        }
    }

    private func answer(_ operation: FileOperation, _ goesOn: () -> Bool) throws -> FileAnswer {
        switch operation {
        case .read(let path): return .bytes(try self.read(path))
        case .readAt(let path, let offset, let count):
            return .bytes(try self.root.openFile(path, for: .reading).read(at: offset, count: count))
        case .list(let path): return .bytes(try self.list(path).encodedBytes())
        case .stat(let path): return .bytes(self.record(try self.root.status(of: path), path).encodedBytes())
        case .write(let path, let data, let permissions): try self.write(path, data, permissions, goesOn)
        case .writeAt(let path, let offset, let data, let permissions):
            try self.write(path, at: offset, data, permissions, goesOn)
        case .truncate(let path, let size): try self.truncate(path, size)
        case .delete(let path): try self.delete(path)
        case .rename(let old, let new): try self.rename(old, new)
        case .removeAll(let path): try self.removeAll(path, goesOn)
        case .makeFolders(let path, let permissions): try self.makeFolders(path, permissions)
        case .changePermissions(let path, let permissions): try self.changePermissions(path, permissions)
        case .makeTemporary(let folder, let name, let isFolder):
            return .bytes(try self.makeTemporary(in: folder, name, isFolder: isFolder).encodedBytes())
        }
        return .done
    }

    // MARK: Without waiting

    /// Does it if all that it takes is in memory; nil when it is not, and nothing has happened then.
    func runFromMemory(_ operation: FileOperation) -> Result<FileAnswer, FileFailure>? {
        guard self.triesMemory, !operation.isRead || self.readsFromMemory.load(ordering: .relaxed) else { return nil }
        do throws(SandboxError) {
            switch operation {
            case .read(let path):
                let file = try self.root.openFile(path, for: .reading, isCached: true)
                guard file.status.size <= min(Self.maximumMemoryRead, self.limits.callBytes) else { return nil }
                return .success(.bytes(try file.readCached(at: 0, count: Int(file.status.size))))
            case .readAt(let path, let offset, let count):
                let file = try self.root.openFile(path, for: .reading, isCached: true)
                let left = Int(clamping: max(file.status.size - offset, 0))
                guard min(left, count) <= Self.maximumMemoryRead else { return nil }
                return .success(.bytes(try file.readCached(at: offset, count: min(left, count))))
            case .stat(let path):
                let status = try self.root.status(of: path, isCached: true)
                return .success(.bytes(self.record(status, path).encodedBytes()))
            default: return nil
            }
        } catch .wouldBlock {
            return nil
        } catch {
            if error.isUnsupported {
                self.readsFromMemory.store(false, ordering: .relaxed)
                return nil
            }
            return .failure(FileFailure(error))
        }
    }

    // MARK: Reading

    private func read(_ path: SandboxPath) throws -> [UInt8] {
        let file = try self.root.openFile(path, for: .reading)
        guard file.status.size <= Int64(self.limits.callBytes) else {
            throw FileFailure.limit(
                FileLimits.callBytesKey, "a file is larger than what one call reads; fs_read_at reads it in parts")
        }
        return try file.read(at: 0, count: Int(file.status.size))
    }

    private func record(_ status: FileStatus, _ path: SandboxPath) -> FileStatResponse {
        path.isRoot ? status.record(name: self.name) : status.record(name: path.name.bytes)
    }

    private func list(_ path: SandboxPath) throws -> FileListing {
        var names: [(FileName, Bool)] = []
        try self.root.forEachEntry(of: path) { name, status in
            if !self.rules.isReserved(name.bytes, depth: path.depth + 1) {
                names.append((name, status.kind == .folder))
            }
            return names.count <= self.limits.listEntries
        }
        guard names.count <= self.limits.listEntries else {
            throw FileFailure.limit(FileLimits.listEntriesKey, "a folder has more names than fs_list gives")
        }
        names.sort { $0.0 < $1.0 }
        return FileListing(entries: names.map { FileListing.Entry(name: Array($0.0.bytes), isFolder: $0.1) })
    }
}
