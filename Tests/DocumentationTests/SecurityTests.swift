import Foundation
import Testing

/// That the rules in `docs/security.md` which others have paid for are held by the tests that it names.
@Suite("docs/security.md")
struct SecurityTests {
    @Test("every test that a rule is said to be held by is there, in its file")
    func tests() throws {
        let page = try Page("docs/security.md").text
        let start = try #require(page.range(of: "## Rules paid for by others"))
        let rows = page[start.upperBound...].split(separator: "\n").filter { $0.hasPrefix("|") }.dropFirst(2)
        #expect(rows.count > 20)
        var count = 0
        for row in rows {
            // `Folder/File`: "title", "title"; `File` alone is in the folder before.
            var folder = ""
            var source = ""
            for part in row.matches(of: /`(?:(\w+)\/)?(\w+Tests)`|"((?:[^"\\]|\\.)+)"/) {
                if let file = part.2 {
                    folder = part.1.map(String.init) ?? folder
                    source = try Page("Tests/\(folder)/\(file).swift").text
                } else if let title = part.3 {
                    #expect(source.contains("\"\(title)\""), "no test in \(folder) is called \(title)")
                    count += 1
                }
            }
        }
        #expect(count > 30)
    }
}
