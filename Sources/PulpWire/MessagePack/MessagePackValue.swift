/// Any MessagePack value, for what has no record: SQL parameters, configuration, `pulp debug msgpack`, tests.
///
/// Two values are equal when their forms are: integers read from the wire are `.int` whenever they fit, so that each
/// integer has one form, whatever width it was sent in.
public enum MessagePackValue: Hashable, Sendable {
    case `nil`
    case bool(Bool)
    case int(Int64)
    /// Read only for integers beyond `Int64.max`.
    case uint(UInt64)
    case float(Float)
    case double(Double)
    /// Text; bytes on the wire that are not UTF-8 were replaced by U+FFFD.
    case string(String)
    case binary([UInt8])
    case array([MessagePackValue])
    case map([Pair])
    /// Seconds since 1970 UTC, nanoseconds below 1,000,000,000.
    case timestamp(seconds: Int64, nanoseconds: UInt32)
    case `extension`(type: Int8, bytes: [UInt8])

    /// A key and its value. Maps keep their order and their repeats.
    public struct Pair: Hashable, Sendable {
        public var key: MessagePackValue
        public var value: MessagePackValue

        /// A key and its value.
        public init(key: MessagePackValue, value: MessagePackValue) {
            self.key = key
            self.value = value
        }
    }

    /// The value of the first pair whose key is the string `key`, when this is a map.
    public subscript(key: String) -> MessagePackValue? {
        guard case .map(let pairs) = self else { return nil }
        return pairs.first { pair in
            guard case .string(let name) = pair.key else { return false }
            return name.utf8.elementsEqual(key.utf8)
        }?.value
    }
}

extension MessagePackValue: WireEncodable {
    /// Writes the value; integers, text, bytes and containers in their shortest form.
    ///
    /// Recursive: a value built by hand must not nest thousands deep.
    public func encode(into writer: inout MessagePackWriter) {
        switch self {
        case .nil: writer.writeNil()
        case .bool(let value): writer.writeBool(value)
        case .int(let value): writer.writeShortest(value)
        case .uint(let value): writer.writeShortest(value)
        case .float(let value): writer.writeFloat(value)
        case .double(let value): writer.writeDouble(value)
        case .string(let value): writer.writeString(value)
        case .binary(let value): writer.writeBinary(value)
        case .array(let values):
            writer.writeArrayHeader(values.count)
            for value in values { value.encode(into: &writer) }
        case .map(let pairs):
            writer.writeMapHeader(pairs.count)
            for pair in pairs {
                pair.key.encode(into: &writer)
                pair.value.encode(into: &writer)
            }
        case .timestamp(let seconds, let nanoseconds):
            writer.writeTimestamp(seconds: seconds, nanoseconds: nanoseconds)
        case .extension(let type, let bytes):
            writer.writeExtension(type: type, bytes.wireBytes)
        }
    }
}

extension MessagePackValue: WireDecodable {
    /// Reads any value.
    ///
    /// An extension -1 that is no valid timestamp stays an extension.
    /// - Throws: ``WireError/Code/tooDeep`` beyond the reader's `maxDepth` containers,
    ///   ``WireError/Code/tooLarge`` when the reader's budget of values is used up.
    public init(from reader: inout MessagePackReader) throws(WireError) {
        self = try Self.read(from: &reader, depth: 0)
    }

    /// Reads the one value that `bytes` are.
    ///
    /// - Parameters:
    ///   - bytes: One value and nothing behind it.
    ///   - maxDepth: How deeply containers may nest.
    ///   - maxValues: How many values may be built in all; each costs up to about 100 bytes.
    /// - Throws: ``WireError/Code/invalidFormat`` when something follows the value.
    public init(
        exactly bytes: RawSpan,
        maxDepth: Int = MessagePackReader.defaultMaxDepth,
        maxValues: Int = MessagePackReader.defaultMaxValues
    ) throws(WireError) {
        var reader = MessagePackReader(bytes, maxDepth: maxDepth, maxValues: maxValues)
        self = try Self.read(from: &reader, depth: 0)
        guard reader.isAtEnd else { throw WireError(.invalidFormat, at: reader.offset, expected: .end) }
    }

    private static func read(from reader: inout MessagePackReader, depth: Int) throws(WireError) -> MessagePackValue {
        let marker = try reader.marker(expecting: .value)
        try reader.countValue()
        switch MessagePackKind(marker: marker) {
        case .nil:
            _ = reader.readNil()
            return .nil
        case .bool: return .bool(try reader.readBool())
        case .integer:
            guard marker == MessagePackMarker.uint64 else { return .int(try reader.readInt64()) }
            let value = try reader.readUInt64()
            return Int64(exactly: value).map { .int($0) } ?? .uint(value)
        case .float:
            if marker == MessagePackMarker.double { return .double(try reader.readDouble()) }
            return .float(try reader.readFloat())
        case .string: return .string(try reader.readString())
        case .binary: return .binary(try reader.readBytes())
        case .array, .map:
            guard depth < reader.maxDepth else {
                throw WireError(.tooDeep, at: reader.offset, expected: .value, found: marker)
            }
            return try Self.readContainer(from: &reader, depth: depth + 1)
        case .extension:
            let value = try reader.readExtension()
            guard let (seconds, nanoseconds) = value.timestamp else {
                return .extension(type: value.type, bytes: [UInt8](copying: value.bytes))
            }
            return .timestamp(seconds: seconds, nanoseconds: nanoseconds)
        case .invalid: throw reader.mismatch(.value, found: marker)
        }
    }

    private static func readContainer(
        from reader: inout MessagePackReader,
        depth: Int
    ) throws(WireError) -> MessagePackValue {
        if reader.peekKind() == .array {
            var values: [MessagePackValue] = []
            for _ in 0..<(try reader.readArrayHeader()) {
                values.append(try Self.read(from: &reader, depth: depth))
            }
            return .array(values)
        }
        var pairs: [Pair] = []
        for _ in 0..<(try reader.readMapHeader()) {
            let key = try Self.read(from: &reader, depth: depth)
            pairs.append(Pair(key: key, value: try Self.read(from: &reader, depth: depth)))
        }
        return .map(pairs)
    }
}

extension MessagePackValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(nilLiteral: ()) { self = .nil }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int64) { self = .int(value) }
    public init(floatLiteral value: Double) { self = .double(value) }
    public init(stringLiteral value: String) { self = .string(value) }
    public init(arrayLiteral elements: MessagePackValue...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (MessagePackValue, MessagePackValue)...) {
        self = .map(elements.map { Pair(key: $0.0, value: $0.1) })
    }
}
