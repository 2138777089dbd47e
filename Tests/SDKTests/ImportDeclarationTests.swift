import Foundation
import Testing

/// That no SDK declares another import than the host links, and none is left out.
@Suite("Imports as each SDK declares them")
struct ImportDeclarationTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let begin = "/* imports:begin */\n"
    private static let end = "/* imports:end */"

    @Test("are those of the host's tables", arguments: ImportDeclarations.allCases)
    func declarations(language: ImportDeclarations) throws {
        let file = Self.root.appending(path: language.path)
        let regenerates = ProcessInfo.processInfo.environment["PULP_REGENERATE_DOCS"] == "1"
        var text = try? String(contentsOf: file, encoding: .utf8)
        if language == .c {
            let whole = try #require(text, "\(language.path) is missing")
            let first = try #require(whole.range(of: Self.begin), "\(language.path) has no \(Self.begin)")
            let last = try #require(whole.range(of: Self.end, range: first.upperBound..<whole.endIndex))
            if regenerates {
                let new = whole.replacingCharacters(in: first.upperBound..<last.lowerBound, with: language.text)
                try new.write(to: file, atomically: true, encoding: .utf8)
                text = language.text
            } else {
                text = String(whole[first.upperBound..<last.lowerBound])
            }
        } else if regenerates {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try language.text.write(to: file, atomically: true, encoding: .utf8)
            text = language.text
        }
        #expect(text == language.text, "run the tests with PULP_REGENERATE_DOCS=1 to write \(language.path)")
    }
}
