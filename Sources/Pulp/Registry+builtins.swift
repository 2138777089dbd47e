import Foundation
import NIOCore
import NIOPosix
import PulpCapability
import PulpDocker
import PulpEgress
import PulpEntropy
import PulpFileStorage
import PulpHTTPInbound
import PulpHTTPOutbound
import PulpListener
import PulpLog
import PulpSQLite
import PulpSandbox
import PulpServerSentEvents
import PulpWASI
import PulpWebSocket

/// Everything that Pulp brings, on one screen.
extension Registry {
    /// The capabilities of the host: always WASI, logging and entropy; gated, the rest.
    ///
    /// - Parameters:
    ///   - listeners: Where routes go; nil leaves out what needs a server: an application without one.
    ///   - storage: Where plugins store; nil leaves storage out.
    ///   - parts: What is not the same each time.
    package static func builtins(
        listeners: (any HTTPListeners)?, storage: StorageRoot?, parts: RegistryParts = .system
    ) -> Registry {
        .builtins(listeners: listeners, storage: storage, readsFilesFromMemory: true, parts: parts)
    }

    /// The same; `readsFilesFromMemory` is false only to measure what it is good for.
    package static func builtins(
        listeners: (any HTTPListeners)?, storage: StorageRoot?, readsFilesFromMemory: Bool,
        parts: RegistryParts = .system
    ) -> Registry {
        let logs = PluginLogs(now: { .now() })
        var registry = Registry()
        registry.always(WASICapability(clocks: parts.clocks, random: parts.random, logs: logs))
        registry.always(LogCapability(logs: logs))
        registry.always(EntropyCapability(random: parts.random))
        let streams = BodyStreams()
        if let listeners {
            registry.gated(HTTPInboundCapability(listeners: listeners, streams: streams, timers: parts.deferrals))
            registry.gated(WebSocketCapability(listeners: listeners))
            registry.gated(ServerSentEventsCapability(listeners: listeners))
        }
        registry.gated(
            HTTPOutboundCapability(
                resolver: parts.resolver, hostRules: parts.egressRules, streams: streams, tls: nil, detour: parts.detour
            ))
        if let storage {
            registry.gated(SQLiteCapability(storage: storage))
            registry.gated(
                FileStorageCapability(
                    storage: storage, workers: .threads(of: Self.fileThreads), random: parts.random, now: { .now() },
                    resolution: .preferred, readsFromMemory: readsFilesFromMemory))
        }
        registry.gated(
            DockerCapability(
                host: DockerHost(
                    environment: ProcessInfo.processInfo.environment,
                    root: storage.map { URL(fileURLWithPath: $0.path).standardizedFileURL.path } ?? "",
                    cores: System.coreCount),
                parts: DockerParts(
                    group: MultiThreadedEventLoopGroup.singleton, threads: .singleton, now: { .now() },
                    wallTime: { WallClock.nanoseconds() }, random: .system)))
        return registry
    }

    /// Threads that wait for disks: two for each of four plugins at the same time. They live as long as the process.
    private static let fileThreads: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 8)
        pool.start()
        return pool
    }()

    /// What an application starts from: WASI, logging and entropy for every plugin, and for those whose manifest lists
    /// them HTTP requests to others, containers and, with a folder for it, storage. It adds its own with `gated(_:)`.
    ///
    /// Nothing here listens: what needs a server (HTTP inbound, WebSockets, server-sent events) is `pulp run`'s.
    /// - Parameter storageRoot: The folder for what plugins store, one folder in it for each; nil offers no storage.
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
    func routes(of plugin: ObjectIdentifier) -> RouteTable? { nil }
    func listen(on address: String, for plugin: ObjectIdentifier) async throws {}
    func forget(_ plugin: ObjectIdentifier) {}
}
