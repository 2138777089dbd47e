/// One place in a document, as an editor shows it.
///
/// `line` and `column` count from 1, and a column is one Unicode scalar, so that a message points where the reader
/// looks. `offset` counts bytes from 0, and it is what tools slice the document with.
package struct SourcePosition: Hashable, Sendable {
    package let line: Int
    package let column: Int
    package let offset: Int

    /// The place before the first byte.
    package static let start = SourcePosition(line: 1, column: 1, offset: 0)

    package init(line: Int, column: Int, offset: Int) {
        self.line = line
        self.column = column
        self.offset = offset
    }
}

/// The part of a document from `start` up to, not including, `end`.
package struct SourceSpan: Hashable, Sendable {
    package let start: SourcePosition
    package let end: SourcePosition

    package init(start: SourcePosition, end: SourcePosition) {
        self.start = start
        self.end = end
    }

    /// The empty span at `position`.
    package init(at position: SourcePosition) {
        self.init(start: position, end: position)
    }
}
