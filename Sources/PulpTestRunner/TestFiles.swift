import Foundation
import PulpManifest

/// The files of tests beside a manifest.
package enum TestFiles {
    /// `tests/*.toml` beside the manifest, sorted by name.
    package static func paths(besideManifest manifest: String) -> [String] {
        let folder = (manifest as NSString).deletingLastPathComponent
        let tests = folder.isEmpty ? "tests" : (folder as NSString).appendingPathComponent("tests")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: tests)) ?? []
        return names.filter { $0.hasSuffix(".toml") && !$0.hasPrefix(".") }.sorted()
            .map { (tests as NSString).appendingPathComponent($0) }
    }

    /// The manifest that a user means: the path itself, or the one in the folder of that path.
    package static func manifest(_ path: String) -> String {
        var isFolder: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
            return path
        }
        let names = ["pulp.plugin.toml", "pulp.cell.toml"]
        let paths = names.map { path == "." ? $0 : (path as NSString).appendingPathComponent($0) }
        return paths.first { FileManager.default.fileExists(atPath: $0) } ?? paths[0]
    }
}
