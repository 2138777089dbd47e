/// The payload of a `ws.frame` event, and what a guest asks `ws_send` for: one whole message.
///
/// Keys in order: `conn_id`, `opcode`, `payload`.
public struct WebSocketFrameRecord: Hashable, Sendable {
    public var connID: UInt64
    /// 1 text, 2 binary.
    public var opcode: UInt8
    public var payload: [UInt8]

    /// A message on a connection.
    public init(connID: UInt64, opcode: UInt8, payload: [UInt8]) {
        self.connID = connID
        self.opcode = opcode
        self.payload = payload
    }

    /// Writes everything before the payload's value, for a host that has the payload in a form of its own.
    @inlinable
    public static func writeStart(connID: UInt64, opcode: UInt8, into writer: inout MessagePackWriter) {
        writer.writeMapHeader(3)
        writer.writeKey(.connID)
        writer.writeUInt64(connID)
        writer.writeKey(.opcode)
        writer.writeUInt8(opcode)
        writer.writeKey(.payload)
    }
}

extension WebSocketFrameRecord: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        Self.writeStart(connID: self.connID, opcode: self.opcode, into: &writer)
        writer.writeBinary(self.payload)
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(connID: 0, opcode: 0, payload: [])
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.connID: self.connID = try reader.readUInt64()
            case WireKey.opcode: self.opcode = try reader.readUInt8()
            case WireKey.payload: self.payload = try reader.readBytes()
            default: try reader.skipValue()
            }
        }
    }
}

/// A ``WebSocketFrameRecord`` read in place: nothing is copied.
public struct WebSocketFrameView: ~Escapable {
    public private(set) var connID: UInt64 = 0
    public private(set) var opcode: UInt8 = 0
    public private(set) var payload: RawSpan

    /// Reads the record at the front of `bytes`: unknown keys are skipped, what follows is ignored.
    @_lifetime(copy bytes)
    public init(reading bytes: RawSpan) throws(WireError) {
        self.payload = bytes.extracting(first: 0)
        var reader = MessagePackReader(bytes)
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.connID: self.connID = try reader.readUInt64()
            case WireKey.opcode: self.opcode = try reader.readUInt8()
            case WireKey.payload: self.payload = try reader.readBinary()
            default: try reader.skipValue()
            }
        }
    }
}
