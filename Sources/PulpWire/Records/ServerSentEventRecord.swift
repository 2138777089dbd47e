/// What a guest asks `sse_emit` for: one event for every subscriber of a path.
public struct ServerSentEventRecord: Hashable, Sendable {
    /// A concrete path, as clients ask for it.
    public var path: String
    /// What a client that comes back names in `Last-Event-ID`; empty for none.
    public var id: String
    /// The event's type; empty for `message`.
    public var event: String
    public var data: String

    /// An event; without `id` and `event` unless they are given.
    public init(path: String, id: String = "", event: String = "", data: String) {
        self.path = path
        self.id = id
        self.event = event
        self.data = data
    }
}

extension ServerSentEventRecord: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(2 + (self.id.isEmpty ? 0 : 1) + (self.event.isEmpty ? 0 : 1))
        writer.writeKey(.path)
        writer.writeString(self.path)
        if !self.id.isEmpty {
            writer.writeKey(.id)
            writer.writeString(self.id)
        }
        if !self.event.isEmpty {
            writer.writeKey(.event)
            writer.writeString(self.event)
        }
        writer.writeKey(.data)
        writer.writeString(self.data)
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(path: "", data: "")
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.path: self.path = try reader.readString()
            case WireKey.id: self.id = try reader.readString()
            case WireKey.event: self.event = try reader.readString()
            case WireKey.data: self.data = try reader.readString()
            default: try reader.skipValue()
            }
        }
    }
}

/// A ``ServerSentEventRecord`` read in place; text is as sent, and may hold anything.
public struct ServerSentEventView: ~Escapable {
    public private(set) var path: RawSpan
    public private(set) var id: RawSpan
    public private(set) var event: RawSpan
    public private(set) var data: RawSpan

    /// Reads the record at the front of `bytes`: unknown keys are skipped, absent ones are empty.
    @_lifetime(copy bytes)
    public init(reading bytes: RawSpan) throws(WireError) {
        let empty = bytes.extracting(first: 0)
        self.path = empty
        self.id = empty
        self.event = empty
        self.data = empty
        var reader = MessagePackReader(bytes)
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.path: self.path = try reader.readStringSpan()
            case WireKey.id: self.id = try reader.readStringSpan()
            case WireKey.event: self.event = try reader.readStringSpan()
            case WireKey.data: self.data = try reader.readStringSpan()
            default: try reader.skipValue()
            }
        }
    }
}
