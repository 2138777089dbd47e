import Foundation
import PulpCapability
import PulpManifest
import PulpSandbox
import PulpTestSupport
import Testing

/// Real guests, through the real runtime.
@Suite("Guests that store files")
struct GuestTests {
    private static func spec(_ name: String) throws -> PluginSpec {
        let folder = Fixture.root.appendingPathComponent("Tests/Fixtures/\(name)").path
        let cell = "\(folder)/pulp.cell.toml"
        let path = FileManager.default.fileExists(atPath: cell) ? cell : "\(folder)/pulp.plugin.toml"
        return try Manifest.load(path: path, knownCapabilities: nil).spec
    }

    private static func step(_ plugin: RunningPlugin, _ function: UInt8, _ number: UInt32 = 0) async throws -> Int64 {
        // An envelope's head: number and time of the call, and the length of the payload.
        let head = [UInt8](repeating: 0, count: 16) + [8, 0, 0, 0]
        let bytes = head + [function, 0, 0, 0] + (0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
        return try await plugin.call(.step(byteCount: bytes.count), bytes: bytes)
    }

    private static func with(
        _ spec: PluginSpec, in folder: TemporaryFolder, _ body: @Sendable (RunningPlugin) async throws -> Void
    ) async throws {
        let registry = Registry.builtins(listeners: nil, storage: StorageRoot(path: folder.path))
        try await withWorld { world async throws in
            try await world.with(spec, registry: registry) { try await body($0) }
        }
    }

    @Test("a cell calls every function as the reference's guests do")
    func cell() async throws {
        let folder = try TemporaryFolder()
        try await Self.with(try Self.spec("files"), in: folder) { plugin async throws in
            #expect(try await Self.step(plugin, 0) == 0, "the line of files.c that did not go as it should")
        }
        #expect(folder.text("files/log") == "012")
    }

    @Test("a plugin of v0.1 imports fs_write with four words")
    func older() async throws {
        let folder = try TemporaryFolder()
        try await Self.with(try Self.spec("files-v1"), in: folder) { plugin async throws in
            #expect(try await Self.step(plugin, 0) == 0, "the line of files-v1.c that did not go as it should")
        }
    }

    @Test("without the grant every import answers 99, and no folder is made")
    func notGranted() async throws {
        let folder = try TemporaryFolder()
        var spec = try Self.spec("files")
        spec.capabilities = []
        try await Self.with(spec, in: folder) { plugin async throws in #expect(try await Self.step(plugin, 1) == 14) }
        #expect(!folder.exists("files"))
    }

    @Test("hundreds of files come and go in one step, and plugins that start and stop leave no descriptor")
    func cycles() async throws {
        let folder = try TemporaryFolder()
        let spec = try Self.spec("files")
        let registry = Registry.builtins(listeners: nil, storage: StorageRoot(path: folder.path))
        try await withWorld { world async throws in
            for _ in 0..<20 {
                try await world.with(spec, registry: registry) { plugin async throws in
                    #expect(try await Self.step(plugin, 6, 100) == 0)
                    #expect(try await Self.step(plugin, 7, 100) == 0)
                }
            }
        }
        #expect(await eventually { (try? openDescriptors(below: folder.path)) == 0 })
    }

    @Test("a manifest's limits hold")
    func limits() async throws {
        let folder = try TemporaryFolder()
        let manifest = """
            name = "files"
            version = "1.0.0"
            wasm = "\(Fixture.wasm("files"))"
            capabilities = ["storage.fs"]
            [limits.storage.fs]
            max_files = 50
            """
        try folder.write("pulp.cell.toml", manifest)
        let spec = try Manifest.load(path: folder.path + "/pulp.cell.toml", knownCapabilities: nil).spec
        try await Self.with(spec, in: folder) { plugin async throws in
            #expect(try await Self.step(plugin, 6, 100) == 12)
            // 49 files and their folder.
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/files/f").count == 49)
        }
    }

    @Test("hostile.md: a guest that is ended in the middle of a write leaves no part of a file")
    func ended() async throws {
        let folder = try TemporaryFolder()
        let spec = try Self.spec("files")
        try await Self.with(spec, in: folder) { plugin async throws in
            for round in 0..<20 {
                async let writing = try? Self.step(plugin, 8, 8 << 20)
                if round == 19 { await plugin.close() }
                _ = await writing
            }
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/files")
        #expect(names.allSatisfy { $0 == "large" }, "\(names)")
        let size = try FileManager.default.attributesOfItem(atPath: folder.path + "/files/large")[.size] as? NSNumber
        #expect(size?.intValue == 8 << 20)
    }
}
