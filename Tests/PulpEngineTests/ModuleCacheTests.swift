import Foundation
import Pulp
import Synchronization
import Testing

@testable import PulpEngine

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite("The cache of compiled modules")
struct ModuleCacheTests {
    /// A folder of its own for each test, and what the cache says.
    final class Folder: Sendable {
        let path: String
        private let said = Mutex<[String]>([])

        init() throws {
            self.path = NSTemporaryDirectory() + "pulp-cache-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: self.path, withIntermediateDirectories: true)
        }

        deinit {
            _ = unsafe chmod(self.path, 0o700)
            try? FileManager.default.removeItem(atPath: self.path)
        }

        var notices: [String] { self.said.withLock { $0 } }
        var directory: String { self.path + "/modules" }

        func cache(_ directory: String? = nil) -> ModuleCache {
            ModuleCache(directory: directory ?? self.directory) { notice in self.said.withLock { $0.append(notice) } }
        }

        func files(_ suffix: String) throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: self.directory).filter { $0.hasSuffix(suffix) }
                .map { self.directory + "/" + $0 }.sorted()
        }

        func image() throws -> String { try #require(try self.files(".cwasm").first) }
    }

    private static let bytes = Result { try Fixture.hostile("alloc-same") }

    private static func load(_ cache: ModuleCache) throws {
        let engine = try Guest.engine()
        let module = try cache.module(Self.bytes.get(), engine: engine)
        let template = try Linker(engine: engine).freeze(module)
        #expect(try Guest(template: template).step() == 20)
    }

    @Test("compiles once, keeps the image privately, and loads it afterwards")
    func warm() throws {
        let folder = try Folder()
        let cache = folder.cache()
        try Self.load(cache)
        let image = try folder.image()
        let made = try FileManager.default.attributesOfItem(atPath: image)
        #expect(made[.posixPermissions] as? Int == 0o600)
        let mode = try FileManager.default.attributesOfItem(atPath: folder.directory)[.posixPermissions] as? Int
        #expect(mode == 0o700)
        for _ in 0..<3 { try Self.load(cache) }
        try Self.load(folder.cache())
        // The same file: nothing was compiled and written again.
        let later = try FileManager.default.attributesOfItem(atPath: image)
        #expect(later[.systemFileNumber] as? UInt64 == made[.systemFileNumber] as? UInt64)
        #expect(try folder.files("").count == 2)
        #expect(folder.notices.isEmpty)
    }

    enum Damage: CaseIterable {
        case flippedByte, truncated, emptied, extended, otherText, digestGone, digestWrong, digestEmpty

        func apply(_ image: String) throws {
            var bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: image)))
            let digest = image.dropLast("cwasm".count) + "sha256"
            switch self {
            case .flippedByte: bytes[bytes.count / 2] ^= 1
            case .truncated: bytes.removeLast(bytes.count / 3)
            case .emptied: bytes = []
            case .extended: bytes.append(0)
            case .otherText: bytes = Array("not an image".utf8)
            case .digestGone: return try FileManager.default.removeItem(atPath: String(digest))
            case .digestWrong:
                return try Data(repeating: 0x61, count: 64).write(to: URL(fileURLWithPath: String(digest)))
            case .digestEmpty: return try Data().write(to: URL(fileURLWithPath: String(digest)))
            }
            try Data(bytes).write(to: URL(fileURLWithPath: image))
        }
    }

    @Test("compiles a damaged entry again, says it once, and has a good one afterwards", arguments: Damage.allCases)
    func damaged(damage: Damage) throws {
        let folder = try Folder()
        try Self.load(folder.cache())
        let image = try folder.image()
        let good = try Data(contentsOf: URL(fileURLWithPath: image))
        try damage.apply(image)
        let cache = folder.cache()
        try Self.load(cache)
        #expect(folder.notices.count == 1)
        #expect(folder.notices.first?.contains("corrupt") == true)
        try damage.apply(image)
        try Self.load(cache)
        #expect(folder.notices.count == 1, "said once by one cache")
        let repaired = try Data(contentsOf: URL(fileURLWithPath: image))
        #expect(repaired.count == good.count)
        try Self.load(folder.cache())
        #expect(folder.notices.count == 1, "the entry is good again")
    }

    @Test("compiles a well-formed entry of another engine again, and says why")
    func foreign() throws {
        let folder = try Folder()
        try Self.load(folder.cache())
        let image = try folder.image()
        // An image that is not the library's at all, with a digest that fits it.
        let bytes = Array("another engine's image".utf8)
        try Data(bytes).write(to: URL(fileURLWithPath: image))
        let digest = Array(ModuleCache.digest(of: bytes).utf8)
        try Data(digest).write(to: URL(fileURLWithPath: image.dropLast(5) + "sha256"))
        try Self.load(folder.cache())
        #expect(folder.notices.count == 1)
        #expect(folder.notices.first?.contains("another engine") == true)
    }

    @Test("names entries by module, version and settings: others are left alone")
    func keys() throws {
        let folder = try Folder()
        let cache = folder.cache()
        let engine = try Guest.engine()
        _ = try cache.module(Self.bytes.get(), engine: engine)
        _ = try cache.module(Fixture.hostile("alloc-zero"), engine: engine)
        #expect(try folder.files(".cwasm").count == 2)
        var other = EngineSettings()
        other.guestStackBytes *= 2
        #expect(other.fingerprint != EngineSettings().fingerprint)
    }

    @Test("trusts no file that another user could have written")
    func planted() throws {
        let folder = try Folder()
        try Self.load(folder.cache())
        _ = unsafe chmod(try folder.image(), 0o666)
        try Self.load(folder.cache())
        #expect(folder.notices.count == 1)
        let mode = try FileManager.default.attributesOfItem(atPath: folder.image())[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test("trusts no symbolic link in the place of an image or a digest", arguments: ["cwasm", "sha256"])
    func linkedEntry(suffix: String) throws {
        let folder = try Folder()
        try Self.load(folder.cache())
        let file = try #require(try folder.files("." + suffix).first)
        let elsewhere = folder.path + "/elsewhere"
        try FileManager.default.moveItem(atPath: file, toPath: elsewhere)
        try FileManager.default.createSymbolicLink(atPath: file, withDestinationPath: elsewhere)
        let kept = try Data(contentsOf: URL(fileURLWithPath: elsewhere))
        try Self.load(folder.cache())
        #expect(try Data(contentsOf: URL(fileURLWithPath: elsewhere)) == kept)
        #expect(try FileManager.default.attributesOfItem(atPath: file)[.type] as? FileAttributeType == .typeRegular)
    }

    @Test("closes a folder that others may write, and does not use what is no folder")
    func folders() throws {
        let folder = try Folder()
        try FileManager.default.createDirectory(atPath: folder.directory, withIntermediateDirectories: true)
        _ = unsafe chmod(folder.directory, 0o777)
        try Self.load(folder.cache())
        let mode = try FileManager.default.attributesOfItem(atPath: folder.directory)[.posixPermissions] as? Int
        #expect(mode == 0o700)
        #expect(folder.notices.isEmpty)

        let link = folder.path + "/link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: folder.directory)
        try Self.load(folder.cache(link))
        let file = folder.path + "/file"
        try Data().write(to: URL(fileURLWithPath: file))
        try Self.load(folder.cache(file))
        try Self.load(folder.cache(file + "/below"))
        try Self.load(folder.cache(""))
        try Self.load(folder.cache("/proc/pulp/modules"))
        #expect(folder.notices.count == 5)
        #expect(folder.notices.allSatisfy { $0.contains("not cached") })
    }

    @Test("goes on without a folder that vanishes or cannot be written any more, and says it")
    func vanished() throws {
        let folder = try Folder()
        let cache = folder.cache()
        try FileManager.default.removeItem(atPath: folder.directory)
        try Self.load(cache)
        try Self.load(cache)
        #expect(folder.notices.count == 1)
        #expect(folder.notices.first?.contains("could not be written") == true)
    }

    @Test("goes on when the disk is full, and leaves no half-written file behind")
    func fullDisk() throws {
        guard FileManager.default.isWritableFile(atPath: "/dev/full"), geteuid() == 0 else { return }
        let folder = try Folder()
        let disk = folder.path + "/disk"
        try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
        // 16 KiB of disk: an image does not fit. Where mounting is not allowed there is nothing to try.
        guard unsafe mount("tmpfs", disk, "tmpfs", 0, "size=16k") == 0 else { return }
        defer { _ = unsafe umount(disk) }
        let cache = folder.cache(disk + "/modules")
        try Self.load(cache)
        try Self.load(cache)
        #expect(folder.notices.count == 1)
        #expect(folder.notices.first?.contains("could not be written") == true)
        let left = try FileManager.default.contentsOfDirectory(atPath: disk + "/modules")
        #expect(!left.contains { $0.contains(".cwasm") }, "\(left)")
    }

    @Test("serves many loads of one module at once, cold and warm")
    func concurrent() async throws {
        let folder = try Folder()
        let caches = (0..<3).map { _ in folder.cache() }
        let bytes = try Self.bytes.get()
        let engine = try Guest.engine()
        try await withThrowingTaskGroup(of: Int.self) { tasks in
            for index in 0..<24 {
                tasks.addTask { try caches[index % 3].module(bytes, engine: engine).exports.count }
            }
            for try await count in tasks { #expect(count == 5) }
        }
        try Self.load(folder.cache())
        #expect(try folder.files("").count == 2, "no temporary files are left")
    }

    @Test("removes the oldest images beyond its bound, and never the one just written")
    func pruning() throws {
        let folder = try Folder()
        _ = folder.cache()
        for index in 0..<10 {
            let path = "\(folder.directory)/\(index).cwasm"
            try Data(count: 1_000).write(to: URL(fileURLWithPath: path))
            try Data(count: 64).write(to: URL(fileURLWithPath: "\(folder.directory)/\(index).sha256"))
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: Double(1_000_000 + index))], ofItemAtPath: path)
        }
        PrivateFolder.prune(folder.directory, to: 3_500, keeping: "0")
        #expect(try folder.files(".cwasm").map { $0.suffix(7) } == ["0.cwasm", "8.cwasm", "9.cwasm"])
        #expect(try folder.files(".sha256").count == 3)
    }

    @Test("lies where the environment says")
    func directories() {
        #expect(ModuleCache.defaultDirectory(environment: [:]) == nil)
        #expect(ModuleCache.defaultDirectory(environment: ["PULP_CACHE_DIR": "", "HOME": "/h"]) == nil)
        #expect(ModuleCache.defaultDirectory(environment: ["PULP_CACHE_DIR": "/c", "HOME": "/h"]) == "/c")
        #expect(
            ModuleCache.defaultDirectory(environment: ["XDG_CACHE_HOME": "/x", "HOME": "/h"]) == "/x/pulp/modules")
        #expect(
            ModuleCache.defaultDirectory(environment: ["XDG_CACHE_HOME": "x", "HOME": "/h"]) == "/h/.cache/pulp/modules"
        )
    }
}
