/// The name of a field on the wire: `snake_case`, written here once and nowhere else.
///
/// Holds a literal, so comparing and writing allocate nothing. Use it in a `switch` over what
/// ``MessagePackReader/readKey()`` returns.
@frozen
public struct WireKey: ExpressibleByStringLiteral, Sendable {
    public let text: StaticString

    /// A key that is spelled out in source.
    @inlinable
    public init(stringLiteral text: StaticString) {
        self.text = text
    }

    /// Whether `bytes` spell this key.
    @inlinable
    public func matches(_ bytes: RawSpan) -> Bool {
        guard self.text.hasPointerRepresentation, self.text.utf8CodeUnitCount == bytes.byteCount else { return false }
        for offset in 0..<bytes.byteCount
        where unsafe self.text.utf8Start[offset]
            != bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt8.self)
        {
            return false
        }
        return true
    }
}

/// Lets a `switch` over a key's bytes name ``WireKey`` in its cases.
@inlinable
public func ~= (key: WireKey, bytes: RawSpan) -> Bool {
    key.matches(bytes)
}

// Computed, not stored: a stored static is initialised lazily and costs a check on each use.
extension WireKey {
    // Step events
    @inlinable public static var kind: WireKey { "kind" }
    @inlinable public static var payload: WireKey { "payload" }

    // HTTP
    @inlinable public static var addr: WireKey { "addr" }
    @inlinable public static var body: WireKey { "body" }
    @inlinable public static var cookies: WireKey { "cookies" }
    @inlinable public static var headerList: WireKey { "header_list" }
    @inlinable public static var headers: WireKey { "headers" }
    @inlinable public static var host: WireKey { "host" }
    @inlinable public static var id: WireKey { "id" }
    @inlinable public static var method: WireKey { "method" }
    @inlinable public static var params: WireKey { "params" }
    @inlinable public static var path: WireKey { "path" }
    @inlinable public static var query: WireKey { "query" }
    @inlinable public static var queryList: WireKey { "query_list" }
    @inlinable public static var remoteAddr: WireKey { "remote_addr" }
    @inlinable public static var status: WireKey { "status" }

    // Entropy
    @inlinable public static var bytes: WireKey { "bytes" }
    @inlinable public static var n: WireKey { "n" }

    // Log
    @inlinable public static var fields: WireKey { "fields" }
    @inlinable public static var level: WireKey { "level" }
    @inlinable public static var message: WireKey { "message" }

    // Server-sent events
    @inlinable public static var data: WireKey { "data" }
    @inlinable public static var event: WireKey { "event" }
    @inlinable public static var lastEventID: WireKey { "last_event_id" }
    @inlinable public static var reason: WireKey { "reason" }
    @inlinable public static var subscriberID: WireKey { "subscriber_id" }
}
