import Foundation
import Logging
import NIOCore
import NIOPosix
import Pulp
import PulpEngine
import PulpListener

/// The servers that `pulp bench websocket` compares, each in a process of its own.
package enum WebSocketServer: String, CaseIterable, Sendable {
    /// The listener and its frames with an echo in Swift: everything but the plugin.
    case native = "websocket-native"
    /// The listener with a guest that echoes: one instance.
    case guest = "websocket-guest"

    /// Serves until the process is ended; prints the port on standard output.
    package func run(manifest: String, threads: Int) async throws {
        OpenFiles.raiseLimit()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        var logger = Logger(label: "pulp.bench")
        logger.logLevel = .warning
        var limits = ListenerConfiguration.Limits()
        limits.connections = 15_000
        let hub = ListenerHub(group: group, limits: limits, logger: logger)
        var plugin: RunningPlugin?
        switch self {
        case .native:
            try hub.addWebSocketEcho(on: "/ws")
        case .guest:
            var spec = try Manifest.load(path: manifest, knownCapabilities: nil).spec
            spec.capabilityLimits["transport.ws.inbound"] = [
                CapabilitySetting(name: "max_connections", value: .integer(15_000))
            ]
            let loaded = try await RunningPlugin.load(
                spec, registry: Registry.builtins(listeners: hub, storage: nil),
                environment: try PulpEnvironment.shared(logger: logger, group: group))
            try await loaded.initialize(spec.config)
            plugin = loaded
        }
        let address = try await hub.start(on: .tcp(host: "127.0.0.1", port: 0), tls: nil)
        print(address?.port ?? 0)
        fflush(nil)
        // Until the parent ends this process.
        try await group.next().makePromise(of: Void.self).futureResult.get()
        await plugin?.close()
    }
}

/// The limit of open files of this process.
enum OpenFiles {
    /// Raises it as far as the system lets everybody.
    static func raiseLimit() {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
