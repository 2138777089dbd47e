/// The first pass: finds bytes that no TOML document may hold, wherever they stand.
///
/// These are malformed UTF-8 and control characters other than tab, LF and CRLF. With this done once for the whole
/// document, no later code has to think about either.
struct TOMLByteCheck {
    private var cursor: TOMLCursor

    init(_ bytes: [UInt8]) {
        self.cursor = TOMLCursor(bytes)
    }

    /// Reports the first such byte of each line.
    mutating func run(into report: inout TOMLReport) {
        while let byte = cursor.current, !report.isFull {
            let start = cursor.position
            if byte < 0x80 {
                let mistake = controlMistake(byte)
                cursor.advance()
                if let mistake {
                    add(mistake, from: start, into: &report)
                }
            } else if let length = scalarLength() {
                cursor.advance(by: length)
            } else {
                cursor.advance()
                add(Self.malformed, from: start, into: &report)
            }
        }
    }

    /// Reports a mistake from `start` up to the cursor and leaves the rest of the line alone.
    private mutating func add(_ mistake: TOMLMistake, from start: SourcePosition, into report: inout TOMLReport) {
        report.addMuting(mistake, at: SourceSpan(start: start, end: cursor.position))
        cursor.skipToLineEnd()
    }

    private static let malformed = TOMLMistake(
        "this byte is not valid UTF-8", remedy: "save the file as UTF-8 without damage")

    private func controlMistake(_ byte: UInt8) -> TOMLMistake? {
        switch byte {
        case .tab, .lineFeed:
            return nil
        case .carriageReturn where cursor.peek(1) == .lineFeed:
            return nil
        case .carriageReturn:
            return TOMLMistake(
                "a carriage return stands without a line feed",
                remedy: "end lines with LF or CRLF, and write \\r inside a string")
        case 0x00..<0x20, 0x7F:
            let digits = String(byte, radix: 16, uppercase: true)
            let code = "U+" + String(repeating: "0", count: 4 - digits.count) + digits
            return TOMLMistake(
                "the control character \(code) is not allowed", remedy: "remove it, or write an escape in a string")
        default:
            return nil
        }
    }

    /// The length of the well-formed multi-byte scalar at the cursor; `nil` for anything else.
    ///
    /// Source: Unicode 15, table 3-7, which excludes overlong forms, surrogates and all beyond U+10FFFF.
    private func scalarLength() -> Int? {
        guard let lead = cursor.current else { return nil }
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return nil
        }
        guard let byte = cursor.peek(1), second ~= byte else { return nil }
        for distance in 2..<max(2, length) {
            guard let byte = cursor.peek(distance), 0x80...0xBF ~= byte else { return nil }
        }
        return length
    }
}
