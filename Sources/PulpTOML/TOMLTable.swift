/// A key as it was written: its name, with quotes and escapes resolved, and where it stands.
package struct TOMLKey: Hashable, Sendable {
    package let name: String
    package let span: SourceSpan

    package init(name: String, span: SourceSpan) {
        self.name = name
        self.span = span
    }
}

/// A table: entries in the order of the document, found by name in constant time.
///
/// Names are compared byte by byte, as TOML does: two spellings of one letter (composed, decomposed) are two keys.
package struct TOMLTable: Sendable {
    /// One `key = value`, or a sub-table.
    package struct Entry: Hashable, Sendable {
        package let key: TOMLKey
        package let node: TOMLNode
    }

    package private(set) var entries: [Entry] = []
    private var names = TOMLNames()

    package init() {}

    package var isEmpty: Bool { entries.isEmpty }

    /// The entry called `name`, or `nil`.
    package func entry(named name: String) -> Entry? {
        guard let position = names.position(of: name) else { return nil }
        return entries[position]
    }

    /// The value called `name`, or `nil`.
    package subscript(name: String) -> TOMLNode? { entry(named: name)?.node }

    /// Adds an entry at the end.
    /// - Returns: `false`, and nothing is added, when the name is taken.
    @discardableResult
    package mutating func append(_ key: TOMLKey, _ node: TOMLNode) -> Bool {
        guard names.append(key.name) else { return false }
        entries.append(Entry(key: key, node: node))
        return true
    }
}

extension TOMLTable: Hashable {
    package static func == (left: TOMLTable, right: TOMLTable) -> Bool { left.entries == right.entries }

    package func hash(into hasher: inout Hasher) { hasher.combine(entries) }
}
