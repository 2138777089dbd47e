import PulpWire

/// Brings each event to its handler.
///
/// Knows nothing of the plugin's type, so that its code exists once; and nothing of a kind of event until the plugin
/// asks for it, so that what a plugin does not use is not linked.
final class Dispatcher {
    typealias Action = (StateReference) throws(PluginError) -> Void
    typealias EventHandler = (StateReference, RawSpan) throws(PluginError) -> Void

    /// The first thing that the host refused while the plugin configured itself; fails the start.
    var refusal: PluginError?
    var end: Action?
    var httpRouter: Router?
    var sockets: WebSocketRouter?
    var streams: EventStreamRouter?
    private var kinds: Kind?
    private var ticks: Tick?
    private var lastTick: Tick?

    // Lists of links, not arrays: each type of array brings its own code for growing.
    private final class Kind {
        let kind: StepEventKind
        let handle: EventHandler
        let next: Kind?

        init(_ kind: StepEventKind, _ handle: @escaping EventHandler, next: Kind?) {
            self.kind = kind
            self.handle = handle
            self.next = next
        }
    }

    private final class Tick {
        let body: Action
        var next: Tick?

        init(_ body: @escaping Action) {
            self.body = body
        }
    }

    func on(_ kind: StepEventKind, _ handler: @escaping EventHandler) {
        self.kinds = Kind(kind, handler, next: self.kinds)
    }

    func onTick(_ body: @escaping Action) {
        let tick = Tick(body)
        // The first to ask is the first to be called.
        if let last = self.lastTick { last.next = tick } else { self.ticks = tick }
        self.lastTick = tick
    }

    /// Notes what the host refused; the first one counts.
    func refuse(_ status: Status, _ message: @autoclosure () -> Text) {
        // Not `== nil`, which would bring all of what compares text.
        guard status != .ok, case .none = self.refusal else { return }
        self.refusal = PluginError(status: status, message: String(message()))
    }

    func tick(_ state: StateReference) -> Int32 {
        var status = Status.ok.rawValue
        var link = self.ticks
        while let tick = link {
            let failure = Self.attempt("tick") { () throws(PluginError) in try tick.body(state) }
            if failure != Status.ok.rawValue { status = failure }
            link = tick.next
        }
        return status
    }

    /// - Throws: When the event is none.
    func dispatch(_ payload: RawSpan, _ state: StateReference) throws(WireError) -> Int32 {
        let event = try StepEventView(reading: payload)
        var link = self.kinds
        while let entry = link {
            if entry.kind.matches(event.kind) {
                let payload = event.payload
                return Self.attempt(entry.kind.text) { () throws(PluginError) in try entry.handle(state, payload) }
            }
            link = entry.next
        }
        return Status.ok.rawValue
    }

    /// Runs what may throw; its error goes to the log.
    static func attempt(_ name: StaticString, _ body: () throws(PluginError) -> Void) -> Int32 {
        do throws(PluginError) {
            try body()
            return Status.ok.rawValue
        } catch {
            return Self.report(name, error)
        }
    }

    private static func report(_ name: StaticString, _ error: PluginError) -> Int32 {
        let sentence: Text = "\(name): \(error.message) (status \(error.status.rawValue))"
        // Without fields, and so without what makes their names unique.
        let record = MessagePackWriter.encode { writer in
            writer.writeMapHeader(2)
            writer.writeKey(.level)
            writer.writeUInt8(LogLevel.error.rawValue)
            writer.writeKey(.message)
            writer.writeString(utf8: sentence.bytes.wireBytes)
        }
        _ = unsafe record.lend(to: log_write)
        return error.status.rawValue
    }
}

extension Dispatcher {
    func `repeat`(_ milliseconds: UInt32, _ body: @escaping Action) {
        let interval = UInt64(milliseconds) &* 1_000_000
        var next: UInt64 = 0
        self.onTick { (state) throws(PluginError) in
            let now = Step.wallTime
            if next == 0 { next = now &+ interval }
            guard now >= next else { return }
            // Never a burst for what was missed.
            next = next &+ interval > now ? next &+ interval : now &+ interval
            try body(state)
        }
    }
}
