import PulpWire

/// What a query has found, in the order in which it was found.
///
/// ```swift
/// for row in try Database.query("SELECT id, text FROM notes") {
///     lines += "\(row.int("id") ?? 0)\t\(row.string("text") ?? "")\n"
/// }
/// let notes = try Database.query("SELECT id, text FROM notes").decoded(as: Note.self)
/// ```
public struct Rows: Sequence {
    private let answer: [UInt8]
    let header: RowHeader
    private let starts: [UInt32]

    init(_ answer: [UInt8], _ header: RowHeader, starts: [UInt32]) {
        self.answer = answer
        self.header = header
        self.starts = starts
    }

    /// How many there are.
    public var count: Int { self.starts.count }
    /// Whether there are none.
    public var isEmpty: Bool { self.starts.isEmpty }
    /// The first row.
    public var first: Row? { self.isEmpty ? nil : self[0] }
    /// The names of the columns, as the query has them.
    public var columns: [String] { self.header.names }

    /// The row at `index`, which must be below ``count``.
    public subscript(index: Int) -> Row {
        Row(self.answer, self.header, start: Int(self.starts[index]))
    }

    public func makeIterator() -> Iterator {
        Iterator(rows: self)
    }

    /// Every row as a value.
    ///
    /// - Throws: What the type's `init(row:)` throws, such as for a column that is not what the type wants.
    public func decoded<Value: RowDecodable>(as type: Value.Type) throws(PluginError) -> [Value] {
        var values: [Value] = []
        for row in self { values.append(try Value(row: row)) }
        return values
    }

    /// Row after row.
    public struct Iterator: IteratorProtocol {
        private let rows: Rows
        private var index = 0

        init(rows: Rows) {
            self.rows = rows
        }

        public mutating func next() -> Row? {
            guard self.index < self.rows.count else { return nil }
            self.index += 1
            return self.rows[self.index - 1]
        }
    }
}

/// A type that reads itself from a row.
///
/// ```swift
/// struct Note: RowDecodable {
///     let id: Int64
///     let text: String
///     let done: Bool?
///
///     init(row: Row) throws(PluginError) {
///         self.id = try row["id"]
///         self.text = try row["text"]
///         self.done = try row["done"]
///     }
/// }
/// ```
public protocol RowDecodable {
    /// Reads the value.
    init(row: Row) throws(PluginError)
}

/// One row. Columns are named, or numbered from 0: `row["id"]`, `row[0]`.
public struct Row {
    private let answer: [UInt8]
    private let header: RowHeader
    private let start: Int

    init(_ answer: [UInt8], _ header: RowHeader, start: Int) {
        self.answer = answer
        self.header = header
        self.start = start
    }

    /// A column's value as the type that is asked for.
    ///
    /// - Throws: Status 3 when there is no such column, or it holds something else: NULL is a value of optionals only.
    public subscript<Value: SQLValue>(column: SQLColumn) -> Value {
        get throws(PluginError) {
            guard let cell = self.cell(column), let value = Value(cell) else { throw column.mismatch }
            return value
        }
    }

    /// An INTEGER; nil when it is NULL or something else, or there is no such column. The same holds for the others.
    public func int(_ column: SQLColumn) -> Int64? { self.cell(column)?.int }
    /// A REAL, or an INTEGER as one.
    public func double(_ column: SQLColumn) -> Double? { self.cell(column)?.double }
    /// A boolean.
    public func bool(_ column: SQLColumn) -> Bool? { self.cell(column)?.bool }
    /// TEXT.
    public func string(_ column: SQLColumn) -> String? { self.cell(column)?.string }
    /// A BLOB.
    public func bytes(_ column: SQLColumn) -> [UInt8]? { self.cell(column)?.bytes }

    /// The column, to be looked at; nil when there is none of that name or number.
    public func cell(_ column: SQLColumn) -> SQLCell? {
        guard let index = column.index(in: self.header) else { return nil }
        var reader = MessagePackReader(self.answer.wireBytes.extracting(droppingFirst: self.start))
        do throws(WireError) {
            guard index < (try reader.readArrayHeader()) else { return nil }
            for _ in 0..<index { try reader.skipValue() }
        } catch {
            return nil
        }
        return SQLCell(self.answer, at: self.start + reader.offset)
    }
}

/// A column by its name or its number.
public struct SQLColumn: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    private let name: StaticString
    /// Below 0 when the name says which.
    private let number: Int

    /// The first column that is called so.
    public init(stringLiteral name: StaticString) {
        self.name = name
        self.number = -1
    }

    /// The column of that number, the first being 0.
    public init(integerLiteral number: Int) {
        self.init(number)
    }

    /// The column of that number, the first being 0.
    public init(_ number: Int) {
        self.name = ""
        self.number = number
    }

    func index(in header: RowHeader) -> Int? {
        self.number < 0 ? header.index(of: self.name) : self.number
    }

    var mismatch: PluginError {
        var column = SQL(self.name).text
        if self.number >= 0 { appendDecimal(Int32(truncatingIfNeeded: self.number), to: &column) }
        let call = HostCall("a row", "\n3 there is no such column, or it holds something else")
        return PluginError(status: .decodeFailed, call: call, detail: column)
    }
}

/// The names of the columns, as the host has sent them.
struct RowHeader {
    /// An array of text, as MessagePack; empty when the host has sent none.
    var bytes: [UInt8] = []

    func index(of name: StaticString) -> Int? {
        var found: Int?
        self.forEach { index, bytes in
            if found == nil, WireKey(stringLiteral: name).matches(bytes) { found = index }
        }
        return found
    }

    var names: [String] {
        var names: [String] = []
        self.forEach { _, bytes in names.append(String(repairing: bytes)) }
        return names
    }

    private func forEach(_ body: (Int, RawSpan) -> Void) {
        var reader = MessagePackReader(self.bytes.wireBytes)
        do throws(WireError) {
            for index in 0..<(try reader.readArrayHeader()) { body(index, try reader.readStringSpan()) }
        } catch {
            // What is not such an array has no names.
        }
    }
}
