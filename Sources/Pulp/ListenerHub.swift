import Logging
import NIOCore
import PulpListener
import Synchronization

/// The HTTP listeners of a host: its own, which is bound when the plugins are ready, and those that plugins ask for.
package final class ListenerHub: HTTPListeners {
    /// Addresses that all plugins of a host may bind beside its own.
    package static let maximumExtraListeners = 64

    /// What answers may take that are on their way when a listener of plugins is closed.
    private static let closingTime = TimeAmount.seconds(5)

    private struct Extra {
        let listener: Listener
        let routes: RouteTable
        /// Who has chosen it; it goes with the last of them.
        var plugins: Set<ObjectIdentifier> = []
    }

    package let defaultRoutes: RouteTable?
    private let group: any EventLoopGroup
    private let logger: Logger
    private let limits: ListenerConfiguration.Limits
    private let main = Mutex<Listener?>(nil)
    private let extras = Mutex<[String: Extra]>([:])
    /// One address is bound or given up at a time: instances ask for the same one at once.
    private let turns = Turns()
    /// The routes of plugins that have chosen a listener of their own.
    private let chosen = Mutex<[ObjectIdentifier: RouteTable]>([:])
    package let answerFilter: (any HTTPAnswerFilter)?

    package init(
        group: any EventLoopGroup, limits: ListenerConfiguration.Limits, logger: Logger,
        answerFilter: (any HTTPAnswerFilter)? = nil
    ) {
        self.answerFilter = answerFilter
        self.defaultRoutes = RouteTable()
        self.group = group
        self.limits = limits
        self.logger = logger
    }

    /// Binds the host's own listener.
    /// - Returns: The bound address.
    package func start(
        on address: ListenerConfiguration.Address, tls: ListenerConfiguration.TLS?
    ) async throws -> SocketAddress? {
        guard let routes = self.defaultRoutes else { return nil }
        let listener = try self.listener(on: address, tls: tls, routes: routes)
        let bound = try await listener.start()
        self.main.withLock { $0 = listener }
        return bound
    }

    private func listener(
        on address: ListenerConfiguration.Address, tls: ListenerConfiguration.TLS?, routes: RouteTable
    ) throws -> Listener {
        try Listener(
            configuration: ListenerConfiguration(address: address, tls: tls, limits: self.limits), routes: routes,
            group: self.group, logger: self.logger, wallClock: { WallClock.seconds() })
    }

    package func routes(of plugin: ObjectIdentifier) -> RouteTable? {
        self.chosen.withLock { $0[plugin] } ?? self.defaultRoutes
    }

    package func listen(on address: String, for plugin: ObjectIdentifier) async throws {
        await self.turns.take()
        defer { self.turns.give() }
        let routes = try await self.routes(listeningOn: address)
        self.extras.withLock { _ = $0[address]?.plugins.insert(plugin) }
        self.chosen.withLock { $0[plugin] = routes }
    }

    package func forget(_ plugin: ObjectIdentifier) async {
        guard self.chosen.withLock({ $0.removeValue(forKey: plugin) }) != nil else { return }
        let unused = await self.giveUp(plugin)
        for listener in unused { await listener.drain(deadline: Self.closingTime) }
    }

    /// - Returns: The listeners that nobody has chosen any more. Their addresses are free.
    private func giveUp(_ plugin: ObjectIdentifier) async -> [Listener] {
        await self.turns.take()
        defer { self.turns.give() }
        let unused = self.extras.withLock { extras in
            for address in extras.keys { extras[address]?.plugins.remove(plugin) }
            let unused = extras.filter { $0.value.plugins.isEmpty }
            for address in unused.keys { extras[address] = nil }
            return unused.values.map(\.listener)
        }
        for listener in unused { await listener.stopAccepting() }
        return unused
    }

    private func routes(listeningOn text: String) async throws -> RouteTable {
        let address = try ListenAddress.parse(text)
        if let extra = self.extras.withLock({ $0[text] }) { return extra.routes }
        guard self.extras.withLock({ $0.count }) < Self.maximumExtraListeners else {
            throw ListenAddress.Problem("plugins have bound \(Self.maximumExtraListeners) addresses already")
        }
        let routes = RouteTable()
        let listener = try self.listener(on: address, tls: nil, routes: routes)
        try await listener.start()
        self.extras.withLock { $0[text] = Extra(listener: listener, routes: routes) }
        return routes
    }

    /// The routes on the host's own listener as `METHOD pattern`, sorted, by the plugin that registered them.
    package var routesByPlugin: [String: [String]] {
        var routes: [String: [String]] = [:]
        for (method, pattern, owner) in self.defaultRoutes?.list ?? [] {
            guard let plugin = owner.pluginName else { continue }
            routes[plugin, default: []].append("\(method) \(pattern)")
        }
        return routes.mapValues { $0.sorted() }
    }

    private var all: [Listener] {
        let extras = self.extras.withLock { $0.values.map(\.listener) }
        return self.main.withLock { $0.map { [$0] } ?? [] } + extras
    }

    /// Reads the certificates of the main listener again; a bad pair keeps the old one and throws.
    package func reloadCertificates() throws {
        try self.main.withLock { $0 }?.reloadCertificates()
    }

    package func stopAccepting() async {
        for listener in self.all { await listener.stopAccepting() }
    }

    /// Lets requests in flight finish; what is open after `grace` is closed.
    package func drain(within grace: Duration) async {
        await withTaskGroup(of: Void.self) { tasks in
            for listener in self.all {
                tasks.addTask { await listener.drain(deadline: TimeAmount(grace)) }
            }
        }
    }

    package var counters: ListenerCounters? { self.main.withLock { $0 }?.counters }
}
