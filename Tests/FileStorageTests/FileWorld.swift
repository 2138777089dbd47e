import Foundation
import NIOCore
import NIOPosix
import PulpCapability
import PulpFileStorage
import PulpSandbox
import PulpTesting
import PulpWire

#if canImport(Glibc)
    import Glibc
#endif

/// A folder of the test's own, removed with it.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        self.path = NSTemporaryDirectory() + "pulp-fs-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: self.path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: self.path)
    }

    func write(_ name: String, _ text: String = "") throws {
        let file = "\(self.path)/\(name)"
        try FileManager.default.createDirectory(
            atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
    }

    func makeFolder(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: "\(self.path)/\(name)", withIntermediateDirectories: true)
    }

    func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: "\(self.path)/\(name)", withDestinationPath: target)
    }

    func hardLink(_ name: String, to target: String) throws {
        try FileManager.default.linkItem(atPath: "\(self.path)/\(target)", toPath: "\(self.path)/\(name)")
    }

    func makePipe(_ name: String) {
        _ = unsafe mkfifo("\(self.path)/\(name)", 0o644)
    }

    func text(_ name: String) -> String? { try? String(contentsOfFile: "\(self.path)/\(name)", encoding: .utf8) }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(self.path)/\(name)") }

    func permissions(_ name: String) throws -> Int {
        let found = try FileManager.default.attributesOfItem(atPath: "\(self.path)/\(name)")[.posixPermissions]
        return (found as? NSNumber)?.intValue ?? -1
    }

    /// Every name below `name`, with kind, permissions and text: equal when nothing has changed.
    func snapshot(_ name: String) throws -> [String] {
        let top = "\(self.path)/\(name)"
        return try FileManager.default.subpathsOfDirectory(atPath: top).sorted().map { path in
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(top)/\(path)")
            let text = (try? String(contentsOfFile: "\(top)/\(path)", encoding: .utf8)) ?? ""
            return "\(path) \(attributes[.type] ?? "") \(attributes[.posixPermissions] ?? "") \(text)"
        }
    }
}

extension FileWorkers {
    /// Done at once, on the caller's thread: what a test does is over when it returns.
    static let inline = FileWorkers { $0(true) }

    private static let pool: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 4)
        pool.start()
        return pool
    }()

    static let threads = FileWorkers.threads(of: Self.pool)
}

extension FileStorageCapability {
    static func make(
        in folder: TemporaryFolder, workers: FileWorkers = .inline,
        resolution: SandboxDirectory.Resolution = .preferred, readsFromMemory: Bool = true,
        environment: [String: String] = [:]
    ) -> FileStorageCapability {
        FileStorageCapability(
            storage: StorageRoot(path: folder.path, environment: environment), workers: workers, random: .seeded(1),
            now: { .now() }, resolution: resolution, readsFromMemory: readsFromMemory)
    }
}

/// `storage.fs` for a plugin called `test`, whose folder is `test`, in a folder of its own.
struct FileHarness: Sendable {
    let folder: TemporaryFolder
    let harness: Harness

    init(
        _ dialect: PluginScope.Dialect = .cell, in folder: TemporaryFolder? = nil, workers: FileWorkers = .inline,
        resolution: SandboxDirectory.Resolution = .preferred, readsFromMemory: Bool = true,
        limits: [String: Int64] = [:], grants: Set<CapabilityID> = [], on loop: (any EventLoop)? = nil,
        prepare: (TemporaryFolder) throws -> Void = { _ in }
    ) async throws {
        self.folder = try folder ?? TemporaryFolder()
        try self.folder.makeFolder("test")
        try prepare(self.folder)
        var setting = PluginSetting()
        setting.dialect = dialect
        setting.grants = grants
        setting.memoryBytes = 1 << 20
        for (name, value) in limits {
            setting.settings.set(
                name, to: .integer(value), in: CapabilitySettings.limits(of: FileStorageCapability.id))
        }
        self.harness = try await Harness(
            FileStorageCapability.make(
                in: self.folder, workers: workers, resolution: resolution, readsFromMemory: readsFromMemory),
            setting, on: loop)
    }

    // MARK: Calls

    private static let places: [Int] = [128, 40_000, 600_000]

    /// Calls a function with byte strings; its status.
    func call(_ name: String, _ arguments: [[UInt8]]) async throws -> Int32 {
        try await self.harness.withGuest { guest in
            for (bytes, place) in zip(arguments, Self.places) { guest.write(bytes, at: place) }
        }
        let words = zip(arguments, Self.places).flatMap { [UInt64($1), UInt64($0.count)] }
        return try await self.harness.start(name, words: words).value()
    }

    func read(_ path: String) async throws -> Reply { try await self.harness.query("fs_read", Array(path.utf8)) }

    func text(_ path: String) async throws -> String? {
        let reply = try await self.read(path)
        return reply.status == 0 ? String(decoding: reply.bytes, as: UTF8.self) : nil
    }

    func readAt(_ path: String, _ offset: UInt64, _ count: UInt32) async throws -> Reply {
        try await self.harness.query(
            "fs_read_at", FileReadAtRequest(path: Array(path.utf8), offset: offset, max: count))
    }

    func write(_ path: String, _ bytes: [UInt8], mode: UInt32? = nil) async throws -> Int32 {
        let request = mode.map { FileWriteRequest(mode: $0).encodedBytes() } ?? []
        return try await self.call("fs_write", [Array(path.utf8), bytes, request])
    }

    func write(_ path: String, _ text: String, mode: UInt32? = nil) async throws -> Int32 {
        try await self.write(path, Array(text.utf8), mode: mode)
    }

    func writeAt(_ path: String, _ offset: UInt64, _ text: String) async throws -> Int32 {
        let request = FileWriteAtRequest(path: Array(path.utf8), offset: offset).encodedBytes()
        return try await self.call("fs_write_at", [request, Array(text.utf8)])
    }

    func truncate(_ path: String, _ size: UInt64) async throws -> Int32 {
        try await self.harness.command("fs_truncate", FileTruncateRequest(path: Array(path.utf8), size: size))
    }

    func delete(_ path: String) async throws -> Int32 { try await self.harness.command("fs_delete", Array(path.utf8)) }

    func removeAll(_ path: String) async throws -> Int32 {
        try await self.harness.command("fs_remove_all", Array(path.utf8))
    }

    func list(_ path: String) async throws -> [String]? {
        let reply = try await self.harness.query("fs_list", Array(path.utf8))
        guard reply.status == 0 else { return nil }
        return try reply.decoded(as: FileListing.self).entries.map {
            String(decoding: $0.name, as: UTF8.self) + ($0.isFolder ? "/" : "")
        }
    }

    func stat(_ path: String) async throws -> (status: Int32, record: FileStatResponse?) {
        let reply = try await self.harness.query("fs_stat", FileStatRequest(path: Array(path.utf8)))
        return (reply.status, reply.status == 0 ? try reply.decoded() : nil)
    }

    func rename(_ old: String, _ new: String) async throws -> Int32 {
        try await self.harness.command("fs_rename", FileRenameRequest(old: Array(old.utf8), new: Array(new.utf8)))
    }

    func makeFolders(_ path: String, mode: UInt32 = 0) async throws -> Int32 {
        try await self.harness.command("fs_mkdir_all", FileModeRequest(path: Array(path.utf8), mode: mode))
    }

    func changeMode(_ path: String, _ mode: UInt32) async throws -> Int32 {
        try await self.harness.command("fs_chmod", FileModeRequest(path: Array(path.utf8), mode: mode))
    }

    func temporary(_ name: String, _ folder: String, _ pattern: String) async throws -> (status: Int32, path: String) {
        let reply = try await self.harness.query(
            name, FileTemporaryRequest(folder: Array(folder.utf8), pattern: Array(pattern.utf8)))
        guard reply.status == 0 else { return (reply.status, "") }
        return (0, String(decoding: try reply.decoded(as: FilePathResponse.self).path, as: UTF8.self))
    }
}

extension SandboxDirectory.Resolution: CaseIterable {
    package static var allCases: [Self] { [.preferred, .stepwise] }
}
