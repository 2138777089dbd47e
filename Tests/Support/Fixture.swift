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

    private static let examples: Set<String> = ["echo", "chat"]

    package static func path(_ name: String) -> String {
        let folder = Self.examples.contains(name) ? "Examples/\(name)" : "Tests/Fixtures/\(name)"
        return Self.root.appendingPathComponent("\(folder)/pulp.plugin.toml").path
    }

    package static func wasm(_ name: String) -> String {
        let folder = Self.examples.contains(name) ? "Examples/\(name)" : "Tests/Fixtures/\(name)"
        return Self.root.appendingPathComponent("\(folder)/\(name).wasm").path
    }

    /// What a fixture's manifest says.
    package static func spec(_ name: String) throws -> PluginSpec {
        try Manifest.load(path: Self.path(name), knownCapabilities: nil).spec
    }

    /// Whether a guest of a toolchain that may be missing was built. On CI it must have been.
    package static func isBuilt(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: Self.wasm(name)) || ProcessInfo.processInfo.environment["CI"] != nil
    }
}
