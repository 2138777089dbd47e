import PulpWire

/// What a plugin tells its host in ``Plugin/configure(_:)``: routes, ticks, connections, and what to do for each.
///
/// Handlers get the plugin's state `inout`, and run in the step that brings the event. One that throws is logged, with
/// the status and the sentence of its error; an HTTP request is answered with 500 then, or with the status and sentence
/// of a ``PluginError/init(_:_:)``. What the host refuses (a route
/// that is no pattern, or that another plugin has) makes the start fail, with a sentence that says why.
public struct Application<State: Plugin> {
    /// The manifest's `[config]`.
    public let config: Config
    let dispatcher = Dispatcher()

    init(config: Config) {
        self.config = config
    }

    /// Calls `body` at each tick: a step without an event, for which the manifest asks with `tick_interval_ms`.
    public mutating func onTick(_ body: @escaping (inout State) throws(PluginError) -> Void) {
        self.dispatcher.onTick { (state) throws(PluginError) in
            try body(&state[State.self])
        }
    }

    /// Calls `body` every so many milliseconds, the first time so long after the start.
    ///
    /// Looked at in each tick: it comes no more often than the manifest's `tick_interval_ms`, and what was missed while
    /// the plugin was busy is not made up for.
    public mutating func every(milliseconds: UInt32, _ body: @escaping (inout State) throws(PluginError) -> Void) {
        self.dispatcher.repeat(milliseconds) { (state) throws(PluginError) in
            try body(&state[State.self])
        }
    }

    /// Calls `body` every so many seconds; see ``every(milliseconds:_:)``.
    public mutating func every(seconds: UInt32, _ body: @escaping (inout State) throws(PluginError) -> Void) {
        self.every(milliseconds: min(seconds, .max / 1000) * 1000, body)
    }

    /// Calls `body` once, before the plugin ends in good order.
    public mutating func onShutdown(_ body: @escaping (inout State) throws(PluginError) -> Void) {
        self.dispatcher.end = { (state) throws(PluginError) in
            try body(&state[State.self])
        }
    }

    /// Calls `body` with the payload of each event of `kind`, such as those of an application's own capability.
    ///
    /// - `body`: Gets one MessagePack value, lent for the step.
    public mutating func on(
        _ kind: StepEventKind, _ body: @escaping (inout State, RawSpan) throws(PluginError) -> Void
    ) {
        self.dispatcher.on(kind) { (state, payload) throws(PluginError) in
            try body(&state[State.self], payload)
        }
    }
}
