import NIOCore
import PulpCapability
import PulpEntropy
import PulpHTTPInbound
import PulpLog
import PulpWASI

/// Everything that Pulp brings, on one screen.
extension Registry {
    /// The capabilities of the host: always WASI, logging and entropy; gated, the rest.
    ///
    /// - Parameter listeners: Where HTTP routes go; nil leaves HTTP out: an application without a server.
    package static func builtins(listeners: (any HTTPListeners)?) -> Registry {
        let logs = PluginLogs(now: { .now() })
        var registry = Registry()
        registry.always(WASICapability(clocks: .system, random: .system, logs: logs))
        registry.always(LogCapability(logs: logs))
        registry.always(EntropyCapability(random: .system))
        if let listeners { registry.gated(HTTPInboundCapability(listeners: listeners)) }
        return registry
    }

    /// What an application starts from: WASI, logging and entropy. It adds its own with ``gated(_:)``.
    public static func standard() -> Registry { .builtins(listeners: nil) }

    package static func wasiOnly() -> Registry {
        var registry = Registry()
        registry.always(
            WASICapability(clocks: .system, random: .system, logs: PluginLogs(now: { .now() })))
        return registry
    }
}
