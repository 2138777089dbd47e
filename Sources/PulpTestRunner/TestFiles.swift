import Foundation
import PulpManifest

/// The files of tests beside a manifest.
package enum TestFiles {
    /// `tests/*.toml` beside the manifest, sorted by name.
    package static func paths(besideManifest manifest: String) -> [String] { Self.paths(".toml", manifest) }

    /// `tests/*.swift` beside the manifest, sorted by name.
    package static func swiftPaths(besideManifest manifest: String) -> [String] { Self.paths(".swift", manifest) }

    private static func paths(_ ending: String, _ manifest: String) -> [String] {
        let folder = (manifest as NSString).deletingLastPathComponent
        let tests = folder.isEmpty ? "tests" : (folder as NSString).appendingPathComponent("tests")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: tests)) ?? []
        return names.filter { $0.hasSuffix(ending) && !$0.hasPrefix(".") }.sorted()
            .map { (tests as NSString).appendingPathComponent($0) }
    }
}
