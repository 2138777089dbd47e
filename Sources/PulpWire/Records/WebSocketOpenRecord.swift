/// The payload of a `ws.open` event.
///
/// Keys in order: `conn_id`, `path`, `query`, `headers`, which are the reference's, then `params`, `remote_addr` and
/// `protocol`, which are ours; the last is absent when none was agreed on.
public struct WebSocketOpenRecord: Hashable, Sendable {
    /// Unique in the process, never 0.
    public var connID: UInt64
    /// Decoded, without the query.
    public var path: String
    /// The first value of each name.
    public var query: FieldList
    /// Of the request that opened the connection; the first value of each name, without `Host`.
    public var headers: FieldList
    /// What the route's pattern captured.
    public var params: FieldList
    /// `address:port` of the client, or `unix:`.
    public var remoteAddr: String
    /// The subprotocol that was agreed on; empty for none.
    public var subprotocol: String

    /// An opened connection; what is not given is empty.
    public init(
        connID: UInt64, path: String, query: FieldList = [:], headers: FieldList = [:], params: FieldList = [:],
        remoteAddr: String = "", subprotocol: String = ""
    ) {
        self.connID = connID
        self.path = path
        self.query = query
        self.headers = headers
        self.params = params
        self.remoteAddr = remoteAddr
        self.subprotocol = subprotocol
    }
}

extension WebSocketOpenRecord: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(self.subprotocol.isEmpty ? 6 : 7)
        writer.writeKey(.connID)
        writer.writeUInt64(self.connID)
        writer.writeKey(.path)
        writer.writeString(self.path)
        writer.writeKey(.query)
        writer.writeFieldMap(self.query)
        writer.writeKey(.headers)
        writer.writeFieldMap(self.headers)
        writer.writeKey(.params)
        writer.writeFieldMap(self.params)
        writer.writeKey(.remoteAddr)
        writer.writeString(self.remoteAddr)
        guard !self.subprotocol.isEmpty else { return }
        writer.writeKey(.protocol)
        writer.writeString(self.subprotocol)
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(connID: 0, path: "")
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.connID: self.connID = try reader.readUInt64()
            case WireKey.path: self.path = try reader.readString()
            case WireKey.query: self.query = try reader.readFieldMap()
            case WireKey.headers: self.headers = try reader.readFieldMap()
            case WireKey.params: self.params = try reader.readFieldMap()
            case WireKey.remoteAddr: self.remoteAddr = try reader.readString()
            case WireKey.protocol: self.subprotocol = try reader.readString()
            default: try reader.skipValue()
            }
        }
    }
}
