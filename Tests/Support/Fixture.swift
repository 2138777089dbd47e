import Foundation
import PulpEngine
import PulpManifest

/// The guests under Tests/Fixtures and Examples: `make test` builds them, hostile ones are assembled here.
package enum Fixture {
    package static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// A hostile module in the binary format.
    package static func hostile(_ name: String) throws -> [UInt8] {
        let file = Self.root.appendingPathComponent("Tests/Fixtures/hostile/\(name).wat")
        return try Module.binary(fromText: String(contentsOf: file, encoding: .utf8))
    }

    /// A spec around a hostile module, with everything of the host granted.
    package static func hostileSpec(_ name: String, capabilities: [String] = []) throws -> PluginSpec {
        var spec = PluginSpec(name: name, version: "1.0.0", module: .bytes(try Self.hostile(name)))
        spec.capabilities = capabilities
        return spec
    }

    /// A spec around a module in the text format.
    package static func spec(wat: String, name: String = "text") throws -> PluginSpec {
        PluginSpec(name: name, version: "1.0.0", module: .bytes(try Module.binary(fromText: wat)))
    }

    package static func path(_ name: String) -> String {
        Self.folder(name).appendingPathComponent("pulp.plugin.toml").path
    }

    package static func wasm(_ name: String) -> String {
        let folder = Self.folder(name)
        return folder.appendingPathComponent("\(folder.lastPathComponent).wasm").path
    }

    /// Where the guest's source is: `Examples/NAME`, or a bare name of an example or else of a fixture.
    private static func folder(_ name: String) -> URL {
        if name.hasPrefix("Examples/") { return Self.root.appendingPathComponent(name) }
        let example = Self.root.appendingPathComponent("Examples/\(name)")
        let isExample = FileManager.default.fileExists(atPath: example.path)
        return isExample ? example : Self.root.appendingPathComponent("Tests/Fixtures/\(name)")
    }

    /// What a fixture's manifest says; what it says to capabilities has to be what they understand.
    package static func spec(_ name: String) throws -> PluginSpec {
        try Manifest.load(
            path: Self.path(name), knownCapabilities: nil, capabilityTables: Registry.everything().manifestTables
        ).spec
    }

    /// Whether a guest of a toolchain that may be missing was built. On CI it must have been.
    package static func isBuilt(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: Self.wasm(name)) || ProcessInfo.processInfo.environment["CI"] != nil
    }
}
