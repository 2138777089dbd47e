/// The payload of a `ws.close` event, and what a guest asks `ws_close` for.
///
/// Keys in order: `conn_id`, `code`, `reason`.
public struct WebSocketCloseRecord: Hashable, Sendable {
    /// The code of an event for a connection that ended without a close frame of the client.
    @inlinable public static var abnormal: UInt16 { 65_535 }

    public var connID: UInt64
    /// Of RFC 6455, 7.4. In an event also 1005 (the client gave none) and ``abnormal``; in a request 0 stands for 1000.
    public var code: UInt16
    /// At most 123 bytes where it travels in a close frame.
    public var reason: String

    /// A connection that has ended, or is to.
    public init(connID: UInt64, code: UInt16, reason: String = "") {
        self.connID = connID
        self.code = code
        self.reason = reason
    }
}

extension WebSocketCloseRecord: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(3)
        writer.writeKey(.connID)
        writer.writeUInt64(self.connID)
        writer.writeKey(.code)
        writer.writeUInt16(self.code)
        writer.writeKey(.reason)
        writer.writeString(self.reason)
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(connID: 0, code: 0)
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.connID: self.connID = try reader.readUInt64()
            case WireKey.code: self.code = try reader.readUInt16()
            case WireKey.reason: self.reason = try reader.readString()
            default: try reader.skipValue()
            }
        }
    }
}
