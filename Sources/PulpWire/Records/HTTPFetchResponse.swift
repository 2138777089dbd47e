/// What `http_fetch` and `http_fetch_begin` answer.
///
/// Keys in order: `id`, `status`, `headers`, `body`, which are the reference's, then `header_list`, which is ours: every
/// pair in order, present when a name repeats. `http_fetch` has `id` 0; `http_fetch_begin` has no `body`.
public struct HTTPFetchResponse: Hashable, Sendable {
    /// The stream from which the body is read.
    public var id: UInt64
    public var status: UInt32
    /// All fields, repeats kept.
    public var headers: FieldList
    /// Nil when it is read from the stream ``id``.
    public var body: [UInt8]?
    /// Whether the map of headers has every `Set-Cookie`, one a line, and not the first one alone.
    public var joinsCookies: Bool

    /// An answer; what is not given is empty.
    public init(
        id: UInt64 = 0, status: UInt32, headers: FieldList = [:], body: [UInt8]? = nil, joinsCookies: Bool = false
    ) {
        self.id = id
        self.status = status
        self.headers = headers
        self.body = body
        self.joinsCookies = joinsCookies
    }
}

extension HTTPFetchResponse: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        var map = self.headers.firstOfEachName(.ignoringCase)
        let repeats = map.count < self.headers.count
        if self.joinsCookies, repeats { map.joinCookies(of: self.headers) }
        writer.writeMapHeader(3 + (self.body == nil ? 0 : 1) + (repeats ? 1 : 0))
        writer.writeKey(.id)
        writer.writeUInt64(self.id)
        writer.writeKey(.status)
        writer.writeUInt32(self.status)
        writer.writeKey(.headers)
        writer.writeFieldMap(map)
        if let body = self.body {
            writer.writeKey(.body)
            writer.writeBinary(body)
        }
        if repeats {
            writer.writeKey(.headerList)
            writer.writeFieldPairs(self.headers)
        }
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(status: 0)
        var allHeaders = FieldList()
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.id: self.id = try reader.readUInt64()
            case WireKey.status: self.status = try reader.readUInt32()
            case WireKey.headers: self.headers = try reader.readFieldMap()
            case WireKey.body: self.body = try reader.readBytes()
            case WireKey.headerList: allHeaders = try reader.readFieldPairs()
            default: try reader.skipValue()
            }
        }
        if !allHeaders.isEmpty { self.headers = allHeaders }
    }
}

extension FieldList {
    fileprivate mutating func joinCookies(of all: FieldList) {
        let cookie = "Set-Cookie"
        guard let index = self.fields.firstIndex(where: { FieldNameComparison.ignoringCase.equates($0.name, cookie) })
        else { return }
        var joined = ""
        for field in all.fields where FieldNameComparison.ignoringCase.equates(field.name, cookie) {
            if !joined.isEmpty { joined += "\n" }
            joined += field.value
        }
        self.fields[index].value = joined
    }
}
