import Foundation
import Testing

/// That pages lead where they say, and show code that exists.
@Suite("Pages")
struct PageTests {
    @Test("every link to a file of the repository leads to one")
    func links() throws {
        var count = 0
        for page in try Page.all() {
            let folder = Page.root.appending(path: page.path).deletingLastPathComponent()
            for match in page.text.matches(of: /\]\(([^)\s]+)\)/) {
                let target = match.1.prefix { $0 != "#" }
                guard !target.isEmpty, !target.contains("://") else { continue }
                count += 1
                let file = folder.appending(path: String(target)).standardizedFileURL.path
                #expect(FileManager.default.fileExists(atPath: file), "\(page.path): \(match.1)")
            }
        }
        #expect(count > 20)
    }

    @Test("every page of docs is in its table of contents")
    func contents() throws {
        let contents = try Page("docs/README.md").text
        let pages = try FileManager.default.contentsOfDirectory(atPath: Page.root.appending(path: "docs").path)
        for page in pages where page.hasSuffix(".md") && page != "README.md" {
            #expect(contents.contains("](\(page))"), "docs/README.md does not lead to \(page)")
        }
    }

    @Test("every link to a heading of the same page leads to one")
    func headings() throws {
        for page in try Page.all() {
            let headings = Set(page.text.split(separator: "\n").filter { $0.hasPrefix("#") }.map(Self.anchor))
            for match in page.text.matches(of: /\]\(#([^)\s]+)\)/) {
                #expect(headings.contains(String(match.1)), "\(page.path): #\(match.1)")
            }
        }
    }

    /// As the usual renderers make one from a heading.
    private static func anchor(_ heading: Substring) -> String {
        let words = heading.drop { $0 == "#" }.drop { $0 == " " }.lowercased()
        return String(words.filter { $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" || $0 == "_" })
            .replacing(" ", with: "-")
    }

    @Test("code that a page shows of a file stands in that file, line by line")
    func excerpts() throws {
        var count = 0
        for page in try Page.all() {
            for match in page.text.matches(of: /<!-- from: ([^ ]+) -->\n```\w*\n((?:.|\n)*?)```/) {
                count += 1
                let file = try Page(String(match.1))
                #expect(file.text.contains(match.2), "\(page.path) shows other lines of \(file.path) than it has")
            }
        }
        #expect(count > 2)
    }
}
