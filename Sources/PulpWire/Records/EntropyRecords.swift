/// What a guest asks `entropy_read` for.
public struct EntropyRequest: Hashable, Sendable {
    /// How many random bytes; key `n`.
    public var count: UInt32

    /// A request for `count` bytes.
    public init(count: UInt32) {
        self.count = count
    }
}

extension EntropyRequest: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(1)
        writer.writeKey(.n)
        writer.writeUInt32(self.count)
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(count: 0)
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.n: self.count = try reader.readUInt32()
            default: try reader.skipValue()
            }
        }
    }
}

/// What `entropy_read` answers.
public struct EntropyResponse: Hashable, Sendable {
    public var bytes: [UInt8]

    /// An answer of these bytes.
    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }
}

extension EntropyResponse: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(1)
        writer.writeKey(.bytes)
        writer.writeBinary(self.bytes)
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(bytes: [])
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.bytes: self.bytes = try reader.readBytes()
            default: try reader.skipValue()
            }
        }
    }
}
