import Foundation
import Logging
import NIOCore
import NIOPosix
import Pulp
import PulpEngine
import PulpListener

/// One of the servers that are compared: a process of its own, so that its CPU time can be told apart.
package enum BenchServer: String, CaseIterable, Sendable {
    /// The leanest handler that NIO's own HTTP decoder allows: the yardstick.
    case nio
    /// The listener with an owner in Swift: everything but the plugin.
    case native
    /// The listener with a guest: one instance.
    case guest
    /// One instance on each loop.
    case guestPerCore = "guest-per-core"
    /// A fresh instance for each request.
    case guestPerEvent = "guest-per-event"
    /// One instance, beside a plugin that never returns and one that waits all the time.
    case guestBesideSpinner = "guest-beside-spinner"
    /// A hundred plugins that nobody asks anything.
    case crowd = "100-plugins"
    /// Five hundred instances of one plugin, parked.
    case parked = "500-instances"

    /// Those that are compared under load.
    static let compared: [BenchServer] = [
        .nio, .native, .guest, .guestPerCore, .guestPerEvent, .guestBesideSpinner,
    ]

    /// The path that every server answers in the same bytes.
    package static let path = "/echo/hi"
    static let body = "hi"
    static let contentType = "text/plain; charset=utf-8"
    static let parkedInstances = 500

    /// Serves until the process is ended; prints the port on standard output.
    ///
    /// - Parameter manifest: The guest's; its instances are set here.
    package func run(manifest: String, threads: Int) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        var logger = Logger(label: "pulp.bench")
        logger.logLevel = .warning
        if self == .nio {
            let channel = try await LeanestHandler.serve(on: group, body: Self.body, contentType: Self.contentType)
            print(channel.localAddress?.port ?? 0)
            fflush(nil)
            return try await channel.closeFuture.get()
        }
        let hub = ListenerHub(group: group, limits: ListenerConfiguration.Limits(), logger: logger)
        if self == .native {
            try hub.defaultRoutes?.register(method: "GET", pattern: "/echo/:msg", owner: NativeOwner())
        } else {
            try await self.loadGuests(manifest, hub: hub, group: group, logger: logger)
        }
        let address = try await hub.start(on: .tcp(host: "127.0.0.1", port: 0), tls: nil)
        print(address?.port ?? 0)
        fflush(nil)
        // Until the parent ends this process.
        try await group.next().makePromise(of: Void.self).futureResult.get()
    }

    private func loadGuests(
        _ manifest: String, hub: ListenerHub, group: MultiThreadedEventLoopGroup, logger: Logger
    ) async throws {
        let registry = Registry.builtins(listeners: hub, storage: nil)
        let environment = try PulpEnvironment.shared(logger: logger, group: group)
        var spec = try Manifest.load(path: manifest, knownCapabilities: nil).spec
        spec.instances = self.instances
        spec.limits.queue = 4096
        for number in 0..<(self == .crowd ? 100 : 1) {
            var registry = registry
            if number > 0 {
                // Its routes are taken by the first: each plugin of the crowd has a table of its own.
                let hub = ListenerHub(group: group, limits: ListenerConfiguration.Limits(), logger: logger)
                registry = Registry.builtins(listeners: hub, storage: nil)
                spec.name = "crowd-\(number)"
            }
            let plugin = try await RunningPlugin.load(spec, registry: registry, environment: environment)
            try await plugin.initialize(spec.config)
            BenchLife.keep(plugin)
        }
        guard self == .guestBesideSpinner else { return }
        for neighbour in [NoisyNeighbour.spinner, NoisyNeighbour.sleeper] {
            let plugin = try await RunningPlugin.load(neighbour.spec(), registry: registry, environment: environment)
            try await plugin.initialize([])
            BenchLife.keep(plugin)
            // A task: the call never returns, which is the point.
            Task { try await plugin.call(.step(byteCount: 20), bytes: [UInt8](repeating: 0, count: 20)) }
        }
    }

    private var instances: InstancePolicy {
        switch self {
        case .guestPerCore: .perCore
        case .guestPerEvent: .perEvent
        case .parked: .count(Self.parkedInstances)
        default: .count(1)
        }
    }
}

/// Keeps the plugins of a benchmark alive until the process ends.
private actor BenchLife {
    private static let shared = BenchLife()
    private var plugins: [RunningPlugin] = []

    static func keep(_ plugin: RunningPlugin) {
        // A task, since nobody waits for it.
        Task { await self.shared.add(plugin) }
    }

    private func add(_ plugin: RunningPlugin) { self.plugins.append(plugin) }
}

/// Answers as the guest does, without one.
private final class NativeOwner: RouteOwner {
    let maxBodyBytes = 1 << 20

    func serve(_ exchange: HTTPExchange) {
        do throws(ResponseFault) {
            var response = try exchange.makeResponse(status: 200)
            try response.addHeader(name: "Content-Type", value: BenchServer.contentType)
            response.finish(body: BenchServer.body.utf8Span.span)
        } catch {
            exchange.fail(.problem(500, detail: "\(error)"))
        }
    }
}
