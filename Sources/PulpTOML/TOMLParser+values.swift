/// Values: arrays, inline tables, and the scalars' extent (what they mean is ``TOMLScalar``'s matter).
extension TOMLParser {
    /// Reads the value at the cursor.
    /// - Parameter depth: How deep the value stands; 1 for a value directly in the root table.
    mutating func parseValue(depth: Int) throws(Abandoned) -> TOMLNode {
        let start = cursor.position
        let value: TOMLValue
        switch cursor.current {
        case UInt8(ascii: "["): value = .array(try parseArray(depth: depth))
        case UInt8(ascii: "{"): value = .table(try parseInlineTable(depth: depth))
        case UInt8.quotationMark?: value = .string(try parseString(.quotationMark))
        case UInt8.apostrophe?: value = .string(try parseString(.apostrophe))
        default: value = try parseScalar()
        }
        return TOMLNode(value: value, span: SourceSpan(start: start, end: cursor.position))
    }

    /// Moves over an opening bracket or brace.
    private mutating func open(depth: Int) throws(Abandoned) {
        guard depth <= limits.depth else {
            throw abandon(
                TOMLMistake("this is nested more than \(limits.depth) levels deep", remedy: "flatten the document"))
        }
        cursor.advance()
        openBrackets += 1
    }

    // MARK: Arrays

    private mutating func parseArray(depth: Int) throws(Abandoned) -> [TOMLNode] {
        let opening = cursor.position
        try open(depth: depth)
        var elements: [TOMLNode] = []
        while true {
            try skipArraySpace(opening)
            if cursor.skip(UInt8(ascii: "]")) { break }
            if cursor.current == UInt8(ascii: ",") {
                let comma = cursor.position
                cursor.advance()
                add(TOMLMistake("there is no value before this comma", remedy: "remove the comma"), from: comma)
                continue
            }
            elements.append(try parseValue(depth: depth + 1))
            let end = cursor.offset
            try skipArraySpace(opening)
            if cursor.skip(UInt8(ascii: ",")) || cursor.current == UInt8(ascii: "]") { continue }
            let mistake = TOMLMistake(
                "a comma is missing between two values of the array", remedy: "separate the values with commas")
            guard cursor.offset > end else { throw abandon(mistake) }
            add(mistake, from: cursor.position)
            if cursor.current?.isLetter == true {
                // A word behind a value is more likely stray text than another value.
                skipBrokenScalar()
            }
        }
        openBrackets -= 1
        return elements
    }

    /// Moves over blanks, line ends and comments inside an array.
    private mutating func skipArraySpace(_ opening: SourcePosition) throws(Abandoned) {
        cursor.skipBlanks()
        var isAtLineStart = false
        while cursor.isAtNewline || cursor.current == UInt8(ascii: "#") {
            cursor.skipToLineEnd()
            isAtLineStart = cursor.skipNewline()
            cursor.skipBlanks()
        }
        if cursor.isAtEnd || (isAtLineStart && isAtStatement()) {
            report.add(
                TOMLMistake("the array that starts here is never closed", remedy: "add the closing ]"),
                at: SourceSpan(start: opening, end: cursor.position))
            throw Abandoned(isAtStatement: true)
        }
    }

    // MARK: Inline tables

    private mutating func parseInlineTable(depth: Int) throws(Abandoned) -> TOMLTable {
        var space = InlineSpace(opening: cursor.position)
        try open(depth: depth)
        var fields = TOMLTreeBuilder(depthLimit: limits.depth, depth: depth)
        try skip(&space, mayBreak: true)
        var isOpen = !cursor.skip(UInt8(ascii: "}"))
        while isOpen {
            let key = try parseKey()
            try parseEquals(after: key)
            let value = try parseValue(depth: depth + key.count)
            do throws(TOMLDiagnostic) {
                try fields.insert(value, at: key, in: TOMLTreeBuilder.root)
            } catch {
                add(error)
            }
            try skip(&space, mayBreak: false)
            isOpen = try parseInlineSeparator(&space)
        }
        openBrackets -= 1
        return fields.table()
    }

    /// Moves over what follows a value of an inline table.
    /// - Returns: Whether another one follows.
    private mutating func parseInlineSeparator(_ space: inout InlineSpace) throws(Abandoned) -> Bool {
        if cursor.skip(UInt8(ascii: "}")) { return false }
        let comma = cursor.position
        guard cursor.skip(UInt8(ascii: ",")) else {
            throw abandon(
                TOMLMistake(
                    "a comma or a closing } is missing in the inline table",
                    remedy: "write { key = value, key = value } on one line"))
        }
        try skip(&space, mayBreak: true)
        guard cursor.skip(UInt8(ascii: "}")) else { return true }
        let mistake = TOMLMistake(
            "an inline table cannot end with a comma", remedy: "remove the comma before the }")
        report.add(mistake, at: SourceSpan(at: comma))
        return false
    }

    /// What is known about the white space of one inline table.
    private struct InlineSpace {
        let opening: SourcePosition
        var isReported = false
    }

    /// Moves over blanks inside an inline table, and over line ends after reporting them: once, since the reader's
    /// mistake is one, to have broken the line at all.
    /// - Parameter mayBreak: Whether another key is expected, so that a line that looks like a statement is one.
    private mutating func skip(_ space: inout InlineSpace, mayBreak: Bool) throws(Abandoned) {
        cursor.skipBlanks()
        let lineEnd = cursor.position
        var isBroken = false
        while cursor.isAtNewline || cursor.current == UInt8(ascii: "#") {
            isBroken = true
            cursor.skipToLineEnd()
            _ = cursor.skipNewline()
            cursor.skipBlanks()
        }
        let isClosing = cursor.current == UInt8(ascii: "}") || cursor.current == UInt8(ascii: ",")
        if cursor.isAtEnd || (isBroken && !mayBreak && !isClosing) {
            report.add(
                TOMLMistake("the inline table that starts here is not closed on its line", remedy: "add the closing }"),
                at: SourceSpan(start: space.opening, end: lineEnd))
            throw Abandoned(isAtStatement: cursor.isAtEnd || isAtStatement())
        }
        guard isBroken, !space.isReported else { return }
        space.isReported = true
        report.add(
            TOMLMistake(
                "an inline table cannot go on over several lines",
                remedy: "write it on one line, or as a [table] of its own"), at: SourceSpan(at: lineEnd))
    }

    // MARK: Scalars

    private mutating func parseScalar() throws(Abandoned) -> TOMLValue {
        let start = cursor.position
        cursor.skip(while: \.isScalar)
        if cursor.current == .space, cursor.peek(1)?.isDigit == true, TOMLDateReader.isDateShaped(token(from: start)) {
            cursor.advance()
            cursor.skip(while: \.isScalar)
        }
        guard cursor.offset > start.offset || !isAtDelimiter else {
            throw abandon(
                TOMLMistake(
                    "a value is missing here",
                    remedy: "write a \"string\", a number, true, false, a date, an [array] or an { inline = table }"))
        }
        do throws(TOMLMistake) {
            let token = token(from: start)
            guard isAtDelimiter else { throw TOMLScalar.mistake(in: token) }
            return try TOMLScalar.value(of: token)
        } catch {
            skipBrokenScalar()
            add(error, from: start)
            return .boolean(false)
        }
    }

    private func token(from start: SourcePosition) -> ArraySlice<UInt8> { cursor.bytes[start.offset..<cursor.offset] }

    private var isAtDelimiter: Bool {
        guard !cursor.isAtLineEnd, let byte = cursor.current else { return true }
        return [.space, .tab, UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: "#")].contains(byte)
    }

    /// Moves to where the next value can start, so that one wrong word is one message.
    private mutating func skipBrokenScalar() {
        let isInBrackets = openBrackets > 0
        while let byte = cursor.current, !cursor.isAtNewline, byte != UInt8(ascii: "#") {
            if isInBrackets, [UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}")].contains(byte) { return }
            cursor.advance()
        }
    }
}

extension UInt8 {
    /// What numbers, dates and the words `true`, `inf`, ... consist of.
    fileprivate var isScalar: Bool {
        isBareKey || self == UInt8(ascii: "+") || self == UInt8(ascii: ".") || self == UInt8(ascii: ":")
    }
}
