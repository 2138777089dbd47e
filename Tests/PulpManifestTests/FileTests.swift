import Foundation
import Testing

@testable import PulpManifest

/// Manifests on a disk.
@Suite("Files")
struct FileTests {
    @Test("a manifest is read with the files beside it")
    func load() throws {
        try inFolder { folder in
            let manifest = folder.appending(path: "pulp.plugin.toml")
            try Data((Sample.minimal + "capabilities = [\"a\"]").utf8).write(to: manifest)
            let error = try #require(throws: ManifestError.self) {
                try Manifest.load(path: manifest.path, knownCapabilities: ["b.c"])
            }
            #expect(error.diagnostics.map(\.line) == [1, 3])
            #expect(error.diagnostics.map(\.file) == [manifest.path, manifest.path])
            let module = folder.appending(path: "plugin.wasm")
            try Data().write(to: module)
            let spec = try Manifest.load(path: manifest.path, knownCapabilities: ["a"]).spec
            #expect(spec.module == .file(module.path))
        }
    }

    @Test("a link to a manifest is followed, and relative paths start at the link")
    func link() throws {
        try inFolder { folder in
            let target = folder.appending(path: "target.toml")
            let link = folder.appending(path: "pulp.plugin.toml")
            try Data(Sample.minimal.utf8).write(to: target)
            try Data().write(to: folder.appending(path: "plugin.wasm"))
            try FileManager.default.createSymbolicLink(at: link, withDestinationURL: target)
            #expect(throws: Never.self) { try Manifest.load(path: link.path, knownCapabilities: nil) }
        }
    }

    @Test("what cannot be read is said with its reason and never blocks")
    func unreadable() throws {
        try inFolder { folder in
            #expect(message(folder.path).hasPrefix("this is a folder; "))
            #expect(message(folder.appending(path: "none.toml").path).hasPrefix("there is no such file or folder; "))
            #expect(message("/dev/zero").hasPrefix("this is not a regular file; "))
            let large = folder.appending(path: "large.toml")
            try Data(repeating: 0x23, count: 3 << 20).write(to: large)
            #expect(message(large.path).hasPrefix("the document has "))
        }
    }

    @Test("the folder of a path is what stands before its last slash")
    func folders() {
        #expect(ManifestFile.directory(of: "a.toml") == ".")
        #expect(ManifestFile.directory(of: "/a.toml") == "/")
        #expect(ManifestFile.directory(of: "x/y/a.toml") == "x/y")
    }

    private func message(_ path: String) -> String {
        do throws(ManifestError) {
            _ = try Manifest.load(path: path, knownCapabilities: nil)
            return "no mistake"
        } catch {
            return error.diagnostics.map(\.message).joined()
        }
    }

    private func inFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "pulp-manifest-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }
}
