extension StepEventKind {
    @inlinable public static var serverSentEventSubscribe: StepEventKind { "sse.subscribe" }
    @inlinable public static var serverSentEventUnsubscribe: StepEventKind { "sse.unsubscribe" }
}

/// The payload of `sse.subscribe`: a client listens to a path from now on.
public struct ServerSentEventSubscribeRecord: Hashable, Sendable {
    /// Unique in the process; its `sse.unsubscribe` names it.
    public var subscriberID: UInt64
    /// Decoded, without the query.
    public var path: String
    /// What the route's pattern captured.
    public var params: FieldList
    /// The first value of each name.
    public var query: FieldList
    /// The `Last-Event-ID` of a client that comes back; empty, and absent on the wire, without.
    public var lastEventID: String
    /// `address:port` of the client.
    public var remoteAddr: String

    /// A subscription; what is not given is empty.
    public init(
        subscriberID: UInt64, path: String, params: FieldList = [:], query: FieldList = [:], lastEventID: String = "",
        remoteAddr: String = ""
    ) {
        self.subscriberID = subscriberID
        self.path = path
        self.params = params
        self.query = query
        self.lastEventID = lastEventID
        self.remoteAddr = remoteAddr
    }
}

extension ServerSentEventSubscribeRecord: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(self.lastEventID.isEmpty ? 5 : 6)
        writer.writeKey(.subscriberID)
        writer.writeUInt64(self.subscriberID)
        writer.writeKey(.path)
        writer.writeString(self.path)
        writer.writeKey(.params)
        writer.writeFieldMap(self.params.firstOfEachName(.exact))
        writer.writeKey(.query)
        writer.writeFieldMap(self.query.firstOfEachName(.exact))
        if !self.lastEventID.isEmpty {
            writer.writeKey(.lastEventID)
            writer.writeString(self.lastEventID)
        }
        writer.writeKey(.remoteAddr)
        writer.writeString(self.remoteAddr)
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(subscriberID: 0, path: "")
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.subscriberID: self.subscriberID = try reader.readUInt64()
            case WireKey.path: self.path = try reader.readString()
            case WireKey.params: self.params = try reader.readFieldMap()
            case WireKey.query: self.query = try reader.readFieldMap()
            case WireKey.lastEventID: self.lastEventID = try reader.readString()
            case WireKey.remoteAddr: self.remoteAddr = try reader.readString()
            default: try reader.skipValue()
            }
        }
    }
}

/// The payload of `sse.unsubscribe`: a client that `sse.subscribe` told of has gone.
public struct ServerSentEventUnsubscribeRecord: Hashable, Sendable {
    public var subscriberID: UInt64
    public var path: String
    /// `gone` (the client went), `slow` (it was disconnected), `closed` (the host stops).
    public var reason: String

    /// The end of a subscription.
    public init(subscriberID: UInt64, path: String, reason: String) {
        self.subscriberID = subscriberID
        self.path = path
        self.reason = reason
    }
}

extension ServerSentEventUnsubscribeRecord: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(3)
        writer.writeKey(.subscriberID)
        writer.writeUInt64(self.subscriberID)
        writer.writeKey(.path)
        writer.writeString(self.path)
        writer.writeKey(.reason)
        writer.writeString(self.reason)
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(subscriberID: 0, path: "", reason: "")
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.subscriberID: self.subscriberID = try reader.readUInt64()
            case WireKey.path: self.path = try reader.readString()
            case WireKey.reason: self.reason = try reader.readString()
            default: try reader.skipValue()
            }
        }
    }
}
