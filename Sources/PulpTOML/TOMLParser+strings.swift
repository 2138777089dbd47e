/// Strings: basic and literal, on one line and on several.
extension TOMLParser {
    /// Reads the string at the cursor, which is at a quotation mark or an apostrophe.
    mutating func parseString(_ quote: UInt8) throws(Abandoned) -> String {
        guard !cursor.isAtTriple(quote) else { return try parseMultilineString(quote) }
        let triple = String(repeating: quote == .quotationMark ? "\"" : "'", count: 3)
        return try parseLineString(quote, orElse: ", or use \(triple) for a text of several lines")
    }

    /// Reads `"..."` or `'...'`, which ends on its line.
    /// - Parameter alternative: What else to do when it does not, for the message.
    mutating func parseLineString(_ quote: UInt8, orElse alternative: String = "") throws(Abandoned) -> String {
        let opening = cursor.position
        cursor.advance()
        var text: [UInt8] = []
        while let byte = cursor.current, !cursor.isAtNewline {
            if cursor.skip(quote) {
                return String(decoding: text, as: UTF8.self)
            }
            if byte == .backslash, quote == .quotationMark {
                parseEscape(into: &text)
            } else {
                text.append(byte)
                cursor.advance()
            }
        }
        let sign = quote == .quotationMark ? "\"" : "'"
        report.add(
            TOMLMistake(
                "the string that starts here is not closed on its line",
                remedy: "add the closing \(sign)\(alternative)"),
            at: SourceSpan(start: opening, end: cursor.position))
        throw Abandoned()
    }

    /// Reads `"""..."""` or `'''...'''`.
    private mutating func parseMultilineString(_ quote: UInt8) throws(Abandoned) -> String {
        let opening = cursor
        cursor.advance(by: 3)
        _ = cursor.skipNewline()
        var text: [UInt8] = []
        while let byte = cursor.current, !unclosedQuotes.contains(quote) {
            if cursor.isAtTriple(quote) {
                // Up to two quotation marks may stand directly before the closing three.
                for _ in 0..<2 where cursor.peek(3) == quote {
                    text.append(quote)
                    cursor.advance()
                }
                cursor.advance(by: 3)
                return String(decoding: text, as: UTF8.self)
            }
            if byte == .backslash, quote == .quotationMark {
                if !skipLineContinuation() {
                    parseEscape(into: &text)
                }
            } else {
                text.append(byte)
                cursor.advance()
            }
        }
        throw abandonUnclosed(quote, opening)
    }

    /// Reports a multi-line string without end. It has swallowed the rest of the document, which is read again for its
    /// own mistakes.
    private mutating func abandonUnclosed(_ quote: UInt8, _ opening: TOMLCursor) -> Abandoned {
        unclosedQuotes.insert(quote)
        let sign = quote == .quotationMark ? "\"\"\"" : "'''"
        report.add(
            TOMLMistake("the text that starts here is never closed", remedy: "add the closing \(sign)"),
            at: SourceSpan(at: opening.position))
        cursor = opening
        repeat {
            cursor.skipToLineEnd()
            _ = cursor.skipNewline()
        } while !cursor.isAtEnd && !isAtStatement()
        return Abandoned(isAtStatement: true)
    }

    /// Moves over a backslash that ends its line, and over all white space behind it.
    /// - Returns: `false`, and nothing is moved, when the backslash is something else.
    private mutating func skipLineContinuation() -> Bool {
        var probe = cursor
        probe.advance()
        probe.skipBlanks()
        guard probe.skipNewline() else { return false }
        repeat {
            probe.skipBlanks()
        } while probe.skipNewline()
        cursor = probe
        return true
    }

    /// Reads an escape sequence and adds what it stands for; a wrong one is reported and stands for nothing.
    private mutating func parseEscape(into text: inout [UInt8]) {
        let start = cursor.position
        cursor.advance()
        guard let kind = cursor.current, !cursor.isAtNewline else {
            // The end of the line is the end of the string, which its reader reports.
            return
        }
        cursor.advance()
        switch kind {
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "t"): text.append(.tab)
        case UInt8(ascii: "n"): text.append(.lineFeed)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "r"): text.append(.carriageReturn)
        case .quotationMark, .backslash: text.append(kind)
        case UInt8(ascii: "u"): parseScalar(digits: 4, from: start, into: &text)
        case UInt8(ascii: "U"): parseScalar(digits: 8, from: start, into: &text)
        default:
            add(
                TOMLMistake(
                    "this escape sequence does not exist",
                    remedy: "use \\b \\t \\n \\f \\r \\\" \\\\ \\uXXXX \\UXXXXXXXX, or a 'literal' string"), from: start
            )
        }
    }

    private mutating func parseScalar(digits count: Int, from start: SourcePosition, into text: inout [UInt8]) {
        var code: UInt32 = 0
        for _ in 0..<count {
            guard let digit = cursor.current?.digitValue(radix: 16) else {
                add(
                    TOMLMistake(
                        "the Unicode escape has fewer than \(count) hexadecimal digits",
                        remedy: "write \\u with 4 digits or \\U with 8, with zeros in front"), from: start)
                return
            }
            code = code << 4 | UInt32(digit)
            cursor.advance()
        }
        guard let scalar = Unicode.Scalar(code) else {
            add(
                TOMLMistake(
                    "the escape names no Unicode character",
                    remedy: "use U+0000 to U+D7FF or U+E000 to U+10FFFF, with \\U beyond U+FFFF"), from: start)
            return
        }
        text.append(contentsOf: String(Character(scalar)).utf8)
    }
}
