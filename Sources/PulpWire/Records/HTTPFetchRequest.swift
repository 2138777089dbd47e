/// What a guest asks `http_fetch` and `http_fetch_begin` for.
///
/// Keys in order: `method`, `url`, `headers`, `body`, `timeout`, which are the reference's, then `header_list`, which is
/// ours: present when a name repeats, and then it stands for `headers` as a whole.
public struct HTTPFetchRequest: Hashable, Sendable {
    /// Empty means GET.
    public var method: String
    public var url: String
    /// All fields, repeats kept; names are compared without case.
    public var headers: FieldList
    public var body: [UInt8]
    /// In nanoseconds, for the whole of the answer; 0 means the function's own.
    public var timeout: Int64

    /// A request; what is not given is empty.
    public init(
        method: String = "GET", url: String, headers: FieldList = [:], body: [UInt8] = [], timeout: Int64 = 0
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
    }
}

extension HTTPFetchRequest: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        let firstHeaders = self.headers.firstOfEachName(.ignoringCase)
        let repeats = firstHeaders.count < self.headers.count
        writer.writeMapHeader(4 + (self.timeout == 0 ? 0 : 1) + (repeats ? 1 : 0))
        writer.writeKey(.method)
        writer.writeString(self.method)
        writer.writeKey(.url)
        writer.writeString(self.url)
        writer.writeKey(.headers)
        writer.writeFieldMap(firstHeaders)
        writer.writeKey(.body)
        writer.writeBinary(self.body)
        if self.timeout != 0 {
            writer.writeKey(.timeout)
            writer.writeInt64(self.timeout)
        }
        if repeats {
            writer.writeKey(.headerList)
            writer.writeFieldPairs(self.headers)
        }
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(method: "", url: "")
        var allHeaders = FieldList()
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.method: self.method = try reader.readString()
            case WireKey.url: self.url = try reader.readString()
            case WireKey.headers: self.headers = try reader.readFieldMap()
            case WireKey.body: self.body = try reader.readBytes()
            case WireKey.timeout: self.timeout = try reader.readInt64()
            case WireKey.headerList: allHeaders = try reader.readFieldPairs()
            default: try reader.skipValue()
            }
        }
        if !allHeaders.isEmpty { self.headers = allHeaders }
    }
}
