import Foundation

@testable import PulpManifest

/// Manifests for tests, read as if from the folder `plugins`, with nothing of this machine in them.
enum Sample {
    /// The least that a manifest says.
    static let minimal = "name = \"p\"\nversion = \"1\"\n"

    static let zone = TimeZone(secondsFromGMT: 0) ?? .gmt

    static func load(
        _ text: String, file: String = "pulp.plugin.toml", known: [String]? = nil, timeZone: TimeZone = zone,
        tables: [CapabilityTable]? = [], fileExists: (@Sendable (String) -> Bool)? = nil
    ) throws(ManifestError) -> LoadedManifest {
        var surroundings = ManifestSurroundings(
            file: file, directory: "plugins", knownCapabilities: known, timeZone: timeZone, fileExists: fileExists)
        surroundings.capabilityTables = tables
        return try Manifest.parse(Array(text.utf8), in: surroundings)
    }

    /// The spec of a manifest that says `text` besides the least.
    static func spec(
        _ text: String, file: String = "pulp.plugin.toml", tables: [CapabilityTable]? = []
    ) throws(ManifestError) -> PluginSpec {
        try load(minimal + text, file: file, tables: tables).spec
    }

    /// The mistakes of a manifest, each as `line:column: message`.
    static func mistakes(
        _ text: String, known: [String]? = nil, tables: [CapabilityTable]? = [],
        fileExists: (@Sendable (String) -> Bool)? = nil
    ) -> [String] {
        do throws(ManifestError) {
            _ = try load(text, known: known, tables: tables, fileExists: fileExists)
            return []
        } catch {
            return error.diagnostics.map { "\($0.line):\($0.column): \($0.message)" }
        }
    }
}
