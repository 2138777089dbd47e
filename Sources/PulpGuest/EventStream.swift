import PulpWire

@_extern(wasm, module: "pulp", name: "sse_register")
@_extern(c)
func sse_register(_ path: UnsafeRawPointer?, _ pathLength: UInt32) -> Int32

@_extern(wasm, module: "pulp", name: "sse_emit")
@_extern(c)
func sse_emit(_ event: UnsafeRawPointer?, _ length: UInt32) -> Int32

/// Server-sent events: `transport.sse`.
public enum EventStream {
    /// Offers an event stream at `pattern`, such as `/live` or `/rooms/:name`.
    public static func register(_ pattern: String) throws(HostError) {
        let status = unsafe pattern.lend { unsafe sse_register($0, $1) }
        guard status == 0 else { throw HostError(status: Status(rawValue: status)) }
    }

    /// Sends an event to everyone who listens at `path`.
    ///
    /// - Parameters:
    ///   - path: A path that a registered pattern covers.
    ///   - event: The event's name; nil for `message`.
    ///   - id: What a browser sends back as `Last-Event-ID` when it connects again.
    ///   - data: Any text; it may have several lines.
    public static func emit(
        _ path: String, event: String? = nil, id: String? = nil, _ data: String
    ) throws(HostError) {
        let record = MessagePackWriter.encode { writer in
            writer.writeMapHeader(2 + (event == nil ? 0 : 1) + (id == nil ? 0 : 1))
            writer.writeKey(.path)
            writer.writeString(path)
            if let id {
                writer.writeKey(.id)
                writer.writeString(id)
            }
            if let event {
                writer.writeKey(.event)
                writer.writeString(event)
            }
            writer.writeKey(.data)
            writer.writeString(data)
        }
        let status = unsafe record.lend { unsafe sse_emit($0, $1) }
        guard status == 0 else { throw HostError(status: Status(rawValue: status)) }
    }
}
