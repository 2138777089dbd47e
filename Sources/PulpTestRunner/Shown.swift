import PulpCapability

/// Text as a report shows it: on one line, without commands to the terminal, bounded.
enum Shown {
    /// More of a value is not for reading.
    private static let longest = 2_000

    /// Quoted and escaped, as it would stand in a test file; a long text is cut, and that is said.
    static func text(_ text: String) -> String {
        var shown = "\""
        var count = 0
        for scalar in text.unicodeScalars {
            guard count < Self.longest else {
                return shown + "\"... (\(text.utf8.count) bytes in all)"
            }
            count += 1
            switch scalar {
            case "\"": shown += "\\\""
            case "\\": shown += "\\\\"
            case "\n": shown += "\\n"
            case "\r": shown += "\\r"
            case "\t": shown += "\\t"
            default: shown += LogText.printable(String(scalar), limit: 32)
            }
        }
        return shown + "\""
    }

    /// One line, not quoted.
    static func line(_ text: String) -> String { LogText.printable(text, limit: Self.longest) }

    /// Bytes as text where they are text, else their number and the first of them.
    static func bytes(_ bytes: [UInt8]) -> String {
        if let text = String(validating: bytes, as: UTF8.self), !text.contains("\0") { return Self.text(text) }
        let digits = bytes.prefix(32).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
        return "\(bytes.count) bytes that are not text: \(digits)\(bytes.count > 32 ? " ..." : "")"
    }

    static func duration(_ duration: Duration) -> String {
        let milliseconds =
            Double(duration.components.seconds) * 1000
            + Double(duration.components.attoseconds) / 1e15
        return milliseconds < 10_000 ? "\(Int(milliseconds.rounded())) ms" : "\(Int(milliseconds / 1000)) s"
    }
}
