import PulpWire

/// The manifest's `[config]`, looked up by key.
///
/// Each look-up walks the table: read what you need once, at the start.
public struct Config {
    private let bytes: [UInt8]

    /// A table as MessagePack; no bytes are an empty one.
    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The text at `key`; nil when absent or something else.
    public func string(_ key: StaticString) -> String? {
        self.value(of: key) { (reader) throws(WireError) in try reader.readString() }
    }

    /// The integer at `key`; nil when absent or something else.
    public func integer(_ key: StaticString) -> Int64? {
        self.value(of: key) { (reader) throws(WireError) in try reader.readInt64() }
    }

    /// The number at `key`; nil when absent or something else.
    public func double(_ key: StaticString) -> Double? {
        self.value(of: key) { (reader) throws(WireError) in try reader.readDouble() }
    }

    /// The boolean at `key`; nil when absent or something else.
    public func bool(_ key: StaticString) -> Bool? {
        self.value(of: key) { (reader) throws(WireError) in try reader.readBool() }
    }

    private func value<Value>(
        of key: StaticString, _ read: (inout MessagePackReader) throws(WireError) -> Value
    ) -> Value? {
        guard !self.bytes.isEmpty else { return nil }
        do throws(WireError) {
            var reader = unsafe MessagePackReader(self.bytes.span.bytes)
            for _ in 0..<(try reader.readMapHeader()) {
                if WireKey(stringLiteral: key).matches(try reader.readKey()) { return try read(&reader) }
                try reader.skipValue()
            }
        } catch {
            return nil
        }
        return nil
    }
}
