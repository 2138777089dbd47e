import NIOCore
import PulpCapability
import PulpSandbox
import Synchronization

/// `storage.fs`: a folder of its own for each plugin, and nothing beside it.
package struct FileStorageCapability: Capability {
    package typealias Session = FileStorageSession

    package static let id: CapabilityID = "storage.fs"
    package static let section: String? = "fs"
    package static let settings = [Self.syncKey]
    package static let limits = FileLimits.keys

    private static let syncKey = SettingKey(
        "sync", .boolean(default: false),
        "Whether what was written is brought to the disk before the call returns. Without it a crash of the host loses "
            + "nothing, but one of the machine may lose the last seconds.")
    private static let database: CapabilityID = "storage.sqlite"

    private let storage: StorageRoot
    private let workers: FileWorkers
    private let random: RandomSource
    private let now: @Sendable () -> NIODeadline
    private let resolution: SandboxDirectory.Resolution
    private let readsFromMemory: Bool
    private let accounts: FileAccounts

    /// - Parameters:
    ///   - storage: Where the folders are.
    ///   - workers: Who waits for the disk.
    ///   - random: For temporary names.
    ///   - now: A clock that does not go back, for the log.
    ///   - resolution: Who looks paths up.
    ///   - readsFromMemory: Whether small files that the system has in memory are read without a worker.
    package init(
        storage: StorageRoot, workers: FileWorkers, random: RandomSource, now: @escaping @Sendable () -> NIODeadline,
        resolution: SandboxDirectory.Resolution, readsFromMemory: Bool
    ) {
        self.storage = storage
        self.workers = workers
        self.random = random
        self.now = now
        self.resolution = resolution
        self.readsFromMemory = readsFromMemory
        self.accounts = FileAccounts(workers: workers)
    }

    /// Makes the plugin's folder when it is not there, and counts what is in it.
    package func open(_ scope: PluginScope) async throws -> FileStorageSession {
        let path = try self.storage.filesFolder(of: scope.name)
        let hasDatabase = scope.grants.contains(Self.database)
        let sharesDatabase = try hasDatabase && path == self.storage.folder(of: scope.name)
        let limits = FileLimits(scope)
        let account = self.accounts.open(path)
        do {
            let tree = try await account.queue.run { [resolution, random, readsFromMemory] in
                try SandboxDirectory.makeFolder(path)
                // A link beside the database could lead to it under another name.
                let root = try SandboxDirectory(path: path, resolution: resolution, followsLinks: !sharesDatabase)
                let tree = FileTree(
                    root, name: Array(path.utf8.split(separator: UInt8(ascii: "/")).last ?? []),
                    rules: PathRules(
                        maximumBytes: limits.pathBytes, maximumDepth: limits.pathDepth, sharesDatabase: sharesDatabase),
                    limits: limits, account: account,
                    isSynced: scope.settings.boolean(Self.syncKey, in: "fs"), random: random,
                    readsFromMemory: readsFromMemory)
                try tree.countAll()
                return tree
            }
            return FileStorageSession(scope, path: path, tree: tree, limits: limits, now: self.now)
        } catch {
            self.accounts.close(path)
            throw FileFolderError(path: path, reason: "\(error)")
        }
    }

    package func close(_ session: FileStorageSession) async {
        await session.close()
        self.accounts.close(session.path)
    }
}

/// A plugin's folder that cannot be used.
struct FileFolderError: Error, CustomStringConvertible {
    let path: String
    let reason: String

    var description: String { "the folder of stored files, \(self.path), cannot be used: \(self.reason)" }
}

extension FileQueue {
    /// Does something that changes the folder, and waits for it.
    fileprivate func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            self.submit(isChange: true) { isRunning in
                guard isRunning else { return continuation.resume(throwing: FileFailure.unavailable) }
                continuation.resume(with: Result { try body() })
            }
        }
    }
}
