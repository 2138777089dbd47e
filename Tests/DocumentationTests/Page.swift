import Foundation

/// A page of documentation in the repository.
struct Page {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Whether the run is to write what it would otherwise compare.
    static var regenerates: Bool { ProcessInfo.processInfo.environment["PULP_REGENERATE_DOCS"] == "1" }

    /// From the package's folder.
    let path: String
    let text: String

    init(_ path: String) throws {
        self.path = path
        self.text = try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
    }

    /// Every page that is written by hand or by a test.
    static func all() throws -> [Page] {
        var paths = ["README.md", "ARCHITECTURE.md"]
        for folder in ["docs", "Sources", "Examples", "SDKs", "Tests"] {
            let found = try FileManager.default.subpathsOfDirectory(atPath: self.root.appending(path: folder).path)
            paths += found.filter { $0.hasSuffix(".md") && !$0.contains(".build/") && !$0.hasPrefix("templates/") }.map
            { "\(folder)/\($0)" }
        }
        return try paths.sorted().map { try Page($0) }
    }

    /// What stands between `<!-- name:begin -->` and `<!-- name:end -->`.
    func generatedPart(_ name: String) -> Range<String.Index>? {
        guard let begin = self.text.range(of: "<!-- \(name):begin -->\n"),
            let end = self.text.range(of: "<!-- \(name):end -->", range: begin.upperBound..<self.text.endIndex)
        else { return nil }
        return begin.upperBound..<end.lowerBound
    }

    func replacing(_ part: Range<String.Index>, with new: String) throws {
        var text = self.text
        text.replaceSubrange(part, with: new)
        try text.write(to: Self.root.appending(path: self.path), atomically: true, encoding: .utf8)
    }
}
