import PulpWire

/// A guest's text as it may stand in a log: one line, no terminal commands, bounded.
public enum LogText {
    /// The longest message, in bytes of UTF-8; what is beyond is cut, and that is said.
    public static let maximumMessageBytes = 8_192
    /// What is put behind text that was cut.
    public static let cutMark = "… (cut)"

    /// `bytes` as text: what is not UTF-8 repaired, control characters escaped, at most `limit` bytes and ``cutMark``.
    ///
    /// Escaped are all control characters but the tab, and the invisible ones that reorder or break lines: written
    /// raw they let a guest forge lines of the log, or command the terminal that shows it.
    /// - Parameters:
    ///   - bytes: Of a guest.
    ///   - limit: In bytes of UTF-8, without the mark.
    ///   - isCut: Whether the caller has left out text already.
    public static func printable(_ bytes: RawSpan, limit: Int, isCut: Bool = false) -> String {
        // What is escaped grows, so more than `limit` bytes are never of use; one scalar more tells that it was cut.
        let taken = bytes.byteCount > limit + 4 ? bytes.extracting(first: limit + 4) : bytes
        return Self.printable(String(repairing: taken), limit: limit, isCut: isCut)
    }

    /// `text` with control characters escaped, at most `limit` bytes and ``cutMark``.
    public static func printable(_ text: String, limit: Int, isCut: Bool = false) -> String {
        if !isCut, text.utf8.count <= limit, text.unicodeScalars.allSatisfy({ !Self.isEscaped($0) }) { return text }
        var printable = ""
        var count = 0
        for scalar in text.unicodeScalars {
            let piece = Self.isEscaped(scalar) ? Self.escape(scalar) : String(scalar)
            guard count + piece.utf8.count <= limit else { return printable + Self.cutMark }
            count += piece.utf8.count
            printable += piece
        }
        return isCut ? printable + Self.cutMark : printable
    }

    private static func isEscaped(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09: false
        case 0x00...0x1f, 0x7f...0x9f: true
        // Line and paragraph separator; marks, embeddings, overrides and isolates of direction.
        case 0x061c, 0x200e, 0x200f, 0x2028...0x202e, 0x2066...0x2069: true
        default: false
        }
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": "\\n"
        case "\r": "\\r"
        case "\0": "\\0"
        default: "\\u{" + String(scalar.value, radix: 16) + "}"
        }
    }
}
