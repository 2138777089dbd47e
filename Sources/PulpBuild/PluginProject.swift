import Foundation
import PulpManifest

/// A plugin as its author has it: a folder with a manifest and sources.
package struct PluginProject: Sendable {
    /// The manifest's file, as it was named or found.
    package let manifestPath: String
    /// The manifest's folder, as it was named or found; `.` for the working directory.
    package let folder: String
    package let spec: PluginSpec
    /// nil when the manifest has a command of its own and names no language.
    package let language: Language?
    /// Where the module belongs.
    package let wasmPath: String

    let tree: SourceTree

    /// Reads a plugin's manifest and finds out what it is written in.
    ///
    /// - Parameter path: A manifest, or a folder that has a `pulp.plugin.toml` or a `pulp.cell.toml`.
    /// - Throws: ``BuildError`` with every mistake of the manifest, or that says which languages it may be.
    package init(_ path: String) throws(BuildError) {
        do throws(ManifestError) {
            self.manifestPath = try Manifest.file(of: path)
            self.spec = try Manifest.loadSource(path: self.manifestPath).spec
        } catch {
            throw BuildError(.manifest, error.diagnostics.map(\.description).joined(separator: "\n"))
        }
        self.folder = Files.folder(of: self.manifestPath)
        guard case .file(let wasm) = self.spec.module else {
            throw BuildError(.manifest, "\(self.manifestPath): the manifest names no file for the module")
        }
        self.wasmPath = wasm
        self.tree = SourceTree(folder: self.folder, patterns: self.spec.build.sources)
        if let named = self.spec.build.language {
            self.language = Language(rawValue: named)
        } else if self.spec.build.command.isEmpty {
            self.language = try Self.language(of: self.tree, manifest: self.manifestPath)
        } else {
            self.language = nil
        }
    }

    /// What build tools of the languages' own read; not the plugin's.
    private static let toolFiles: Set<String> = ["Package.swift", "build.zig"]

    /// The plugin's sources in its language, as paths that start with ``folder``, sorted.
    ///
    /// - Throws: ``BuildError/Code/sources`` when there is none.
    package func sources() throws(BuildError) -> [String] {
        guard let language else { return [] }
        let ending = ".\(language.fileExtension)"
        let found = try self.tree.files().filter { $0.hasSuffix(ending) && !Self.toolFiles.contains($0) }
        guard !found.isEmpty else {
            throw BuildError(
                .sources,
                "\(self.shown(self.folder)) has no source of \(language.title) (*\(ending)); write one, or "
                    + "name the right ones in \(self.manifestPath): [build] sources = [\"src\"]")
        }
        return found.map { Self.argument(self.folder == "." ? $0 : "\(self.folder)/\($0)") }
    }

    /// A path as compilers take it for one: not for an option, or for a file of arguments.
    private static func argument(_ path: String) -> String {
        path.hasPrefix("-") || path.hasPrefix("@") ? "./\(path)" : path
    }

    /// Whether a change of the file at `path`, relative to ``folder``, calls for a new build.
    package func isWatched(_ path: String) -> Bool {
        "\(self.folder)/\(path)" == "\(self.folder)/\(Files.name(of: self.manifestPath))" || self.tree.holds(path)
    }

    /// Whether there may be such files in a folder, by its path relative to ``folder``.
    package func isEntered(_ path: String) -> Bool { self.tree.enters(path) }

    private func shown(_ folder: String) -> String { folder == "." ? "this folder" : folder }

    /// The one language that the files speak.
    private static func language(of tree: SourceTree, manifest: String) throws(BuildError) -> Language {
        let files = try tree.files()
        var examples: [(Language, String)] = []
        for language in Language.allCases {
            let ending = ".\(language.fileExtension)"
            let example =
                files.first { $0 == language.marker }
                ?? files.first { $0.hasSuffix(ending) && !Self.toolFiles.contains($0) }
            if let example { examples.append((language, example)) }
        }
        if examples.count == 1, let only = examples.first { return only.0 }
        guard !examples.isEmpty else {
            throw BuildError(
                .sources,
                "there is no source beside \(manifest): none of *.swift, *.c, *.rs, *.go, *.zig; write one, or name "
                    + "its folder in the manifest: [build] sources = [\"src\"]")
        }
        let candidates = examples.map { "\($0.0.rawValue) (\($0.1))" }.joined(separator: ", ")
        throw BuildError(
            .sources,
            "the sources beside \(manifest) are of several languages: \(candidates); say which one is the plugin's in "
                + "the manifest: [build] language = \"\(examples.first?.0.rawValue ?? "swift")\"")
    }
}
