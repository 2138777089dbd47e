/// A value that writes itself as MessagePack.
public protocol WireEncodable {
    /// Writes the value. Called twice for one message (sizing, then writing), so it must write the same each time.
    func encode(into writer: inout MessagePackWriter)
}

/// A value that reads itself from MessagePack, leniently: unknown keys are skipped, absent ones and nil are zero.
public protocol WireDecodable {
    /// Reads the value at the reader's position and moves past it.
    init(from reader: inout MessagePackReader) throws(WireError)
}

extension WireEncodable {
    /// The value as MessagePack.
    public func encodedBytes() -> [UInt8] {
        MessagePackWriter.encode { writer in
            self.encode(into: &writer)
        }
    }

    /// The size of the value as MessagePack, in bytes.
    public var encodedByteCount: Int {
        MessagePackWriter.byteCount { writer in
            self.encode(into: &writer)
        }
    }
}

extension WireDecodable {
    /// Reads the value at the front of `bytes`; what follows it is ignored, as the reference does.
    public init(decoding bytes: RawSpan) throws(WireError) {
        var reader = MessagePackReader(bytes)
        try self.init(from: &reader)
    }

    /// Reads the value at the front of `bytes`; what follows it is ignored, as the reference does.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        try self.init(decoding: bytes.wireBytes)
    }
}
