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
    private var kinds: [(kind: StepEventKind, handle: EventHandler)] = []
    private var ticks: [Action] = []

    func on(_ kind: StepEventKind, _ handler: @escaping EventHandler) {
        self.kinds.append((kind, handler))
    }

    func onTick(_ body: @escaping Action) {
        self.ticks.append(body)
    }

    /// Notes what the host refused; the first one counts.
    func refuse(_ status: Status, _ message: @autoclosure () -> String) {
        guard status != .ok, self.refusal == nil else { return }
        self.refusal = PluginError(status: status, message: message())
    }

    func tick(_ state: StateReference) -> Int32 {
        var status = Status.ok.rawValue
        for tick in self.ticks {
            let failure = Self.attempt("tick") { () throws(PluginError) in try tick(state) }
            if failure != Status.ok.rawValue { status = failure }
        }
        return status
    }

    /// - Throws: When the event is none.
    func dispatch(_ payload: RawSpan, _ state: StateReference) throws(WireError) -> Int32 {
        let event = try StepEventView(reading: payload)
        for entry in self.kinds where entry.kind.matches(event.kind) {
            do throws(PluginError) {
                try entry.handle(state, event.payload)
                return Status.ok.rawValue
            } catch {
                return Self.report(entry.kind.text, error)
            }
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
        Log.error("\(name): \(error.message) (status \(error.status.rawValue))")
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
