/// The second pass: reads a document line by line into a tree.
///
/// Mistakes inside a value (a wrong escape, a number out of range) are reported and reading goes on behind them.
/// Mistakes of structure (no `=`, text after a value) give the statement up, by throwing ``Abandoned``, and reading
/// goes on with the next one.
struct TOMLParser {
    /// Thrown once the mistake has been reported.
    struct Abandoned: Error {
        /// Whether the cursor is already at the start of a statement.
        var isAtStatement = false
    }

    var cursor: TOMLCursor
    let limits: TOMLLimits
    var report: TOMLReport
    var tree: TOMLTreeBuilder
    /// How many brackets and braces are open at the cursor.
    var openBrackets = 0
    /// The quotation marks of multi-line strings that were sought up to the end of the document in vain. They are not
    /// sought again, which keeps the time linear.
    var unclosedQuotes: Set<UInt8> = []
    /// The table that `key = value` lines add to.
    private var section = TOMLTreeBuilder.root

    init(_ bytes: [UInt8], limits: TOMLLimits, report: TOMLReport) {
        self.cursor = TOMLCursor(bytes)
        self.limits = limits
        self.report = report
        self.tree = TOMLTreeBuilder(depthLimit: limits.depth)
    }

    mutating func parseDocument() {
        while !cursor.isAtEnd, !report.isFull {
            cursor.skipBlanks()
            let isHeader = cursor.current == UInt8(ascii: "[")
            do throws(Abandoned) {
                try parseLine()
            } catch {
                if !error.isAtStatement {
                    recover(acrossLines: !isHeader)
                }
                openBrackets = 0
            }
        }
    }

    private mutating func parseLine() throws(Abandoned) {
        if cursor.skipNewline() { return }
        switch cursor.current {
        case nil: return
        case UInt8(ascii: "#"): cursor.skipToLineEnd()
        case UInt8(ascii: "["): try parseHeader()
        default: try parseKeyValue()
        }
        try finishLine()
    }

    /// Expects nothing but a comment up to the end of the line.
    private mutating func finishLine() throws(Abandoned) {
        cursor.skipBlanks()
        if cursor.current == UInt8(ascii: "#") {
            cursor.skipToLineEnd()
        }
        guard !cursor.isAtEnd, !cursor.skipNewline() else { return }
        throw abandon(
            TOMLMistake(
                "there is more text where the line should end",
                remedy: "put each key and each header on a line of its own, and quote strings"))
    }

    // MARK: Headers

    private mutating func parseHeader() throws(Abandoned) {
        // Until the header is known to be good, what follows must not land in the table before it.
        section = tree.detachedTable()
        let start = cursor.position
        cursor.advance()
        let isElement = cursor.skip(UInt8(ascii: "["))
        cursor.skipBlanks()
        let key = try parseKey()
        try closeHeader(isElement: isElement)
        let span = SourceSpan(start: start, end: cursor.position)
        do throws(TOMLDiagnostic) {
            section = try isElement ? tree.openElement(key, span: span) : tree.openTable(key, span: span)
        } catch {
            add(error)
        }
    }

    private mutating func closeHeader(isElement: Bool) throws(Abandoned) {
        let closing = UInt8(ascii: "]")
        if isElement {
            guard cursor.current == closing, cursor.peek(1) == closing else {
                throw abandon(
                    TOMLMistake(
                        "the header of an array of tables is not closed", remedy: "write it as [[name]] on one line"))
            }
            cursor.advance(by: 2)
        } else if !cursor.skip(closing) {
            throw abandon(
                TOMLMistake(
                    "the table header is not closed",
                    remedy: "write it as [name] on one line, and quote names with other characters than A-Za-z0-9_-"))
        }
    }

    // MARK: Key and value

    private mutating func parseKeyValue() throws(Abandoned) {
        let key = try parseKey()
        try parseEquals(after: key)
        let mistakes = report.mistakeCount
        let value = try parseValue(depth: tree.depth(of: section) + key.count)
        do throws(TOMLDiagnostic) {
            try tree.insert(report.mistakeCount == mistakes ? value : nil, at: key, in: section)
        } catch {
            add(error)
        }
    }

    /// Moves over the `=` and to the value behind it.
    mutating func parseEquals(after key: [TOMLKey]) throws(Abandoned) {
        let name = key.last.map { TOMLText.quoted($0.name) } ?? ""
        guard cursor.skip(UInt8(ascii: "=")) else {
            if cursor.isAtLineEnd {
                throw abandon(
                    TOMLMistake("the key \(name) has no value", remedy: "write key = value, or # before a comment"))
            }
            let isColon = cursor.current == UInt8(ascii: ":")
            throw abandon(
                TOMLMistake(
                    "there is no = behind the key \(name)",
                    remedy: isColon ? "write = instead of :" : "write key = value, and quote a key with spaces in it"))
        }
        cursor.skipBlanks()
        if cursor.isAtLineEnd || cursor.current == UInt8(ascii: "#") {
            throw abandon(
                TOMLMistake(
                    "the key \(name) has no value",
                    remedy: "put the value behind the =, on the same line, or remove the line"))
        }
    }

    // MARK: Mistakes

    mutating func add(_ mistake: TOMLMistake, from start: SourcePosition) {
        report.add(mistake, at: SourceSpan(start: start, end: cursor.position))
    }

    mutating func add(_ diagnostic: TOMLDiagnostic) {
        report.add(TOMLMistake(diagnostic.message, remedy: diagnostic.remedy), at: diagnostic.span)
    }

    /// Reports a mistake of structure at the cursor; throw the result.
    mutating func abandon(_ mistake: TOMLMistake) -> Abandoned {
        report.add(mistake, at: SourceSpan(at: cursor.position))
        return Abandoned()
    }
}
