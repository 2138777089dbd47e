import Foundation
import PulpTOML

/// What a manifest cannot know about the machine it is read on.
public struct ManifestSurroundings: Sendable {
    /// The manifest's file as the user named it: for messages, and its ending decides the dialect.
    public var file: String
    /// The folder that relative paths start from.
    public var directory: String
    /// The capabilities that can be granted; `nil` accepts any name.
    public var knownCapabilities: [String]?
    /// The zone that local dates and times in `[config]` are meant in.
    public var timeZone: TimeZone
    /// Whether a path names a file that can be read; `nil` does not check.
    public var fileExists: (@Sendable (String) -> Bool)?
    /// The tables of the capabilities that can be granted; `nil` accepts any table that one could read.
    package var capabilityTables: [CapabilityTable]?

    /// Whether a key of the root is a capability's table.
    func isSection(_ name: String, _ value: TOMLValue) -> Bool {
        let name = name.lowercased()
        guard !ManifestSchema.keys.contains(where: { $0.name == name }) else { return false }
        if let capabilityTables { return capabilityTables.contains { $0.name == name } }
        if case .table = value { return true }
        return false
    }

    public init(
        file: String, directory: String, knownCapabilities: [String]?, timeZone: TimeZone,
        fileExists: (@Sendable (String) -> Bool)?
    ) {
        self.file = file
        self.directory = directory
        self.knownCapabilities = knownCapabilities
        self.timeZone = timeZone
        self.fileExists = fileExists
    }
}

/// Reads manifests: `pulp.plugin.toml`, and the reference's `pulp.cell.toml`.
public enum Manifest {
    /// Reads a manifest from the file system, in this machine's time zone, and checks that its files are there.
    ///
    /// - Parameters:
    ///   - path: The manifest; a regular file of at most 1 MiB.
    ///   - knownCapabilities: The capabilities that can be granted; `nil` accepts any name.
    /// - Throws: ``ManifestError`` with every mistake in the manifest, or one that says why it cannot be read.
    public static func load(path: String, knownCapabilities: [String]?) throws(ManifestError) -> LoadedManifest {
        try load(path: path, knownCapabilities: knownCapabilities, capabilityTables: nil)
    }

    /// The manifest that somebody means who names a plugin by a path: that file, or the one in that folder.
    ///
    /// - Returns: `path` itself unless it is a folder; a path that starts with it then, or a name for `.`.
    /// - Throws: ``ManifestError`` for a folder that has none.
    package static func file(of path: String) throws(ManifestError) -> String {
        guard ManifestFile.kind(path) == .folder else { return path }
        return try ManifestFile.inFolder(path)
    }

    /// As ``load(path:knownCapabilities:)``, for whoever is about to make the module: it need not be there yet.
    package static func loadSource(path: String) throws(ManifestError) -> LoadedManifest {
        let bytes = try ManifestFile.read(path)
        return try parse(
            bytes,
            in: ManifestSurroundings(
                file: path, directory: ManifestFile.directory(of: path), knownCapabilities: nil, timeZone: .current,
                fileExists: nil))
    }

    /// As ``load(path:knownCapabilities:)``, and checks what the manifest says to capabilities.
    package static func load(
        path: String, knownCapabilities: [String]?, capabilityTables: [CapabilityTable]?
    ) throws(ManifestError) -> LoadedManifest {
        let bytes = try ManifestFile.read(path)
        var surroundings = ManifestSurroundings(
            file: path, directory: ManifestFile.directory(of: path), knownCapabilities: knownCapabilities,
            timeZone: .current, fileExists: { ManifestFile.kind($0) == .regular })
        surroundings.capabilityTables = capabilityTables
        return try parse(bytes, in: surroundings)
    }

    /// Reads a manifest from bytes; touches nothing but what `surroundings` holds.
    ///
    /// - Throws: ``ManifestError`` with every mistake, those of TOML and those of meaning, in the order of the file.
    /// - SeeAlso: `docs/manifest.md`.
    public static func parse(
        _ bytes: [UInt8], in surroundings: ManifestSurroundings
    ) throws(ManifestError) -> LoadedManifest {
        let (table, errors) = TOML.parseRecovering(bytes)
        var validator = ManifestValidator(table, errors: errors, surroundings: surroundings)
        let spec = validator.spec()
        guard !validator.findings.hasMistakes else { throw validator.findings.error() }
        return LoadedManifest(spec: spec, warnings: validator.findings.allWarnings())
    }
}
