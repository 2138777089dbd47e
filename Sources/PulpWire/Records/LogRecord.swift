/// How serious a log line is, from least to most.
public enum LogLevel: UInt8, Hashable, Sendable, CaseIterable {
    case trace, debug, info, notice, warning, error, critical

    /// The level's name on the wire.
    @inlinable
    public var name: StaticString {
        switch self {
        case .trace: "trace"
        case .debug: "debug"
        case .info: "info"
        case .notice: "notice"
        case .warning: "warning"
        case .error: "error"
        case .critical: "critical"
        }
    }
}

/// What a guest hands to `log_write`.
///
/// Keys in order: `level` (0 to 6; its name is read too), `message`, and `fields`, absent when there are none.
public struct LogRecord: Hashable, Sendable {
    /// More fields than a line of a log can use; what is beyond is skipped.
    @inlinable public static var maxFields: Int { 64 }

    public var level: LogLevel
    public var message: String
    /// Names and values; what a guest sends as a number or a boolean is read as its text.
    public var fields: FieldList

    /// A line of a log.
    public init(level: LogLevel, message: String, fields: FieldList = [:]) {
        self.level = level
        self.message = message
        self.fields = fields
    }
}

extension LogRecord: WireEncodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(self.fields.isEmpty ? 2 : 3)
        writer.writeKey(.level)
        writer.writeUInt8(self.level.rawValue)
        writer.writeKey(.message)
        writer.writeString(self.message)
        if !self.fields.isEmpty {
            writer.writeKey(.fields)
            writer.writeFieldMap(self.fields.firstOfEachName(.exact))
        }
    }
}

extension LogRecord: WireDecodable {
    /// Reads a line; an absent or nil level is `info`, since a guest that names none does not mean `trace`.
    ///
    /// - Throws: ``WireError/Code/outOfRange`` for an unknown level.
    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(level: .info, message: "")
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.level: self.level = try reader.readLogLevel()
            case WireKey.message: self.message = try reader.readString()
            case WireKey.fields: self.fields = try reader.readTextFields(atMost: Self.maxFields)
            default: try reader.skipValue()
            }
        }
    }
}

extension MessagePackReader {
    fileprivate mutating func readLogLevel() throws(WireError) -> LogLevel {
        if self.readNil() { return .info }
        let start = self.offset
        let marker = try self.marker(expecting: .logLevel)
        switch MessagePackKind(marker: marker) {
        case .integer:
            if let level = LogLevel(rawValue: try self.readUInt8()) { return level }
        case .string, .binary:
            let name = try self.readStringSpan()
            for level in LogLevel.allCases where WireKey(stringLiteral: level.name).matches(name) { return level }
        default: throw self.mismatch(.logLevel, found: marker)
        }
        throw WireError(.outOfRange, at: start, expected: .logLevel, found: marker)
    }

    /// Reads a map of text to anything, each value as text.
    fileprivate mutating func readTextFields(atMost limit: Int) throws(WireError) -> FieldList {
        var list = FieldList()
        for _ in 0..<(try self.readMapHeader()) {
            guard list.count < limit else {
                try self.skipValue()
                try self.skipValue()
                continue
            }
            let name = try self.readString()
            list.append(name: name, value: try self.readText())
        }
        return list
    }

    /// Reads a scalar as its text; what is no scalar is named by its kind and skipped.
    private mutating func readText() throws(WireError) -> String {
        let marker = try self.marker(expecting: .value)
        switch MessagePackKind(marker: marker) {
        case .nil:
            _ = self.readNil()
            return "nil"
        case .bool: return try self.readBool() ? "true" : "false"
        case .integer where marker == MessagePackMarker.uint64: return String(try self.readUInt64())
        case .integer: return String(try self.readInt64())
        case .float: return try self.readDouble().description
        case .string: return try self.readString()
        case let kind:
            try self.skipValue()
            return "(" + kind.description + ")"
        }
    }
}
