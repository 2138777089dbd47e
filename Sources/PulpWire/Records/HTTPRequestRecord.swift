/// The payload of an `http.request` event.
///
/// Keys in order: `id`, `method`, `path`, `params`, `query`, `headers`, `body`, `remote_addr`, which are the
/// reference's, then `host`, `header_list`, `query_list`, which are ours and absent when they say nothing new.
public struct HTTPRequestRecord: Hashable, Sendable {
    /// Unique in the process; the answer names it.
    public var id: UInt64
    public var method: String
    /// Decoded, without the query.
    public var path: String
    /// What the route's pattern captured.
    public var params: FieldList
    /// All pairs, repeats kept; names are compared exactly.
    public var query: FieldList
    /// All fields, repeats kept; names are compared without case.
    public var headers: FieldList
    public var body: [UInt8]
    /// `address:port` of the client; empty when unknown.
    public var remoteAddr: String
    /// The authority that the client asked for; empty when unknown.
    public var host: String

    /// A request; what is not given is empty.
    public init(
        id: UInt64,
        method: String,
        path: String,
        params: FieldList = [:],
        query: FieldList = [:],
        headers: FieldList = [:],
        body: [UInt8] = [],
        remoteAddr: String = "",
        host: String = ""
    ) {
        self.id = id
        self.method = method
        self.path = path
        self.params = params
        self.query = query
        self.headers = headers
        self.body = body
        self.remoteAddr = remoteAddr
        self.host = host
    }
}

extension HTTPRequestRecord {
    /// The keys of a request that may be absent.
    @frozen
    public struct OptionalKeys: OptionSet, Hashable, Sendable {
        public var rawValue: UInt8

        @inlinable
        public init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        @inlinable public static var remoteAddr: OptionalKeys { OptionalKeys(rawValue: 1) }
        @inlinable public static var host: OptionalKeys { OptionalKeys(rawValue: 2) }
        @inlinable public static var headerList: OptionalKeys { OptionalKeys(rawValue: 4) }
        @inlinable public static var queryList: OptionalKeys { OptionalKeys(rawValue: 8) }
    }

    /// Writes the map's header and `id`, for a host that writes the rest straight from its own types.
    ///
    /// The caller then writes `method`, `path`, `params`, `query`, `headers`, `body` and the keys of `optional` in the
    /// order of their declaration, each by ``MessagePackWriter/writeKey(_:)`` and a value.
    @inlinable
    public static func writeStart(id: UInt64, optional: OptionalKeys, into writer: inout MessagePackWriter) {
        writer.writeMapHeader(7 + optional.rawValue.nonzeroBitCount)
        writer.writeKey(.id)
        writer.writeUInt64(id)
    }
}

extension HTTPRequestRecord: WireEncodable {
    public func encode(into writer: inout MessagePackWriter) {
        let firstQuery = self.query.firstOfEachName(.exact)
        let firstHeaders = self.headers.firstOfEachName(.ignoringCase)
        var optional: OptionalKeys = []
        if !self.remoteAddr.isEmpty { optional.insert(.remoteAddr) }
        if !self.host.isEmpty { optional.insert(.host) }
        if firstHeaders.count < self.headers.count { optional.insert(.headerList) }
        if firstQuery.count < self.query.count { optional.insert(.queryList) }

        Self.writeStart(id: self.id, optional: optional, into: &writer)
        writer.writeKey(.method)
        writer.writeString(self.method)
        writer.writeKey(.path)
        writer.writeString(self.path)
        writer.writeKey(.params)
        writer.writeFieldMap(self.params.firstOfEachName(.exact))
        writer.writeKey(.query)
        writer.writeFieldMap(firstQuery)
        writer.writeKey(.headers)
        writer.writeFieldMap(firstHeaders)
        writer.writeKey(.body)
        writer.writeBinary(self.body)
        self.encodeOptional(optional, into: &writer)
    }

    private func encodeOptional(_ optional: OptionalKeys, into writer: inout MessagePackWriter) {
        if optional.contains(.remoteAddr) {
            writer.writeKey(.remoteAddr)
            writer.writeString(self.remoteAddr)
        }
        if optional.contains(.host) {
            writer.writeKey(.host)
            writer.writeString(self.host)
        }
        if optional.contains(.headerList) {
            writer.writeKey(.headerList)
            writer.writeFieldPairs(self.headers)
        }
        if optional.contains(.queryList) {
            writer.writeKey(.queryList)
            writer.writeFieldPairs(self.query)
        }
    }
}

extension HTTPRequestRecord: WireDecodable {
    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(id: 0, method: "", path: "")
        var allHeaders = FieldList()
        var allQuery = FieldList()
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.id: self.id = try reader.readUInt64()
            case WireKey.method: self.method = try reader.readString()
            case WireKey.path: self.path = try reader.readString()
            case WireKey.params: self.params = try reader.readFieldMap()
            case WireKey.query: self.query = try reader.readFieldMap()
            case WireKey.headers: self.headers = try reader.readFieldMap()
            case WireKey.body: self.body = try reader.readBytes()
            case WireKey.remoteAddr: self.remoteAddr = try reader.readString()
            case WireKey.host: self.host = try reader.readString()
            case WireKey.headerList: allHeaders = try reader.readFieldPairs()
            case WireKey.queryList: allQuery = try reader.readFieldPairs()
            default: try reader.skipValue()
            }
        }
        if !allHeaders.isEmpty { self.headers = allHeaders }
        if !allQuery.isEmpty { self.query = allQuery }
    }
}
