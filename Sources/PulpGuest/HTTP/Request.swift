import PulpWire

/// An HTTP request, or what opened a WebSocket or an event stream; read in place, so that what the handler does not ask
/// for costs nothing.
///
/// Lent to the handler for the step; copy out what is to outlive it.
public struct Request: ~Escapable {
    /// Unique in the host's process.
    public private(set) var id: UInt64 = 0
    /// The body, lent.
    public private(set) var body: RawSpan
    private(set) var methodSpan: RawSpan
    private(set) var pathSpan: RawSpan
    private var paramMap: RawSpan
    private var queryMap: RawSpan
    private var queryList: RawSpan
    private var headerMap: RawSpan
    private var headerList: RawSpan
    private var remoteSpan: RawSpan
    private var hostSpan: RawSpan
    private var detailSpan: RawSpan

    /// Reads the payload of an event that a request caused.
    @_lifetime(copy bytes)
    init(reading bytes: RawSpan) throws(WireError) {
        let empty = bytes.extracting(first: 0)
        self.body = empty
        self.methodSpan = empty
        self.pathSpan = empty
        self.paramMap = empty
        self.queryMap = empty
        self.queryList = empty
        self.headerMap = empty
        self.headerList = empty
        self.remoteSpan = empty
        self.hostSpan = empty
        self.detailSpan = empty
        var reader = MessagePackReader(bytes)
        for _ in 0..<(try reader.readMapHeader()) {
            // In the host's order, so that each key is found at once.
            switch try reader.readKey() {
            case WireKey.id, WireKey.connID, WireKey.subscriberID: self.id = try reader.readUInt64()
            case WireKey.method: self.methodSpan = try reader.readStringSpan()
            case WireKey.path: self.pathSpan = try reader.readStringSpan()
            case WireKey.params: self.paramMap = try reader.readRawValue()
            case WireKey.query: self.queryMap = try reader.readRawValue()
            case WireKey.headers: self.headerMap = try reader.readRawValue()
            case WireKey.body: self.body = try reader.readStringSpan()
            case WireKey.remoteAddr: self.remoteSpan = try reader.readStringSpan()
            case WireKey.host: self.hostSpan = try reader.readStringSpan()
            case WireKey.headerList: self.headerList = try reader.readRawValue()
            case WireKey.queryList: self.queryList = try reader.readRawValue()
            case WireKey.protocol, WireKey.lastEventID: self.detailSpan = try reader.readStringSpan()
            default: try reader.skipValue()
            }
        }
    }

    @_lifetime(copy bytes)
    init(decoding bytes: RawSpan) throws(PluginError) {
        do throws(WireError) {
            self = try Request(reading: bytes)
        } catch {
            throw PluginError(status: .decodeFailed, message: "the event is not what the host sends")
        }
    }
}

extension Request {
    /// The route's method, which is GET for a HEAD; empty for what opened a WebSocket or an event stream.
    public var method: String { String(repairing: self.methodSpan) }
    /// Decoded, without the query.
    public var path: String { String(repairing: self.pathSpan) }
    /// `address:port` of the client, IPv6 in brackets; `unix:`.
    public var remoteAddress: String { String(repairing: self.remoteSpan) }
    /// The authority that the client asked for; empty when it named none.
    public var host: String { String(repairing: self.hostSpan) }
    /// The subprotocol that was agreed on with a WebSocket; empty without one.
    public var subprotocol: String { String(repairing: self.detailSpan) }
    /// The last event that a client of an event stream had seen; empty for one that comes for the first time.
    public var lastEventID: String { String(repairing: self.detailSpan) }

    /// A copy of the body.
    public var bytes: [UInt8] { [UInt8](copying: self.body) }
    /// The body as text; bytes that are not UTF-8 are replaced.
    public var text: String { String(repairing: self.body) }

    /// What the route's pattern captured as `:name` or `*name`.
    public var params: PathParameters {
        @_lifetime(copy self)
        get { PathParameters(map: self.paramMap) }
    }

    /// The query, decoded; names are compared exactly.
    public var query: RequestFields {
        @_lifetime(copy self)
        get { RequestFields(map: self.queryMap, list: self.queryList, ignoringCase: false) }
    }

    /// The headers but `Host`; names are compared without case.
    public var headers: RequestFields {
        @_lifetime(copy self)
        get { RequestFields(map: self.headerMap, list: self.headerList, ignoringCase: true) }
    }

    /// The cookies that the client sent.
    public var cookies: Cookies {
        @_lifetime(copy self)
        get { Cookies(self.headers) }
    }

    /// What answers this request later: keep it, and return ``Response/later``.
    public var reply: Reply { Reply(id: self.id) }
}
