import PulpCapability
import PulpManifest

/// Why a test failed: where, what was expected, and what came instead.
package struct TestFailure: Error, Hashable, Sendable {
    package let position: ManifestPosition
    /// What was wrong, in a few words: `body`, or a sentence.
    package let title: String
    /// Lines below it.
    package let details: [String]

    /// More of a line, or more lines, are not for reading.
    private static let longestLine = 16 << 10
    private static let mostLines = 100

    init(_ position: ManifestPosition, _ title: String, _ details: [String] = []) {
        self.position = position
        self.title = LogText.printable(title, limit: Self.longestLine)
        let lines = details.flatMap { $0.split(separator: "\n") }
        self.details =
            lines.prefix(Self.mostLines).map { LogText.printable(String($0), limit: Self.longestLine) }
            + (lines.count > Self.mostLines ? ["... (\(lines.count - Self.mostLines) more lines)"] : [])
    }

    /// A value that is not what it should be.
    init(_ check: PlacedCheck, _ what: String? = nil, expected: String, got: String, more: [String] = []) {
        self.init(check.position, what ?? check.key, ["expected  \(expected)", "got       \(got)"] + more)
    }

    /// A text that is not what it should be, with a mark where they part, or the first line that differs.
    init(_ check: PlacedCheck, _ what: String? = nil, expected: TextMatcher, got: String) {
        guard case .exactly(let text) = expected else {
            self.init(check, what, expected: expected.words, got: Shown.text(got))
            return
        }
        self.init(check, what, expected: Shown.text(text), got: Shown.text(got), more: Self.mark(text, got))
    }

    private static func mark(_ expected: String, _ got: String) -> [String] {
        let left = expected.split(separator: "\n", omittingEmptySubsequences: false)
        let right = got.split(separator: "\n", omittingEmptySubsequences: false)
        if left.count > 2 || right.count > 2 {
            let line = zip(left, right).prefix { $0 == $1 }.count
            let wanted = line < left.count ? Shown.text(String(left[line])) : "no such line"
            let came = line < right.count ? Shown.text(String(right[line])) : "no such line"
            return ["line \(line + 1) differs:", "  - \(wanted)", "  + \(came)"]
        }
        let common = zip(expected, got).prefix { $0 == $1 }.map(\.0)
        let width = Shown.text(String(common)).count - 1
        guard width <= 60 else { return [] }
        return [String(repeating: " ", count: 10 + width) + "^ differs from here"]
    }

    /// What the report shows, without indentation.
    var lines: [String] { ["\(self.position): \(self.title)"] + self.details.map { "  \($0)" } }
}

/// How a test went.
package enum TestOutcome: Hashable, Sendable {
    case passed
    case failed(TestFailure)
    case skipped(String)
}

package struct TestResult: Hashable, Sendable {
    package let file: String
    package let name: String
    package let outcome: TestOutcome
    package let duration: Duration

    package init(file: String, name: String, outcome: TestOutcome, duration: Duration) {
        self.file = file
        self.name = name
        self.outcome = outcome
        self.duration = duration
    }
}
