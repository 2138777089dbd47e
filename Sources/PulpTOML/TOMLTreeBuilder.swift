/// The tree while it grows, and the rules about what may be defined, extended and redefined.
///
/// Tables live in one array and name each other by position, so that appending to a deep table copies nothing.
/// Source: toml.io/en/v1.0.0, "Keys", "Table", "Inline Table", "Array of Tables".
struct TOMLTreeBuilder {
    /// How a table came to be, which decides who may add to it.
    private enum Origin {
        /// A part of a header's path that had no header yet; may get one, once.
        case path
        /// Its own header, or being the document. Never again.
        case header
        /// Dotted keys. They may go on, headers may only add tables below it.
        case dotted
    }

    private enum Slot {
        case value(TOMLNode)
        /// A value with a mistake in it: its name is taken, and it is not part of the result.
        case broken
        case table(Int)
        case elements(Int)
    }

    private struct Table {
        var origin: Origin
        let span: SourceSpan
        let depth: Int
        var names = TOMLNames()
        var entries: [(key: TOMLKey, slot: Slot)] = []
    }

    /// An array of tables; `tables` is never empty.
    private struct Elements {
        let span: SourceSpan
        var tables: [Int]
    }

    static let root = 0

    private let depthLimit: Int
    private var tables: [Table]
    private var arrays: [Elements] = []

    /// - Parameter depth: How deep the root table itself stands.
    init(depthLimit: Int, depth: Int = 0) {
        self.depthLimit = depthLimit
        self.tables = [Table(origin: .header, span: SourceSpan(at: .start), depth: depth)]
    }

    func depth(of table: Int) -> Int { tables[table].depth }

    /// A table that is not part of the result: what follows a wrong header is read into it.
    mutating func detachedTable() -> Int {
        tables.append(Table(origin: .header, span: SourceSpan(at: .start), depth: tables[Self.root].depth))
        return tables.count - 1
    }

    // MARK: Definitions

    /// Adds `key = value` to a table; the key may be dotted. Without a value, the name is taken all the same.
    mutating func insert(_ value: TOMLNode?, at key: [TOMLKey], in section: Int) throws(TOMLDiagnostic) {
        guard let last = key.last else { return }
        var table = section
        for part in key.dropLast() {
            table = try descendDotted(part, in: table)
        }
        try checkFree(last, in: table, remedy: "give each key one value: remove one of the two, or rename it")
        append(last, value.map(Slot.value) ?? .broken, to: table)
    }

    /// Defines the table of a `[header]`.
    /// - Returns: The table that the following keys belong to.
    mutating func openTable(_ path: [TOMLKey], span: SourceSpan) throws(TOMLDiagnostic) -> Int {
        guard let last = path.last else { return detachedTable() }
        let parent = try descendPath(path)
        if case .table(let table)? = slot(of: last, in: parent), tables[table].origin == .path {
            tables[table].origin = .header
            return table
        }
        try checkFree(last, in: parent, remedy: "give each table one header: merge the two, or rename one")
        return try addTable(last, origin: .header, span: span, to: parent)
    }

    /// Adds an element to the array of tables of a `[[header]]`.
    /// - Returns: The table that the following keys belong to.
    mutating func openElement(_ path: [TOMLKey], span: SourceSpan) throws(TOMLDiagnostic) -> Int {
        guard let last = path.last else { return detachedTable() }
        let parent = try descendPath(path)
        let depth = tables[parent].depth + 2
        guard depth <= depthLimit else { throw tooDeep(last) }
        if case .elements(let array)? = slot(of: last, in: parent) {
            tables.append(Table(origin: .header, span: span, depth: depth))
            arrays[array].tables.append(tables.count - 1)
            return tables.count - 1
        }
        try checkFree(last, in: parent, remedy: "use [[...]] for every element of the array, or rename one of the two")
        tables.append(Table(origin: .header, span: span, depth: depth))
        arrays.append(Elements(span: span, tables: [tables.count - 1]))
        append(last, .elements(arrays.count - 1), to: parent)
        return tables.count - 1
    }

    // MARK: Paths

    /// Goes down all but the last part of a header's path, making what is missing.
    private mutating func descendPath(_ path: [TOMLKey]) throws(TOMLDiagnostic) -> Int {
        var table = Self.root
        for part in path.dropLast() {
            switch slot(of: part, in: table) {
            case nil: table = try addTable(part, origin: .path, span: part.span, to: table)
            case .table(let next): table = next
            case .elements(let array): table = arrays[array].tables.last ?? table
            case .value(let node): throw notExtensible(part, node)
            case .broken: return detachedTable()
            }
        }
        return table
    }

    /// Goes down one part of a dotted key, which may only add to tables that no header has defined.
    private mutating func descendDotted(_ part: TOMLKey, in table: Int) throws(TOMLDiagnostic) -> Int {
        switch slot(of: part, in: table) {
        case nil:
            return try addTable(part, origin: .dotted, span: part.span, to: table)
        case .table(let next) where tables[next].origin != .header:
            tables[next].origin = .dotted
            return next
        case .table(let next):
            throw headerOwns(part, tables[next].span)
        case .elements(let array):
            throw headerOwns(part, arrays[array].span)
        case .value(let node):
            throw notExtensible(part, node)
        case .broken:
            return detachedTable()
        }
    }

    private func slot(of key: TOMLKey, in table: Int) -> Slot? {
        guard let position = tables[table].names.position(of: key.name) else { return nil }
        return tables[table].entries[position].slot
    }

    private mutating func addTable(
        _ key: TOMLKey, origin: Origin, span: SourceSpan, to parent: Int
    ) throws(TOMLDiagnostic) -> Int {
        let depth = tables[parent].depth + 1
        guard depth <= depthLimit else { throw tooDeep(key) }
        tables.append(Table(origin: origin, span: span, depth: depth))
        append(key, .table(tables.count - 1), to: parent)
        return tables.count - 1
    }

    private mutating func append(_ key: TOMLKey, _ slot: Slot, to table: Int) {
        if tables[table].names.append(key.name) {
            tables[table].entries.append((key, slot))
        }
    }

    // MARK: Conflicts

    private func checkFree(_ key: TOMLKey, in table: Int, remedy: String) throws(TOMLDiagnostic) {
        guard let position = tables[table].names.position(of: key.name) else { return }
        let line = tables[table].entries[position].key.span.start.line
        throw TOMLDiagnostic(
            span: key.span, message: "\(TOMLText.quoted(key.name)) is already defined on line \(line)", remedy: remedy)
    }

    private func headerOwns(_ key: TOMLKey, _ span: SourceSpan) -> TOMLDiagnostic {
        TOMLDiagnostic(
            span: key.span,
            message: "the table \(TOMLText.quoted(key.name)) has its own header on line \(span.start.line)",
            remedy: "put the key below that header instead of using a dotted key")
    }

    private func notExtensible(_ key: TOMLKey, _ node: TOMLNode) -> TOMLDiagnostic {
        let name = TOMLText.quoted(key.name)
        let line = node.span.start.line
        switch node.value {
        case .table:
            return TOMLDiagnostic(
                span: key.span, message: "\(name) is an inline table, complete on line \(line)",
                remedy: "add the key between its braces, or write the table with a [header]")
        case .array:
            return TOMLDiagnostic(
                span: key.span, message: "\(name) is an array, complete on line \(line)",
                remedy: "write all its elements as [[\(key.name)]] tables, or rename one of the two")
        default:
            return TOMLDiagnostic(
                span: key.span, message: "\(name) is \(node.value.kindName), not a table, since line \(line)",
                remedy: "rename one of the two")
        }
    }

    private func tooDeep(_ key: TOMLKey) -> TOMLDiagnostic {
        TOMLDiagnostic(
            span: key.span, message: "this is nested more than \(depthLimit) levels deep",
            remedy: "flatten the document")
    }

    // MARK: Result

    /// The finished tree.
    func table() -> TOMLTable { table(Self.root) }

    private func table(_ position: Int) -> TOMLTable {
        var result = TOMLTable()
        for (key, slot) in tables[position].entries {
            if let node = node(slot) {
                result.append(key, node)
            }
        }
        return result
    }

    private func node(_ slot: Slot) -> TOMLNode? {
        switch slot {
        case .broken:
            return nil
        case .value(let node):
            return node
        case .table(let position):
            return TOMLNode(value: .table(table(position)), span: tables[position].span)
        case .elements(let position):
            let elements = arrays[position].tables.map { element in
                TOMLNode(value: .table(table(element)), span: tables[element].span)
            }
            return TOMLNode(value: .array(elements), span: arrays[position].span)
        }
    }
}
