/// TOML 1.0, read with positions.
///
/// The parser is total: any bytes give a table or a list of mistakes, in linear time, bounded memory and bounded stack.
/// It does not stop at the first mistake: it goes on at the next line, so that one run shows all of them.
package enum TOML {
    /// Reads a document.
    ///
    /// - Parameters:
    ///   - bytes: UTF-8, with or without a byte order mark.
    ///   - limits: What is accepted; beyond it the document is refused with a mistake that says so.
    /// - Throws: ``TOMLErrors``, every mistake in the order of the document.
    /// - SeeAlso: toml.io/en/v1.0.0
    package static func parse(_ bytes: [UInt8], limits: TOMLLimits = TOMLLimits()) throws(TOMLErrors) -> TOMLTable {
        var report = TOMLReport(limit: limits.diagnostics)
        if let mistake = unreadable(bytes, limits) {
            report.add(mistake, at: SourceSpan(at: .start))
        } else {
            var check = TOMLByteCheck(bytes)
            check.run(into: &report)
            report.reopen()
            var parser = TOMLParser(bytes, limits: limits, report: report)
            parser.parseDocument()
            report = parser.report
            if report.errors() == nil {
                return parser.tree.table()
            }
        }
        throw report.errors() ?? TOMLErrors(diagnostics: [], isCutShort: false)
    }

    /// Why there is no point in looking at the lines of a document at all.
    private static func unreadable(_ bytes: [UInt8], _ limits: TOMLLimits) -> TOMLMistake? {
        if bytes.count > limits.documentBytes {
            return TOMLMistake(
                "the document has \(bytes.count) bytes, more than the \(limits.documentBytes) that are read",
                remedy: "make it smaller; large data belongs in a file of its own")
        }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            return TOMLMistake("the document is UTF-16", remedy: "save it as UTF-8")
        }
        return nil
    }
}
