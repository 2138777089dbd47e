import PulpWire

/// A statement with its values.
///
/// What is interpolated becomes a parameter and never a part of the text, so nothing that a stranger wrote can change
/// what a statement does:
///
/// ```swift
/// try Database.execute("INSERT INTO notes (text, tags) VALUES (\(text), \(tags))")
///
/// var search: SQL = "SELECT id, text FROM notes WHERE done = \(false)"
/// if let word { search.append(" AND instr(text, \(word)) > 0") }
/// ```
public struct SQL {
    var text: [UInt8]
    var values = SQLValues()

    /// A statement whose text is not a literal: whoever calls this vouches for it.
    ///
    /// - Parameter text: SQL, with `?` for each value that is to be bound by ``bind(_:)``, in that order.
    public init(unchecked text: String) {
        self.text = [UInt8](copying: text)
    }

    init(_ text: StaticString) {
        self.text = unsafe [UInt8](UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Adds more text, and its values.
    public mutating func append(_ more: SQL) {
        self.text.append(contentsOf: more.text)
        self.values.append(contentsOf: more.values)
    }

    /// Adds the value of the next `?`.
    public mutating func bind(_ value: some SQLValue) {
        value.bind(to: &self.values)
    }
}

extension SQL: ExpressibleByStringInterpolation {
    public init(stringLiteral text: StaticString) {
        self.init(text)
    }

    public init(stringInterpolation parts: StringInterpolation) {
        self = parts.sql
    }

    /// The pieces of an interpolated literal.
    public struct StringInterpolation: StringInterpolationProtocol {
        var sql = SQL("")

        public init(literalCapacity: Int, interpolationCount: Int) {}

        public mutating func appendLiteral(_ text: StaticString) {
            self.sql.append(SQL(text))
        }

        /// A value: a parameter.
        public mutating func appendInterpolation(_ value: some SQLValue) {
            self.sql.text.append(UInt8(ascii: "?"))
            self.sql.bind(value)
        }

        /// A value that may be NULL.
        public mutating func appendInterpolation<Value: SQLValue>(_ value: Value?) {
            self.sql.text.append(UInt8(ascii: "?"))
            self.sql.bind(value)
        }

        /// Text of the plugin's own, such as the name of a column: becomes part of the statement as it is.
        public mutating func appendInterpolation(unchecked text: String) {
            self.sql.text.append(contentsOf: text.utf8)
        }
    }
}

/// The values of a statement, in order.
public struct SQLValues {
    // An array of MessagePack in its widest forms, which are the shortest to write; the count goes in front at the end.
    private var bytes: [UInt8] = []
    private var count: UInt32 = 0

    /// NULL.
    public mutating func bindNull() {
        self.begin(0xc0)
    }

    /// An INTEGER, 0 or 1.
    public mutating func bind(_ value: Bool) {
        self.begin(value ? 0xc3 : 0xc2)
    }

    /// An INTEGER.
    public mutating func bind(_ value: Int64) {
        self.begin(0xd3)
        self.append(UInt64(bitPattern: value), byteCount: 8)
    }

    /// A REAL.
    public mutating func bind(_ value: Double) {
        self.begin(0xcb)
        self.append(value.bitPattern, byteCount: 8)
    }

    /// TEXT.
    public mutating func bind(_ value: String) {
        self.bind(0xdb, [UInt8](copying: value))
    }

    /// A BLOB.
    public mutating func bind(_ value: [UInt8]) {
        self.bind(0xc6, value)
    }

    /// A point in time, which the host stores as text.
    public mutating func bind(_ value: Timestamp) {
        self.begin(0xc7)
        self.append(12, byteCount: 1)
        self.append(0xff, byteCount: 1)
        self.append(UInt64(value.nanoseconds), byteCount: 4)
        self.append(UInt64(bitPattern: value.seconds), byteCount: 8)
    }

    mutating func append(contentsOf more: SQLValues) {
        self.bytes.append(contentsOf: more.bytes)
        self.count += more.count
    }

    /// Nothing for no values.
    var encoded: [UInt8] {
        guard self.count > 0 else { return [] }
        var array = SQLValues()
        array.begin(0xdd)
        array.append(UInt64(self.count), byteCount: 4)
        array.bytes.append(contentsOf: self.bytes)
        return array.bytes
    }

    private mutating func bind(_ marker: UInt8, _ value: [UInt8]) {
        self.begin(marker)
        self.append(UInt64(value.count), byteCount: 4)
        self.bytes.append(contentsOf: value)
    }

    private mutating func begin(_ marker: UInt8) {
        self.bytes.append(marker)
        self.count += 1
    }

    @inline(never)
    private mutating func append(_ number: UInt64, byteCount: UInt64) {
        var shift = byteCount * 8
        while shift > 0 {
            shift -= 8
            self.bytes.append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }
}
