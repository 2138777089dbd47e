import PulpWire

/// Server-sent events: `transport.sse` among the manifest's capabilities.
public enum Events {
    /// Sends an event to every client that listens to `path`.
    ///
    /// - Parameters:
    ///   - data: Any text; its lines arrive as they are.
    ///   - path: A concrete one, as clients ask for it.
    ///   - id: What a client that comes back has seen last: with ids it gets each event once, without it may miss some.
    ///   - event: The event's type; empty for `message`.
    /// - Throws: Status 4 for a path without a stream, or a line break in `id` or `event`; nothing when nobody listens.
    public static func emit(
        _ data: String, to path: String, id: String = "", event: String = ""
    ) throws(PluginError) {
        let record = MessagePackWriter.encode { writer in
            writer.writeMapHeader(4)
            writer.writeKey(.path)
            writer.writeText(path)
            writer.writeKey(.id)
            writer.writeText(id)
            writer.writeKey(.event)
            writer.writeText(event)
            writer.writeKey(.data)
            writer.writeText(data)
        }
        let status = unsafe Status(rawValue: record.lend(to: sse_emit))
        guard status == .ok else {
            throw PluginError(status: status, message: String("the host refused an event to \(path)" as Text))
        }
    }

    /// How many clients listen to `path`; 0 without the capability.
    public static func subscriberCount(of path: String) -> Int {
        var count: UInt32 = 0
        let status = unsafe [UInt8](copying: path).lend { unsafe sse_has_subscribers($0, $1, &count) }
        return status == 0 ? Int(count) : 0
    }
}

extension Application {
    /// Lets clients listen to the paths that match `pattern`, such as `/rooms/:room/events`.
    ///
    /// - `subscribed`: A client begins to listen. The first argument is its number, unique in the process; the request
    ///   says what it asked for, and what it has seen (``Request/lastEventID``). Needs `events = true` in `[sse]` of
    ///   the manifest, as has `unsubscribed`.
    /// - `unsubscribed`: It has gone.
    public mutating func events(
        _ pattern: String,
        subscribed: ((inout State, UInt64, borrowing Request) throws(PluginError) -> Void)? = nil,
        unsubscribed: ((inout State, UInt64) throws(PluginError) -> Void)? = nil
    ) {
        self.dispatcher.registerEvents(pattern)
        // Who asks for nothing needs no router.
        if subscribed == nil, unsubscribed == nil { return }
        var handlers = EventStreamRouter.Handlers()
        if let subscribed {
            handlers.subscribed = { (state, id, request) throws(PluginError) in
                try subscribed(&state[State.self], id, request)
            }
        }
        if let unsubscribed {
            handlers.unsubscribed = { (state, id) throws(PluginError) in
                try unsubscribed(&state[State.self], id)
            }
        }
        self.dispatcher.events(pattern, handlers)
    }
}

/// The plugin's event streams.
final class EventStreamRouter {

    struct Handlers {
        var subscribed: ((StateReference, UInt64, borrowing Request) throws(PluginError) -> Void)?
        var unsubscribed: ((StateReference, UInt64) throws(PluginError) -> Void)?
    }

    private var patterns: [(pattern: Pattern, handlers: Handlers)] = []
    private var subscribers = Connections()

    func add(_ pattern: Pattern, _ handlers: Handlers) {
        self.patterns.append((pattern, handlers))
    }

    func subscribe(_ state: StateReference, _ payload: RawSpan) throws(PluginError) {
        let request = try Request(decoding: payload)
        for index in self.patterns.indices where self.patterns[index].pattern.matches(request) {
            self.subscribers.insert(request.id, pattern: index)
            return try self.patterns[index].handlers.subscribed?(state, request.id, request) ?? ()
        }
    }

    func unsubscribe(_ state: StateReference, _ payload: RawSpan) throws(PluginError) {
        let request = try Request(decoding: payload)
        // One that another instance has seen come is of the only pattern, if there is but one.
        guard let index = self.subscribers.remove(request.id) ?? (self.patterns.count == 1 ? 0 : nil) else { return }
        try self.patterns[index].handlers.unsubscribed?(state, request.id)
    }
}

extension Dispatcher {
    func registerEvents(_ pattern: String) {
        let status = unsafe Status(rawValue: [UInt8](copying: pattern).lend(to: sse_register))
        if status == .notGranted {
            self.refuse(status, "event streams need transport.sse among the manifest's capabilities")
        }
        self.refuse(status, "the host refused the events at \(pattern)")
    }

    func events(_ pattern: String, _ handlers: EventStreamRouter.Handlers) {
        if self.streams == nil {
            let router = EventStreamRouter()
            self.streams = router
            self.on(.serverSentEventSubscribe) { (state, payload) throws(PluginError) in
                try router.subscribe(state, payload)
            }
            self.on(.serverSentEventUnsubscribe) { (state, payload) throws(PluginError) in
                try router.unsubscribe(state, payload)
            }
        }
        self.streams?.add(Pattern([UInt8](copying: pattern)), handlers)
    }
}
