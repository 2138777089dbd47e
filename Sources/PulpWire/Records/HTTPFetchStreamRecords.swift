/// What `http_fetch_read` answers.
public struct HTTPFetchChunk: Hashable, Sendable {
    /// May be empty although more follows.
    public var bytes: [UInt8]
    /// Whether the body is complete.
    public var eof: Bool
    /// Why there is nothing more, when the body broke off; empty, and absent on the wire, otherwise.
    public var err: String

    /// A part of a body; what is not given says that more follows.
    public init(bytes: [UInt8] = [], eof: Bool = false, err: String = "") {
        self.bytes = bytes
        self.eof = eof
        self.err = err
    }
}

extension HTTPFetchChunk: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(self.err.isEmpty ? 2 : 3)
        writer.writeKey(.bytes)
        writer.writeBinary(self.bytes)
        writer.writeKey(.eof)
        writer.writeBool(self.eof)
        if !self.err.isEmpty {
            writer.writeKey(.err)
            writer.writeString(self.err)
        }
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init()
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.bytes: self.bytes = try reader.readBytes()
            case WireKey.eof: self.eof = try reader.readBool()
            case WireKey.err: self.err = try reader.readString()
            default: try reader.skipValue()
            }
        }
    }
}

/// What `http_fetch_error` answers: why this instance's last fetch failed.
public struct HTTPFetchError: Hashable, Sendable {
    /// A word to branch on, such as `blocked` or `timeout`.
    public var code: String
    /// A sentence for people.
    public var message: String
    /// The rule that would allow what was blocked; empty, and absent on the wire, otherwise.
    public var allow: String

    /// A failure; what is not given is empty.
    public init(code: String, message: String, allow: String = "") {
        self.code = code
        self.message = message
        self.allow = allow
    }
}

extension HTTPFetchError: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(self.allow.isEmpty ? 2 : 3)
        writer.writeKey(.code)
        writer.writeString(self.code)
        writer.writeKey(.message)
        writer.writeString(self.message)
        if !self.allow.isEmpty {
            writer.writeKey(.allow)
            writer.writeString(self.allow)
        }
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(code: "", message: "")
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.code: self.code = try reader.readString()
            case WireKey.message: self.message = try reader.readString()
            case WireKey.allow: self.allow = try reader.readString()
            default: try reader.skipValue()
            }
        }
    }
}

/// What a guest hands to `http_respond_stream`: the head of an answer whose body is an open stream's.
///
/// Keys in order: `id`, `stream_id`, `status`, `headers`, `cookies`, which are the reference's, then `header_list`, which
/// is ours: present when a name repeats, and then it stands for `headers` as a whole.
public struct HTTPStreamResponse: Hashable, Sendable {
    /// The request that this answers.
    public var id: UInt64
    /// The stream that `http_fetch_begin` opened.
    public var streamID: UInt64
    /// 0 means 200.
    public var status: UInt32
    /// All fields, repeats kept; names are compared without case.
    public var headers: FieldList
    /// Values of `Set-Cookie`, one field each.
    public var cookies: [String]

    /// An answer; what is not given is empty.
    public init(
        id: UInt64, streamID: UInt64, status: UInt32 = 200, headers: FieldList = [:], cookies: [String] = []
    ) {
        self.id = id
        self.streamID = streamID
        self.status = status
        self.headers = headers
        self.cookies = cookies
    }
}

extension HTTPStreamResponse: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        let firstHeaders = self.headers.firstOfEachName(.ignoringCase)
        let repeats = firstHeaders.count < self.headers.count
        writer.writeMapHeader(4 + (self.cookies.isEmpty ? 0 : 1) + (repeats ? 1 : 0))
        writer.writeKey(.id)
        writer.writeUInt64(self.id)
        writer.writeKey(.streamID)
        writer.writeUInt64(self.streamID)
        writer.writeKey(.status)
        writer.writeUInt32(self.status)
        writer.writeKey(.headers)
        writer.writeFieldMap(firstHeaders)
        if !self.cookies.isEmpty {
            writer.writeKey(.cookies)
            writer.writeArrayHeader(self.cookies.count)
            for cookie in self.cookies { writer.writeString(cookie) }
        }
        if repeats {
            writer.writeKey(.headerList)
            writer.writeFieldPairs(self.headers)
        }
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(id: 0, streamID: 0, status: 0)
        var allHeaders = FieldList()
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.id: self.id = try reader.readUInt64()
            case WireKey.streamID: self.streamID = try reader.readUInt64()
            case WireKey.status: self.status = try reader.readUInt32()
            case WireKey.headers: self.headers = try reader.readFieldMap()
            case WireKey.cookies: self.cookies = try reader.readStringArray()
            case WireKey.headerList: allHeaders = try reader.readFieldPairs()
            default: try reader.skipValue()
            }
        }
        if !allHeaders.isEmpty { self.headers = allHeaders }
    }
}
