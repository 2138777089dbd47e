import NIOCore
import PulpCapability
import PulpEntropy
import PulpHTTPInbound
import PulpListener
import PulpLog
import PulpSandbox
import PulpServerSentEvents
import PulpWASI

/// Everything that Pulp brings, on one screen.
extension Registry {
    /// The capabilities of the host: always WASI, logging and entropy; gated, the rest.
    ///
    /// - Parameters:
    ///   - listeners: Where routes go; nil leaves out what needs a server: an application without one.
    ///   - storage: Where plugins store; nil leaves storage out.
    package static func builtins(listeners: (any HTTPListeners)?, storage: StorageRoot?) -> Registry {
        let logs = PluginLogs(now: { .now() })
        var registry = Registry()
        registry.always(WASICapability(clocks: .system, random: .system, logs: logs))
        registry.always(LogCapability(logs: logs))
        registry.always(EntropyCapability(random: .system))
        if let listeners { registry.gated(HTTPInboundCapability(listeners: listeners)) }
        if let listeners { registry.gated(ServerSentEventsCapability(listeners: listeners)) }
        return registry
    }

    /// What an application starts from: WASI, logging and entropy. It adds its own with ``gated(_:)``.
    ///
    /// - Parameter storageRoot: The folder for what plugins store, one folder in it for each; nil grants no storage.
    public static func standard(storageRoot: String? = nil) -> Registry {
        .builtins(listeners: nil, storage: storageRoot.map { StorageRoot(path: $0) })
    }

    /// All that there is, without a host behind it: for schemas and documentation.
    package static func everything() -> Registry {
        .builtins(listeners: NoListeners(), storage: StorageRoot(path: "."))
    }

    package static func wasiOnly() -> Registry {
        var registry = Registry()
        registry.always(
            WASICapability(clocks: .system, random: .system, logs: PluginLogs(now: { .now() })))
        return registry
    }
}

/// Listeners of a host that does not listen.
private struct NoListeners: HTTPListeners {
    func routes(of plugin: String) -> RouteTable? { nil }
    func listen(on address: String, for plugin: String) async throws {}
    func forget(_ plugin: String) {}
}
