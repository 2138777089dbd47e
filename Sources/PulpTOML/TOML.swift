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
        let (table, errors) = parseRecovering(bytes, limits: limits)
        if let errors {
            throw errors
        }
        return table
    }

    /// Reads a document, and what can be read of a broken one: so that mistakes in its meaning can be told together
    /// with those in its form.
    ///
    /// - Returns: The table, in which whatever holds a mistake is left out; and the mistakes, `nil` when there are none.
    package static func parseRecovering(
        _ bytes: [UInt8], limits: TOMLLimits = TOMLLimits()
    ) -> (table: TOMLTable, errors: TOMLErrors?) {
        var report = TOMLReport(limit: limits.diagnostics)
        if let mistake = unreadable(bytes, limits) {
            report.add(mistake, at: SourceSpan(at: .start))
            return (TOMLTable(), report.errors())
        }
        var check = TOMLByteCheck(bytes)
        check.run(into: &report)
        report.reopen()
        var parser = TOMLParser(bytes, limits: limits, report: report)
        parser.parseDocument()
        return (parser.tree.table(), parser.report.errors())
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
