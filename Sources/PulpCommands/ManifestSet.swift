import Pulp
import PulpManifest

/// Several manifests, read together: every mistake of all of them comes out in one go.
enum ManifestSet {
    /// - Returns: One plugin for each path, in their order; a path that is named twice counts once.
    /// - Throws: ``Problem`` with every mistake of every manifest.
    static func load(_ paths: [String], registry: Registry) throws(Problem) -> [HostPlugin] {
        var plugins: [HostPlugin] = []
        var lines: [String] = []
        var seen: Set<String> = []
        for path in paths {
            do throws(ManifestError) {
                let path = try Manifest.file(of: path)
                guard seen.insert(path).inserted else { continue }
                let loaded = try Self.manifest(path, registry)
                for warning in loaded.warnings { Output.error("\(warning)") }
                plugins.append(HostPlugin(spec: loaded.spec, manifest: path))
            } catch {
                lines += error.diagnostics.map(\.description)
            }
        }
        lines += Self.duplicates(plugins)
        guard lines.isEmpty else { throw Problem(lines) }
        return plugins
    }

    /// The manifest of a plugin that is named by its folder or its manifest.
    static func file(of path: String) throws(Problem) -> String {
        do throws(ManifestError) {
            return try Manifest.file(of: path)
        } catch {
            throw Problem(error.diagnostics.map(\.description))
        }
    }

    /// - Parameter path: The manifest's file.
    static func manifest(_ path: String, _ registry: Registry) throws(ManifestError) -> LoadedManifest {
        if Self.isModule(path) {
            let position = ManifestPosition(file: path, line: 1, column: 1)
            let message = "this is a WebAssembly module; name the manifest beside it, such as pulp.plugin.toml"
            throw ManifestError(diagnostics: [ManifestDiagnostic(position: position, message: message)])
        }
        return try Manifest.load(path: path, registry: registry)
    }

    /// As TOML a module is nothing but mistakes, and naming it is an easy one.
    private static func isModule(_ path: String) -> Bool {
        guard path.hasSuffix(".wasm"), let bytes = try? Input.file(path) else { return false }
        return bytes.starts(with: [0x00, 0x61, 0x73, 0x6D])
    }

    /// Names are addresses: of calls between plugins, of their state, in the log.
    static func duplicates(_ plugins: [HostPlugin]) -> [String] {
        var first: [String: String] = [:]
        return plugins.compactMap { plugin in
            guard let other = first.updateValue(plugin.manifest, forKey: plugin.spec.name) else { return nil }
            let kind = plugin.spec.dialect == .cell ? "cell" : "plugin"
            return "pulp: duplicate \(kind) name \"\(plugin.spec.name)\" (in \(other) and \(plugin.manifest)); "
                + "give one of them another name"
        }
    }
}
