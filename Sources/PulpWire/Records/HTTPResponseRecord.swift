/// What a guest hands to `http_respond`.
///
/// Keys in order: `id`, `status`, `headers`, `cookies`, `body`, which are the reference's, then `header_list`, which is
/// ours: present when a name repeats, and then it stands for `headers` as a whole.
public struct HTTPResponseRecord: Hashable, Sendable {
    /// The request that this answers.
    public var id: UInt64
    /// 0 means 200.
    public var status: UInt32
    /// All fields, repeats kept; names are compared without case.
    public var headers: FieldList
    /// Values of `Set-Cookie`, one field each.
    public var cookies: [String]
    public var body: [UInt8]

    /// An answer; what is not given is empty.
    public init(
        id: UInt64,
        status: UInt32 = 200,
        headers: FieldList = [:],
        cookies: [String] = [],
        body: [UInt8] = []
    ) {
        self.id = id
        self.status = status
        self.headers = headers
        self.cookies = cookies
        self.body = body
    }
}

extension HTTPResponseRecord: WireEncodable {
    public func encode(into writer: inout MessagePackWriter) {
        let firstHeaders = self.headers.firstOfEachName(.ignoringCase)
        let repeats = firstHeaders.count < self.headers.count
        writer.writeMapHeader(4 + (self.cookies.isEmpty ? 0 : 1) + (repeats ? 1 : 0))
        writer.writeKey(.id)
        writer.writeUInt64(self.id)
        writer.writeKey(.status)
        writer.writeUInt32(self.status)
        writer.writeKey(.headers)
        writer.writeFieldMap(firstHeaders)
        if !self.cookies.isEmpty {
            writer.writeKey(.cookies)
            writer.writeArrayHeader(self.cookies.count)
            for cookie in self.cookies { writer.writeString(cookie) }
        }
        writer.writeKey(.body)
        writer.writeBinary(self.body)
        if repeats {
            writer.writeKey(.headerList)
            writer.writeFieldPairs(self.headers)
        }
    }
}

extension HTTPResponseRecord: WireDecodable {
    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(id: 0, status: 0)
        var allHeaders = FieldList()
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.id: self.id = try reader.readUInt64()
            case WireKey.status: self.status = try reader.readUInt32()
            case WireKey.headers: self.headers = try reader.readFieldMap()
            case WireKey.cookies: self.cookies = try reader.readStringArray()
            case WireKey.body: self.body = try reader.readBytes()
            case WireKey.headerList: allHeaders = try reader.readFieldPairs()
            default: try reader.skipValue()
            }
        }
        if !allHeaders.isEmpty { self.headers = allHeaders }
    }
}
