import PulpWire

/// What a statement's parameters can be and its columns hold: integers, `Double`, `Bool`, `String`, `[UInt8]`,
/// ``Timestamp``, and each of them as an optional for what may be NULL.
///
/// A type of your own conforms by way of one of these:
///
/// ```swift
/// extension Priority: SQLValue {
///     func bind(to values: inout SQLValues) { values.bind(Int64(self.rawValue)) }
///     init?(_ cell: SQLCell) { self.init(rawValue: cell.int.map { Int($0) } ?? 0) }
/// }
/// ```
public protocol SQLValue {
    /// Adds the value to a statement's.
    func bind(to values: inout SQLValues)
    /// The value of a column; nil when the column holds something else.
    init?(_ cell: SQLCell)
}

extension Int64: SQLValue {
    public func bind(to values: inout SQLValues) { values.bind(self) }
    public init?(_ cell: SQLCell) {
        guard let value = cell.int else { return nil }
        self = value
    }
}

extension Int: SQLValue {
    public func bind(to values: inout SQLValues) { values.bind(Int64(self)) }
    public init?(_ cell: SQLCell) {
        guard let value = cell.int else { return nil }
        self.init(exactly: value)
    }
}

extension UInt32: SQLValue {
    public func bind(to values: inout SQLValues) { values.bind(Int64(self)) }
    public init?(_ cell: SQLCell) {
        guard let value = cell.int else { return nil }
        self.init(exactly: value)
    }
}

extension Bool: SQLValue {
    public func bind(to values: inout SQLValues) { values.bind(self) }
    public init?(_ cell: SQLCell) {
        guard let value = cell.bool else { return nil }
        self = value
    }
}

extension Double: SQLValue {
    public func bind(to values: inout SQLValues) { values.bind(self) }
    public init?(_ cell: SQLCell) {
        guard let value = cell.double else { return nil }
        self = value
    }
}

extension String: SQLValue {
    public func bind(to values: inout SQLValues) { values.bind(self) }
    public init?(_ cell: SQLCell) {
        guard let value = cell.string else { return nil }
        self = value
    }
}

extension [UInt8]: SQLValue {
    public func bind(to values: inout SQLValues) { values.bind(self) }
    public init?(_ cell: SQLCell) {
        guard let value = cell.bytes else { return nil }
        self = value
    }
}

extension Timestamp: SQLValue {
    public func bind(to values: inout SQLValues) { values.bind(self) }
    public init?(_ cell: SQLCell) {
        guard let value = cell.timestamp else { return nil }
        self = value
    }
}

extension Optional: SQLValue where Wrapped: SQLValue {
    public func bind(to values: inout SQLValues) {
        if let self { self.bind(to: &values) } else { values.bindNull() }
    }

    public init?(_ cell: SQLCell) {
        if cell.isNull {
            self = .none
        } else {
            guard let value = Wrapped(cell) else { return nil }
            self = value
        }
    }
}

/// One column of one row. What it is asked for as something that it is not is nil.
public struct SQLCell {
    private let answer: [UInt8]
    private let offset: Int

    init(_ answer: [UInt8], at offset: Int) {
        self.answer = answer
        self.offset = offset
    }

    /// Whether it is NULL.
    public var isNull: Bool { self.kind == .nil }

    /// An INTEGER.
    public var int: Int64? {
        guard self.kind == .integer else { return nil }
        return self.read { (reader) throws(WireError) in try reader.readInt64() }
    }

    /// A boolean: a column that is declared BOOLEAN, or an INTEGER that is not 0.
    public var bool: Bool? {
        if let int = self.int { return int != 0 }
        guard self.kind == .bool else { return nil }
        return self.read { (reader) throws(WireError) in try reader.readBool() }
    }

    /// A REAL, or an INTEGER as one.
    public var double: Double? {
        guard self.kind == .float || self.kind == .integer else { return nil }
        return self.read { (reader) throws(WireError) in try reader.readDouble() }
    }

    /// TEXT; bytes that are not UTF-8 are replaced.
    public var string: String? {
        guard self.kind == .string else { return nil }
        return self.read { (reader) throws(WireError) in try reader.readString() }
    }

    /// A BLOB, or TEXT as it is stored.
    public var bytes: [UInt8]? {
        guard self.kind == .binary || self.kind == .string else { return nil }
        return self.read { (reader) throws(WireError) in try reader.readBytes() }
    }

    /// TEXT that states a point in time, of a column that is declared DATE, DATETIME or TIMESTAMP.
    public var timestamp: Timestamp? {
        self.read { (reader) throws(WireError) in
            let (seconds, nanoseconds) = try reader.readTimestamp()
            return Timestamp(seconds: seconds, nanoseconds: nanoseconds)
        }
    }

    private var kind: MessagePackKind? {
        MessagePackReader(self.answer.wireBytes.extracting(droppingFirst: self.offset)).peekKind()
    }

    private func read<Value>(_ body: (inout MessagePackReader) throws(WireError) -> Value) -> Value? {
        var reader = MessagePackReader(self.answer.wireBytes.extracting(droppingFirst: self.offset))
        do throws(WireError) {
            return try body(&reader)
        } catch {
            return nil
        }
    }
}
