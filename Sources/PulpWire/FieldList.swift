/// Names and values in the order they came, repeats kept: headers, a query, path parameters, a log line's fields.
///
/// On the wire such a list has two forms. The reference's is a map, in which a name stands once, with its first value.
/// Where a name repeats we add an array of `[name, value]` pairs that holds all of it.
public struct FieldList: Hashable, Sendable {
    /// A name and one value of it.
    public struct Field: Hashable, Sendable {
        public var name: String
        public var value: String

        /// A name and one value of it.
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    public var fields: [Field]

    /// A list of `fields`, in their order.
    public init(_ fields: [Field] = []) {
        self.fields = fields
    }

    /// Whether there are none.
    public var isEmpty: Bool { self.fields.isEmpty }
    /// How many there are, repeats counted.
    public var count: Int { self.fields.count }

    /// Adds a field at the end.
    public mutating func append(name: String, value: String) {
        self.fields.append(Field(name: name, value: value))
    }

    /// The first value of `name`, compared byte by byte.
    public subscript(name: String) -> String? {
        self.fields.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }

    /// The first value of `name`, ASCII letters compared without case, as for HTTP headers.
    public func first(ignoringCase name: String) -> String? {
        self.fields.first { field in
            field.name.utf8.elementsEqual(name.utf8) { asciiLowercased($0) == asciiLowercased($1) }
        }?.value
    }
}

extension FieldList: ExpressibleByDictionaryLiteral {
    /// A list in the order of the literal, repeats kept.
    public init(dictionaryLiteral elements: (String, String)...) {
        self.init(elements.map { Field(name: $0.0, value: $0.1) })
    }
}

/// How two names are compared to tell whether one repeats.
public enum FieldNameComparison {
    case exact
    case ignoringCase

    func equates(_ left: String, _ right: String) -> Bool {
        guard left.utf8.count == right.utf8.count else { return false }
        return switch self {
        case .exact: left.utf8.elementsEqual(right.utf8)
        case .ignoringCase: left.utf8.elementsEqual(right.utf8) { asciiLowercased($0) == asciiLowercased($1) }
        }
    }

    func precedes(_ left: String, _ right: String) -> Bool {
        switch self {
        case .exact: left.utf8.lexicographicallyPrecedes(right.utf8)
        case .ignoringCase:
            left.utf8.lexicographicallyPrecedes(right.utf8) { asciiLowercased($0) < asciiLowercased($1) }
        }
    }
}

func asciiLowercased(_ byte: UInt8) -> UInt8 {
    0x41...0x5a ~= byte ? byte | 0x20 : byte
}

extension FieldList {
    /// Up to here comparing every pair of names is cheaper than sorting.
    private static var shortCount: Int { 24 }

    /// The list with only the first field of each name.
    public func firstOfEachName(_ comparison: FieldNameComparison) -> FieldList {
        if self.count <= Self.shortCount {
            for (index, field) in self.fields.enumerated()
            where self.fields[..<index].contains(where: { comparison.equates($0.name, field.name) }) {
                return self.sortedOut(comparison)
            }
            return self
        }
        return self.sortedOut(comparison)
    }

    /// The same by sorting: the names are a stranger's, and there may be many.
    private func sortedOut(_ comparison: FieldNameComparison) -> FieldList {
        let order = self.fields.indices.sorted { left, right in
            let names = (self.fields[left].name, self.fields[right].name)
            if comparison.precedes(names.0, names.1) { return true }
            return !comparison.precedes(names.1, names.0) && left < right
        }
        var kept = [Bool](repeating: true, count: self.fields.count)
        for (previous, next) in zip(order, order.dropFirst())
        where !comparison.precedes(self.fields[previous].name, self.fields[next].name) {
            kept[next] = false
        }
        return FieldList(zip(self.fields, kept).filter { $0.1 }.map { $0.0 })
    }
}

extension MessagePackWriter {
    /// Writes all fields as a map, in order; the caller has seen to it that no name repeats.
    public mutating func writeFieldMap(_ list: FieldList) {
        self.writeMapHeader(list.count)
        for field in list.fields {
            self.writeString(field.name)
            self.writeString(field.value)
        }
    }

    /// Writes all fields as an array of `[name, value]`, repeats kept.
    public mutating func writeFieldPairs(_ list: FieldList) {
        self.writeArrayHeader(list.count)
        for field in list.fields {
            self.writeArrayHeader(2)
            self.writeString(field.name)
            self.writeString(field.value)
        }
    }
}

extension MessagePackReader {
    /// Reads a map of text to text; a name that repeats has its last value, as in the reference's decoder.
    mutating func readFieldMap() throws(WireError) -> FieldList {
        var list = FieldList()
        for _ in 0..<(try self.readMapHeader()) {
            try self.countValue()
            let name = try self.readString()
            list.append(name: name, value: try self.readString())
        }
        guard list.firstOfEachName(.exact).count < list.count else { return list }
        // The last value wins: the first of each name of the reversed list.
        let unique = FieldList(list.fields.reversed()).firstOfEachName(.exact)
        return FieldList(unique.fields.reversed())
    }

    /// Reads an array of `[name, value]`; values after the second in a pair are skipped.
    mutating func readFieldPairs() throws(WireError) -> FieldList {
        var list = FieldList()
        for _ in 0..<(try self.readArrayHeader()) {
            try self.countValue()
            let extra = try self.readPairHeader()
            let name = try self.readString()
            list.append(name: name, value: try self.readString())
            for _ in 0..<extra { try self.skipValue() }
        }
        return list
    }

    /// Reads the header of a `[name, value]` array.
    ///
    /// - Returns: How many values follow the two.
    @inline(__always)
    mutating func readPairHeader() throws(WireError) -> Int {
        let start = self.offset
        let count = try self.readArrayHeader()
        guard count >= 2 else { throw WireError(.typeMismatch, at: start, expected: .pair) }
        return count - 2
    }

    /// Reads an array of text.
    mutating func readStringArray() throws(WireError) -> [String] {
        var strings: [String] = []
        for _ in 0..<(try self.readArrayHeader()) {
            try self.countValue()
            strings.append(try self.readString())
        }
        return strings
    }
}
