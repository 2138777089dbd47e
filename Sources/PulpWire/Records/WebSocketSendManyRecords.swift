/// What a guest asks `ws_send_many` for: one message to many connections.
///
/// Keys in order: `conn_ids`, `opcode`, `payload`.
public struct WebSocketSendManyRequest: Hashable, Sendable {
    public var connIDs: [UInt64]
    /// 1 text, 2 binary.
    public var opcode: UInt8
    public var payload: [UInt8]

    /// A message to `connIDs`.
    public init(connIDs: [UInt64], opcode: UInt8, payload: [UInt8]) {
        self.connIDs = connIDs
        self.opcode = opcode
        self.payload = payload
    }
}

extension WebSocketSendManyRequest: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(3)
        writer.writeKey(.connIDs)
        writer.writeUInt64Array(self.connIDs)
        writer.writeKey(.opcode)
        writer.writeUInt8(self.opcode)
        writer.writeKey(.payload)
        writer.writeBinary(self.payload)
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(connIDs: [], opcode: 0, payload: [])
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.connIDs: self.connIDs = try reader.readUInt64Array()
            case WireKey.opcode: self.opcode = try reader.readUInt8()
            case WireKey.payload: self.payload = try reader.readBytes()
            default: try reader.skipValue()
            }
        }
    }
}

/// What `ws_send_many` answers: the connections that the message did not go to.
public struct WebSocketSendManyResponse: Hashable, Sendable {
    /// Key `failed`, in the order asked for.
    public var failed: [UInt64]

    /// An answer that names `failed`.
    public init(failed: [UInt64]) {
        self.failed = failed
    }
}

extension WebSocketSendManyResponse: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(1)
        writer.writeKey(.failed)
        writer.writeUInt64Array(self.failed)
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(failed: [])
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.failed: self.failed = try reader.readUInt64Array()
            default: try reader.skipValue()
            }
        }
    }
}

extension MessagePackWriter {
    fileprivate mutating func writeUInt64Array(_ values: [UInt64]) {
        self.writeArrayHeader(values.count)
        for value in values { self.writeUInt64(value) }
    }
}

extension MessagePackReader {
    fileprivate mutating func readUInt64Array() throws(WireError) -> [UInt64] {
        var values: [UInt64] = []
        for _ in 0..<(try self.readArrayHeader()) {
            try self.countValue()
            values.append(try self.readUInt64())
        }
        return values
    }
}
