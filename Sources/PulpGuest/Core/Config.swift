import PulpWire

/// The manifest's `[config]`, a table in it, or the arguments of a function that was called.
///
/// Every look-up says what it wants; what is of another type, or required and absent, fails the plugin's start, or the call, with a
/// sentence that names the key and the type. Each walks the table: read what you need once, at the start.
///
/// ```swift
/// let greeting = try app.config.string("greeting", default: "Hello")
/// let port = try app.config.table("upstream").integer("port")
/// ```
public struct Config {
    /// A table as MessagePack; no bytes are an empty one.
    let bytes: [UInt8]
    /// What this is, `[config] `, and the keys on the way here, each with a dot behind it.
    let path: String

    init(bytes: [UInt8], path: String) {
        self.bytes = bytes
        self.path = path
    }

    /// Whether there is something at `key`.
    public func has(_ key: String) -> Bool {
        self.raw(key) != nil
    }

    /// Fails where the table has a key that is not among `keys`: one that is misspelt would be passed over otherwise.
    public func only(_ keys: String...) throws(PluginError) {
        for key in self.keys where !keys.contains(where: { unsafe key.wireBytes.isEqual(to: $0.utf8.span.bytes) }) {
            var sentence: Text.Interpolation = .init(literalCapacity: 0, interpolationCount: 0)
            let name = String(repairing: key.wireBytes)
            sentence.appendInterpolation("[config] \(self.path)\(name) is no setting of this plugin" as Text)
            for (index, known) in keys.enumerated() {
                sentence.appendInterpolation("\(index == 0 ? "; it has " : ", ")\(known)" as Text)
            }
            throw PluginError(status: .decodeFailed, message: String(Text(stringInterpolation: sentence)))
        }
    }

    /// The text at `key`.
    public func string(_ key: String) throws(PluginError) -> String {
        try self.required(key, "a string", Self.readString)
    }

    /// The text at `key`, or `default` without the key.
    public func string(_ key: String, default: String) throws(PluginError) -> String {
        try self.optional(key, "a string", Self.readString) ?? `default`
    }

    /// The text at `key`; nil without the key.
    public func string(ifPresent key: String) throws(PluginError) -> String? {
        try self.optional(key, "a string", Self.readString)
    }

    /// The integer at `key`.
    public func integer(_ key: String) throws(PluginError) -> Int64 {
        try self.required(key, "an integer", Self.readInteger)
    }

    /// The integer at `key`, or `default` without the key.
    public func integer(_ key: String, default: Int64) throws(PluginError) -> Int64 {
        try self.optional(key, "an integer", Self.readInteger) ?? `default`
    }

    /// The integer at `key`; nil without the key.
    public func integer(ifPresent key: String) throws(PluginError) -> Int64? {
        try self.optional(key, "an integer", Self.readInteger)
    }

    /// The integer at `key`, which must lie in `range`, or `default` without the key.
    public func integer(_ key: String, in range: ClosedRange<Int64>, default: Int64) throws(PluginError) -> Int64 {
        guard let value = try self.integer(ifPresent: key) else { return `default` }
        guard range.contains(value) else {
            throw self.error(key, String("an integer from \(range.lowerBound) to \(range.upperBound)" as Text))
        }
        return value
    }

    /// The number at `key`; an integer counts as one.
    public func number(_ key: String) throws(PluginError) -> Double {
        try self.required(key, "a number", Self.readNumber)
    }

    /// The number at `key`, or `default` without the key.
    public func number(_ key: String, default: Double) throws(PluginError) -> Double {
        try self.optional(key, "a number", Self.readNumber) ?? `default`
    }

    /// The boolean at `key`.
    public func bool(_ key: String) throws(PluginError) -> Bool {
        try self.required(key, "a boolean", Self.readBool)
    }

    /// The boolean at `key`, or `default` without the key.
    public func bool(_ key: String, default: Bool) throws(PluginError) -> Bool {
        try self.optional(key, "a boolean", Self.readBool) ?? `default`
    }
}
