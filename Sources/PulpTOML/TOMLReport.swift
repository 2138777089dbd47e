/// The mistakes found so far: bounded, and at most one byte-level mistake a line.
///
/// A line that holds a byte which no document may hold says only that; what the parser then makes of the line is a
/// consequence, not another mistake.
struct TOMLReport {
    private let limit: Int
    private var diagnostics: [TOMLDiagnostic] = []
    private var mutedLines: Set<Int> = []
    private(set) var isFull = false
    /// How many mistakes were met, listed or not: what grew while a value was read is wrong in that value.
    private(set) var mistakeCount = 0

    init(limit: Int) {
        self.limit = limit
    }

    mutating func add(_ mistake: TOMLMistake, at span: SourceSpan) {
        mistakeCount += 1
        guard !mutedLines.contains(span.start.line) else { return }
        append(TOMLDiagnostic(span: span, message: mistake.message, remedy: mistake.remedy))
    }

    /// Adds a mistake that makes all others on its line worthless.
    mutating func addMuting(_ mistake: TOMLMistake, at span: SourceSpan) {
        mutedLines.insert(span.start.line)
        append(TOMLDiagnostic(span: span, message: mistake.message, remedy: mistake.remedy))
    }

    /// Makes room for the next pass, which has its own share: the result lists the first of both.
    mutating func reopen() {
        isFull = false
    }

    private mutating func append(_ diagnostic: TOMLDiagnostic) {
        guard !isFull else { return }
        diagnostics.append(diagnostic)
        isFull = diagnostics.count.isMultiple(of: limit)
    }

    /// What was found, in the order of the document; `nil` when the document is fine.
    func errors() -> TOMLErrors? {
        guard !diagnostics.isEmpty else { return nil }
        let ordered = diagnostics.sorted { $0.span.start.offset < $1.span.start.offset }
        return TOMLErrors(diagnostics: Array(ordered.prefix(limit)), isCutShort: ordered.count >= limit)
    }
}
