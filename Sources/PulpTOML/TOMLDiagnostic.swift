/// One mistake in a document: where it is, what is wrong, and what to do about it.
///
/// The texts never quote a value, because a value may be a secret; they do quote keys.
package struct TOMLDiagnostic: Error, Hashable, Sendable, CustomStringConvertible {
    package let span: SourceSpan
    /// What is wrong, as a sentence without its full stop.
    package let message: String
    /// What to do about it, as a sentence without its full stop.
    package let remedy: String

    package init(span: SourceSpan, message: String, remedy: String) {
        self.span = span
        self.message = message
        self.remedy = remedy
    }

    /// `line:column: what is wrong; what to do`.
    package var description: String {
        "\(span.start.line):\(span.start.column): \(message); \(remedy)"
    }
}

/// Every mistake of one document, in the order of the document. Never empty.
package struct TOMLErrors: Error, Hashable, Sendable, CustomStringConvertible {
    package let diagnostics: [TOMLDiagnostic]
    /// Whether ``TOMLLimits/diagnostics`` was reached, so that there may be more mistakes than are listed.
    package let isCutShort: Bool

    package var description: String {
        diagnostics.map(\.description).joined(separator: "\n")
            + (isCutShort ? "\nonly the first \(diagnostics.count) mistakes are listed" : "")
    }
}

/// What is wrong with a piece of text, before the parser adds where the text stands.
struct TOMLMistake: Error, Hashable {
    let message: String
    let remedy: String

    init(_ message: String, remedy: String) {
        self.message = message
        self.remedy = remedy
    }
}
