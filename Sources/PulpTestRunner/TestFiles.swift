import Foundation
import PulpManifest

/// The files of tests beside a manifest.
package enum TestFiles {
    /// More files are a mistake.
    private static let mostFiles = 1_000

    /// `tests/*.toml` beside the manifest, sorted by name.
    package static func paths(besideManifest manifest: String) -> [String] {
        let folder = (manifest as NSString).deletingLastPathComponent
        let tests = folder.isEmpty ? "tests" : (folder as NSString).appendingPathComponent("tests")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: tests)) ?? []
        return names.filter { $0.hasSuffix(".toml") && !$0.hasPrefix(".") }.sorted().prefix(Self.mostFiles)
            .map { (tests as NSString).appendingPathComponent($0) }
    }
}
