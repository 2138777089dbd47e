import PulpCapability
import PulpManifest

extension Manifest {
    /// Reads a manifest for plugins of `registry`: the capabilities that it lists are there, and what it says to them
    /// is what they understand.
    ///
    /// - Parameters:
    ///   - path: The manifest; a regular file of at most 1 MiB.
    ///   - registry: What the plugin will be loaded with.
    /// - Throws: `ManifestError` with every mistake in the manifest, or one that says why it cannot be read.
    public static func load(path: String, registry: Registry) throws(ManifestError) -> LoadedManifest {
        try Self.load(
            path: path, knownCapabilities: registry.available.map(\.rawValue), capabilityTables: registry.manifestTables
        )
    }
}

extension Registry {
    /// The tables that the registry's capabilities read from a manifest, as its checker has them.
    package var manifestTables: [CapabilityTable] {
        self.entries.flatMap(self.manifestTables)
    }

    /// The tables of one capability: its own section, if it has one, and its limits.
    package func manifestTables(of entry: RegisteredCapability) -> [CapabilityTable] {
        let limits = CapabilitySettings.limits(of: entry.id)
        let section = entry.section.map {
            CapabilityTable(name: $0, keys: entry.settings.map(ManifestKey.init))
        }
        return [section, CapabilityTable(name: limits, keys: entry.limits.map(ManifestKey.init))].compactMap { $0 }
    }
}

extension ManifestKey {
    fileprivate init(_ key: SettingKey) {
        let (kind, absent): (Kind, String?) =
            switch key.kind {
            case .integer(let range, let value): (.integer(range), "\(value)")
            case .boolean(let value): (.boolean, "\(value)")
            case .choice(let names, let value): (.choice(names), "\"\(value)\"")
            case .string: (.string, nil)
            case .strings: (.strings, nil)
            }
        self.init(key.name, kind, default: absent, example: key.example, summary: key.summary)
    }
}
