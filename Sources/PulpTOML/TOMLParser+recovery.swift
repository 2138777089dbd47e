/// Where reading goes on after a statement was given up.
extension TOMLParser {
    /// Moves to the start of the next line that is not part of the broken statement.
    ///
    /// A statement with open brackets goes on over lines, until they are closed or a line looks like a new statement:
    /// so one mistake in a long array is one message, and a forgotten bracket does not hide the rest of the document.
    mutating func recover(acrossLines: Bool) {
        var open = openBrackets + skipLine()
        while acrossLines, open > 0, !cursor.isAtEnd, !isAtStatement() {
            open += skipLine()
        }
    }

    /// Moves over the rest of the line, and over a multi-line string that starts in it.
    /// - Returns: How many more brackets it opens than it closes.
    private mutating func skipLine() -> Int {
        var open = 0
        while let byte = cursor.current, !cursor.isAtNewline {
            switch byte {
            case UInt8(ascii: "["), UInt8(ascii: "{"): open += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): open -= 1
            case UInt8(ascii: "#"):
                cursor.skipToLineEnd()
                continue
            case .quotationMark, .apostrophe:
                skipString(byte)
                continue
            default: break
            }
            cursor.advance()
        }
        _ = cursor.skipNewline()
        return open
    }

    private mutating func skipString(_ quote: UInt8) {
        let isMultiline = cursor.isAtTriple(quote)
        guard !isMultiline || !unclosedQuotes.contains(quote) else { return cursor.advance(by: 3) }
        var probe = cursor
        probe.advance(by: isMultiline ? 3 : 1)
        while !probe.isAtEnd, isMultiline || !probe.isAtNewline {
            if isMultiline ? probe.isAtTriple(quote) : probe.current == quote {
                probe.advance(by: isMultiline ? 3 : 1)
                cursor = probe
                return
            }
            probe.advance(by: quote == .quotationMark && probe.current == .backslash ? 2 : 1)
        }
        // It never ends: then it says nothing about the brackets behind it.
        if isMultiline {
            unclosedQuotes.insert(quote)
            cursor.advance(by: 3)
        } else {
            cursor.skipToLineEnd()
        }
    }

    /// Whether the line from the cursor on reads like `key =` or `[header]`.
    func isAtStatement() -> Bool {
        var probe = cursor
        probe.skipBlanks()
        let isHeader = probe.skip(UInt8(ascii: "["))
        if isHeader {
            _ = probe.skip(UInt8(ascii: "["))
            probe.skipBlanks()
            // [1] and ["a"] are more likely elements of the array than headers.
            guard let byte = probe.current, byte.isLetter || byte == UInt8(ascii: "_") else { return false }
        }
        let start = probe.offset
        probe.skip(while: { $0.isBareKey || $0 == UInt8(ascii: ".") })
        if !isHeader, let quote = probe.current, quote == .quotationMark || quote == .apostrophe {
            probe.advance()
            probe.skip(while: { $0 != quote && $0 != .lineFeed && $0 != .backslash })
            _ = probe.skip(quote)
        }
        guard probe.offset > start else { return false }
        probe.skipBlanks()
        return probe.current == (isHeader ? UInt8(ascii: "]") : UInt8(ascii: "="))
    }
}
