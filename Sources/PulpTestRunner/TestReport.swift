/// How results are written.
package enum TestFormat: String, CaseIterable, Sendable {
    /// For people.
    case text
    /// TAP 13, which every reader of TAP takes.
    case tap
    /// JUnit's XML, as build servers read it.
    case junit
}

/// The results of a run, in the order in which the tests ran.
package struct TestReport: Sendable {
    package private(set) var results: [TestResult] = []

    package init() {}

    package mutating func add(_ result: TestResult) {
        self.results.append(result)
    }

    package var failureCount: Int {
        self.results.count { if case .failed = $0.outcome { true } else { false } }
    }
    package var skippedCount: Int {
        self.results.count { if case .skipped = $0.outcome { true } else { false } }
    }

    package func text(_ format: TestFormat) -> String {
        switch format {
        case .text: self.plainText
        case .tap: self.tap
        case .junit: self.junit
        }
    }

    // MARK: Text

    private var plainText: String {
        var text = ""
        var file: String?
        for result in self.results {
            if result.file != file { text += Self.heading(result.file) }
            file = result.file
            text += Self.line(result)
        }
        return text + self.summary
    }

    /// What stands above the tests of a file.
    package static func heading(_ file: String) -> String { Shown.line(file) + "\n" }

    /// One test with what is to be said about it.
    package static func line(_ result: TestResult) -> String {
        let name = "\(Shown.line(result.name)) (\(Shown.duration(result.duration)))"
        switch result.outcome {
        case .passed: return "  ok    \(name)\n"
        case .skipped(let reason): return "  skip  \(Shown.line(result.name)): \(Shown.line(reason))\n"
        case .failed(let failure):
            return "  FAIL  \(name)\n" + failure.lines.map { "        \($0)\n" }.joined()
        }
    }

    /// The last line.
    package var summary: String {
        let passed = self.results.count - self.failureCount - self.skippedCount
        let skipped = self.skippedCount > 0 ? ", \(self.skippedCount) skipped" : ""
        return "\n\(passed) passed, \(self.failureCount) failed\(skipped)\n"
    }

    // MARK: TAP

    private var tap: String {
        var text = "TAP version 13\n1..\(self.results.count)\n"
        for (index, result) in self.results.enumerated() {
            let name = Self.tapText("\(result.file): \(result.name)")
            switch result.outcome {
            case .passed: text += "ok \(index + 1) - \(name)\n"
            case .skipped(let reason): text += "ok \(index + 1) - \(name) # SKIP \(Self.tapText(reason))\n"
            case .failed(let failure):
                text += "not ok \(index + 1) - \(name)\n" + Self.block(failure, result)
            }
        }
        return text
    }

    /// A `#` and a backslash in a description are escaped.
    private static func tapText(_ text: String) -> String {
        Shown.line(text).replacing("\\", with: "\\\\").replacing("#", with: "\\#")
    }

    private static func block(_ failure: TestFailure, _ result: TestResult) -> String {
        let lines = failure.details.map { "    \($0)\n" }.joined()
        let message = Shown.text(failure.title)
        let place = Shown.text("\(failure.position)")
        return "  ---\n  message: \(message)\n  at: \(place)\n  duration_ms: \(Self.milliseconds(result.duration))\n"
            + (lines.isEmpty ? "" : "  details: |\n\(lines)") + "  ...\n"
    }

    private static func milliseconds(_ duration: Duration) -> Int {
        Int(duration.components.seconds) * 1000 + Int(duration.components.attoseconds / 1_000_000_000_000_000)
    }

    // MARK: JUnit

    private var junit: String {
        var files: [String] = []
        for result in self.results where files.last != result.file { files.append(result.file) }
        let suites = files.map { file in self.suite(file, self.results.filter { $0.file == file }) }.joined()
        return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            + "<testsuites tests=\"\(self.results.count)\" failures=\"\(self.failureCount)\" "
            + "skipped=\"\(self.skippedCount)\" time=\"\(Self.seconds(self.results))\">\n\(suites)</testsuites>\n"
    }

    private func suite(_ file: String, _ results: [TestResult]) -> String {
        var part = TestReport()
        part.results = results
        let cases = results.map(Self.testCase).joined()
        return "  <testsuite name=\"\(Self.xml(file))\" tests=\"\(results.count)\" failures=\"\(part.failureCount)\" "
            + "errors=\"0\" skipped=\"\(part.skippedCount)\" time=\"\(Self.seconds(results))\">\n\(cases)  </testsuite>\n"
    }

    private static func testCase(_ result: TestResult) -> String {
        let start =
            "    <testcase classname=\"\(Self.xml(result.file))\" name=\"\(Self.xml(result.name))\" "
            + "time=\"\(Self.seconds([result]))\""
        switch result.outcome {
        case .passed: return start + "/>\n"
        case .skipped(let reason):
            return start + ">\n      <skipped message=\"\(Self.xml(reason))\"/>\n    </testcase>\n"
        case .failed(let failure):
            let text = Self.xml(failure.lines.joined(separator: "\n"))
            return start
                + ">\n      <failure message=\"\(Self.xml(failure.title))\">\(text)</failure>\n    </testcase>\n"
        }
    }

    private static func seconds(_ results: [TestResult]) -> String {
        let thousandths = results.reduce(0) { $0 + Self.milliseconds($1.duration) }
        let rest = "\(thousandths % 1000)"
        return "\(thousandths / 1000)." + String(repeating: "0", count: 3 - rest.count) + rest
    }

    /// Text for an attribute or an element: what XML cannot hold at all is shown as `\u{...}`.
    static func xml(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x26: escaped += "&amp;"
            case 0x3C: escaped += "&lt;"
            case 0x3E: escaped += "&gt;"
            case 0x22: escaped += "&quot;"
            case 0x0A: escaped += "&#10;"
            case 0x09: escaped += "&#9;"
            case 0..<0x20, 0x7F..<0xA0, 0xFFFE, 0xFFFF:
                escaped += "\\u{\(String(scalar.value, radix: 16))}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
