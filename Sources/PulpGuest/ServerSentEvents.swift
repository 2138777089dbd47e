import PulpWire

// Server-sent events: `transport.sse` among the manifest's capabilities.
extension Host {
    /// Lets clients listen to the paths that match `pattern`, such as `/rooms/:room/events`.
    ///
    /// A pattern that the host refuses makes the plugin's start fail, and the log say why.
    public func events(_ pattern: String) {
        let bytes = [UInt8](pattern.utf8)
        let status = unsafe bytes.withUnsafeBytes { buffer in
            unsafe Status(rawValue: sse_register(buffer.baseAddress, UInt32(buffer.count)))
        }
        guard status != .ok else { return }
        if self.failure == nil { self.failure = status }
        Log.error(
            status == .notGranted
                ? "event streams need transport.sse among the manifest's capabilities"
                : "the host refused the events at \(pattern) with status \(status.rawValue)")
    }

    /// Sends an event to every client that listens to `path`.
    ///
    /// - Parameters:
    ///   - data: Any text; its lines arrive as they are.
    ///   - path: A concrete one.
    ///   - id: What a client that comes back has seen last: with ids it gets each event once, without it may miss some.
    ///   - event: The event's type; empty for `message`.
    /// - Returns: 0 also when nobody listens; 4 for a path without a pattern, or a line break in `id` or
    ///   `event`.
    @discardableResult
    public func emit(_ data: String, to path: String, id: String = "", event: String = "") -> Status {
        unsafe ServerSentEventRecord(path: path, id: id, event: event, data: data).send(to: sse_emit)
    }

    /// How many clients listen to `path`; 0 without the capability.
    public func subscriberCount(of path: String) -> Int {
        let bytes = [UInt8](path.utf8)
        var count: UInt32 = 0
        let status = unsafe bytes.withUnsafeBytes { buffer in
            unsafe sse_has_subscribers(buffer.baseAddress, UInt32(buffer.count), &count)
        }
        return status == 0 ? Int(count) : 0
    }

    /// Calls `body` for each client that begins to listen; the manifest asks for it with `events = true` in `[sse]`.
    public func onSubscribe(_ body: @escaping (ServerSentEventSubscribeRecord) -> Void) {
        self.subscribed = body
    }

    /// Calls `body` for each client that has gone, after its ``onSubscribe(_:)``.
    public func onUnsubscribe(_ body: @escaping (ServerSentEventUnsubscribeRecord) -> Void) {
        self.unsubscribed = body
    }
}
