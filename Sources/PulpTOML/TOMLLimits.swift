/// How much of a document is accepted; what bounds the parser's memory, time and stack.
package struct TOMLLimits: Hashable, Sendable {
    /// The size of the document in bytes.
    package let documentBytes: Int
    /// How deep tables and arrays nest, header parts and dotted keys included. The parser and whoever walks its result
    /// recurse this deep, which is why it cannot be raised above 256.
    package let depth: Int
    /// How many parts one dotted key has.
    package let keyParts: Int
    /// How many mistakes are listed before the parser gives up.
    package let diagnostics: Int

    package init(
        documentBytes: Int = 1 << 20, depth: Int = 128, keyParts: Int = 128, diagnostics: Int = 100
    ) {
        self.documentBytes = max(0, documentBytes)
        self.depth = min(max(1, depth), 256)
        self.keyParts = max(1, keyParts)
        self.diagnostics = max(1, diagnostics)
    }
}
