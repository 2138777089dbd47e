/// What an event is about: the `kind` of a step event.
///
/// Holds a literal, so that writing it allocates nothing; a capability of an application's own adds its kinds as
/// literals too.
@frozen
public struct StepEventKind: ExpressibleByStringLiteral, Sendable {
    public let text: StaticString

    /// A kind that is spelled out in source.
    @inlinable
    public init(stringLiteral text: StaticString) {
        self.text = text
    }

    @inlinable public static var httpRequest: StepEventKind { "http.request" }
    @inlinable public static var webSocketOpen: StepEventKind { "ws.open" }
    @inlinable public static var webSocketFrame: StepEventKind { "ws.frame" }
    @inlinable public static var webSocketClose: StepEventKind { "ws.close" }

    /// Whether `bytes` spell this kind.
    @inlinable
    public func matches(_ bytes: RawSpan) -> Bool {
        WireKey(stringLiteral: self.text).matches(bytes)
    }
}

/// Lets a `switch` over an event's kind name ``StepEventKind`` in its cases.
@inlinable
public func ~= (kind: StepEventKind, bytes: RawSpan) -> Bool {
    kind.matches(bytes)
}

/// How a step event starts on the wire: a map of two, `kind` and then `payload`, whose value is embedded raw.
public enum StepEventHeader {
    /// Writes everything before the payload's value.
    @inlinable
    public static func write(kind: StepEventKind, into writer: inout MessagePackWriter) {
        writer.writeMapHeader(2)
        writer.writeKey(.kind)
        writer.writeString(kind.text)
        writer.writeKey(.payload)
    }
}

extension MessagePackWriter {
    /// Writes a step event; `payload` writes exactly one value, the map of the kind.
    @inlinable
    public mutating func writeStepEvent(kind: StepEventKind, payload: (inout MessagePackWriter) -> Void) {
        StepEventHeader.write(kind: kind, into: &self)
        payload(&self)
    }

    /// Writes a step event whose kind is known only when running, around one value that is encoded already.
    ///
    /// - Parameters:
    ///   - kind: Such as `http.request`.
    ///   - payload: One MessagePack value; nothing is written as nil, so that the map stays whole.
    public mutating func writeStepEvent(dynamicKind kind: String, payload: RawSpan) {
        self.writeMapHeader(2)
        self.writeKey(.kind)
        self.writeString(kind)
        self.writeKey(.payload)
        if payload.isEmpty {
            self.writeNil()
        } else {
            self.writeRaw(payload)
        }
    }
}

/// A step event read in place.
public struct StepEventView: ~Escapable {
    /// The kind, as sent; compare it with `switch` and ``StepEventKind``. Empty when absent.
    public private(set) var kind: RawSpan
    /// The payload's MessagePack value; empty when absent.
    public private(set) var payload: RawSpan

    /// Reads the event at the front of `bytes`: unknown keys are skipped, what follows is ignored.
    @_lifetime(copy bytes)
    public init(reading bytes: RawSpan) throws(WireError) {
        self.kind = bytes.extracting(first: 0)
        self.payload = bytes.extracting(first: 0)
        var reader = MessagePackReader(bytes)
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.kind: self.kind = try reader.readStringSpan()
            case WireKey.payload: self.payload = try reader.readRawValue()
            default: try reader.skipValue()
            }
        }
    }
}
