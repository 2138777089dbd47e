import PulpWire

/// A type that reads itself from a table of the manifest's `[config]`.
///
/// ```swift
/// struct Upstream: ConfigDecodable {
///     let url: String
///     let retries: Int64
///
///     init(config: Config) throws(PluginError) {
///         self.url = try config.string("url")
///         self.retries = try config.integer("retries", default: 3)
///     }
/// }
/// let upstreams = try app.config.values("upstreams", of: Upstream.self)
/// ```
public protocol ConfigDecodable {
    init(config: Config) throws(PluginError)
}

extension Config {
    /// The table at `key`; an empty one without the key, so that what is wanted in it says what is missing.
    public func table(_ key: String) throws(PluginError) -> Config {
        let name = self.name(of: key)
        guard let bytes = self.raw(key) else { return Config(bytes: [], path: String("\(name)." as Text)) }
        return try self.table(bytes, name)
    }

    /// The tables at `key`, an array; none without the key.
    public func tables(_ key: String) throws(PluginError) -> [Config] {
        var tables: [Config] = []
        try self.each(key, "an array of tables", of: "a table") { (reader) throws(WireError) in
            guard reader.peekKind() == .map else { throw WireError(.typeMismatch, at: 0, expected: .map) }
            let bytes = [UInt8](copying: try reader.readRawValue())
            tables.append(Config(bytes: bytes, path: String("\(self.name(of: key))[\(tables.count)]." as Text)))
        }
        return tables
    }

    /// The texts at `key`, an array; none without the key.
    public func strings(_ key: String) throws(PluginError) -> [String] {
        var values: [String] = []
        try self.each(key, "an array of strings", of: "a string") { (reader) throws(WireError) in
            values.append(try Self.readString(&reader))
        }
        return values
    }

    /// The integers at `key`, an array; none without the key.
    public func integers(_ key: String) throws(PluginError) -> [Int64] {
        var values: [Int64] = []
        try self.each(key, "an array of integers", of: "an integer") { (reader) throws(WireError) in
            values.append(try Self.readInteger(&reader))
        }
        return values
    }

    /// The table at `key` as a value.
    public func value<Value: ConfigDecodable>(_ key: String, of type: Value.Type) throws(PluginError) -> Value {
        try Value(config: self.table(key))
    }

    /// The array of tables at `key` as values; none without the key.
    public func values<Value: ConfigDecodable>(_ key: String, of type: Value.Type) throws(PluginError) -> [Value] {
        var values: [Value] = []
        for table in try self.tables(key) { values.append(try Value(config: table)) }
        return values
    }

    /// An error about `key`, for what the types alone do not say: `throw config.error("port", "below 65536")`.
    ///
    /// - `wanted`: What the value should be, with its article.
    public func error(_ key: String, _ wanted: String) -> PluginError {
        let sentence: Text = "\(self.name(of: key)): \(wanted) is wanted"
        return PluginError(status: .decodeFailed, message: String(sentence))
    }
}

extension Config {
    func required<Value>(
        _ key: String, _ wanted: String, _ read: (inout MessagePackReader) throws(WireError) -> Value
    ) throws(PluginError) -> Value {
        if let value = try self.optional(key, wanted, read) { return value }
        throw PluginError(
            status: .decodeFailed,
            message: String("\(self.name(of: key)) is missing: \(wanted) is wanted" as Text))
    }

    func optional<Value>(
        _ key: String, _ wanted: String, _ read: (inout MessagePackReader) throws(WireError) -> Value
    ) throws(PluginError) -> Value? {
        guard let bytes = self.raw(key) else { return nil }
        do throws(WireError) {
            var reader = MessagePackReader(bytes.wireBytes)
            return try read(&reader)
        } catch {
            let kind = bytes.first.map { MessagePackKind(marker: $0) } ?? .invalid
            throw PluginError(
                status: .decodeFailed,
                message: String(
                    "\(self.name(of: key)): \(wanted) is wanted, \(Self.describe(kind)) is there" as Text))
        }
    }

    /// The table's keys.
    var keys: [[UInt8]] {
        var keys: [[UInt8]] = []
        guard !self.bytes.isEmpty else { return keys }
        var reader = MessagePackReader(self.bytes.wireBytes)
        do throws(WireError) {
            for _ in 0..<(try reader.readMapHeader()) {
                keys.append([UInt8](copying: try reader.readKey()))
                try reader.skipValue()
            }
        } catch {
            // The host writes no such table.
        }
        return keys
    }

    /// The value at `key` as MessagePack.
    func raw(_ key: String) -> [UInt8]? {
        guard !self.bytes.isEmpty else { return nil }
        do throws(WireError) {
            var reader = MessagePackReader(self.bytes.wireBytes)
            for _ in 0..<(try reader.readMapHeader()) {
                let isWanted = try reader.readKey().isEqual(to: key)
                let value = try reader.readRawValue()
                if isWanted { return [UInt8](copying: value) }
            }
        } catch {
            return nil
        }
        return nil
    }

    static func readString(_ reader: inout MessagePackReader) throws(WireError) -> String {
        guard reader.peekKind() == .string else { throw WireError(.typeMismatch, at: 0, expected: .string) }
        return String(repairing: try reader.readStringSpan())
    }

    static func readInteger(_ reader: inout MessagePackReader) throws(WireError) -> Int64 {
        guard reader.peekKind() == .integer else { throw WireError(.typeMismatch, at: 0, expected: .integer) }
        return try reader.readInt64()
    }

    static func readNumber(_ reader: inout MessagePackReader) throws(WireError) -> Double {
        if reader.peekKind() == .integer { return Double(try reader.readInt64()) }
        guard reader.peekKind() == .float else { throw WireError(.typeMismatch, at: 0, expected: .number) }
        return try reader.readDouble()
    }

    static func readBool(_ reader: inout MessagePackReader) throws(WireError) -> Bool {
        guard reader.peekKind() == .bool else { throw WireError(.typeMismatch, at: 0, expected: .bool) }
        return try reader.readBool()
    }

    private func name(of key: String) -> String { String("\(self.path)\(key)" as Text) }

    private func table(_ bytes: [UInt8], _ name: String) throws(PluginError) -> Config {
        guard let marker = bytes.first, MessagePackKind(marker: marker) == .map else {
            throw PluginError(status: .decodeFailed, message: String("\(name): a table is wanted" as Text))
        }
        return Config(bytes: bytes, path: String("\(name)." as Text))
    }

    private func each(
        _ key: String, _ wanted: String, of element: String,
        _ body: (inout MessagePackReader) throws(WireError) -> Void
    ) throws(PluginError) {
        var wrong: (index: Int, kind: MessagePackKind)?
        _ = try self.optional(key, wanted) { (reader) throws(WireError) in
            guard reader.peekKind() == .array else { throw WireError(.typeMismatch, at: 0, expected: .array) }
            for index in 0..<(try reader.readArrayHeader()) {
                let kind = reader.peekKind() ?? .invalid
                do throws(WireError) {
                    try body(&reader)
                } catch {
                    // Which one it was is told below: here only the whole array has a name.
                    wrong = (index, kind)
                    return
                }
            }
        }
        guard let wrong else { return }
        let sentence: Text =
            "[config] \(self.name(of: key))[\(wrong.index)]: \(element) is wanted, \(Self.describe(wrong.kind)) is there"
        throw PluginError(status: .decodeFailed, message: String(sentence))
    }

    private static func describe(_ kind: MessagePackKind) -> String {
        switch kind {
        case .nil: "nothing"
        case .bool: "a boolean"
        case .integer: "an integer"
        case .float: "a number"
        case .string: "a string"
        case .array: "an array"
        case .map: "a table"
        case .binary, .extension, .invalid: "something else"
        }
    }
}
