import Testing

/// Rules of the house that a compiler does not know.
@Suite("House rules")
struct HouseRuleTests {
    /// No file is exempt.
    private static let longestFile = 400
    /// Lines above and below in which a proof may stand.
    private static let nearby = 3

    private let tree: SourceTree

    init() throws {
        self.tree = try SourceTree.read.get()
    }

    /// The line without its comment. Good enough for what is looked for: no string of ours holds those words.
    private static func code(_ line: Substring) -> Substring {
        // Most lines have no comment: comparing bytes first keeps the suite quick.
        guard line.utf8.contains(UInt8(ascii: "/")) else { return line }
        return line.firstRange(of: "//").map { line[..<$0.lowerBound] } ?? line
    }

    @Test("no file has more than 400 lines")
    func length() {
        for file in self.tree.files where file.lines.count > Self.longestFile {
            Issue.record("\(file.path) has \(file.lines.count) lines")
        }
    }

    @Test("half of all files have 100 lines at most")
    func median() {
        let sizes = self.tree.files.map(\.lines.count).sorted()
        #expect(sizes[sizes.count / 2] <= 100)
    }

    @Test("nothing is forced: no try!, no as!, no fatalError")
    func forced() {
        for file in self.tree.files where file.isSwift {
            for (index, line) in file.lines.enumerated() {
                let code = Self.code(line)
                for word in ["try!", "as!", "fatalError("] where code.contains(word) {
                    Issue.record("\(file.path):\(index + 1): \(word)")
                }
            }
        }
    }

    @Test("every escape from the compiler's checks for concurrency says beside it why it is sound")
    func proofs() {
        var count = 0
        for file in self.tree.files where file.isSwift {
            for (index, line) in file.lines.enumerated() where Self.escapes(Self.code(line)) {
                count += 1
                let near = file.lines[max(0, index - Self.nearby)...min(file.lines.count - 1, index + Self.nearby)]
                #expect(near.contains { $0.contains("//") }, "\(file.path):\(index + 1) has no comment beside it")
            }
        }
        #expect(count > 5)
    }

    private static func escapes(_ line: Substring) -> Bool {
        if line.contains("@unchecked Sendable") || line.contains("nonisolated(unsafe)") { return true }
        // The plain search first: most lines never get to the pattern.
        return line.contains("Task") && line.contains(/\bTask(?:\.detached)?\s*(?:\([^)]*\))?\s*\{/)
    }
}
