import Logging
import NIOCore
import PulpEngine
import PulpListener
import PulpManifest
import PulpRuntime
import ServiceLifecycle
import Synchronization

/// Plugins that run together, with their listeners: from load to shutdown, as a service.
///
/// ``run()`` returns after a graceful shutdown and throws ``HostError`` when the host could not start; either way
/// nothing of it is left. What is said in the log follows the reference, whose users look for the words.
package final class Host: Service {
    struct State {
        var running: [RunningPlugin] = []
        /// Versions that were replaced and finish what they have begun, the oldest first.
        var retiring: [RunningPlugin] = []
        /// A version that is initialised beside the one whose place it is to take.
        var arriving: RunningPlugin?
        var isServing = false
        /// Asked to stop while starting: what is loaded from now on is not begun with.
        var isGivenUp = false
        var isListening = false
        var hasCertificates = false
        var admin: Listener?
    }

    private let plugins: [HostPlugin]
    let settings: HostSettings
    let registry: Registry
    let environment: RuntimeEnvironment
    let hub: ListenerHub
    private let group: any EventLoopGroup
    let logger: Logger
    private let started: @Sendable (HostReport) -> Void
    let state = Mutex(State())
    let turns = Turns()

    /// - Parameters:
    ///   - registry: What plugins may be granted; its HTTP goes to `hub`.
    ///   - started: Called once, when everything is up.
    package init(
        _ plugins: [HostPlugin], settings: HostSettings, registry: Registry, hub: ListenerHub,
        environment: RuntimeEnvironment, group: any EventLoopGroup, logger: Logger,
        started: @escaping @Sendable (HostReport) -> Void
    ) {
        self.plugins = plugins
        self.settings = settings
        self.registry = registry
        self.environment = environment
        self.hub = hub
        self.group = group
        self.logger = logger
        self.started = started
    }

    package func run() async throws {
        do {
            // A cancelled host stops as one that was asked to, only without patience.
            if try await self.startUnlessAsked() { try? await gracefulShutdown() }
        } catch {
            await self.stop()
            throw error
        }
        await self.stop()
        self.logger.info("pulp exit clean")
    }

    /// The plugins and how they are, in the order of the manifests.
    package var statuses: [HostReport.PluginStatus] {
        self.state.withLock { $0.running }.map { plugin in
            HostReport.PluginStatus(
                name: plugin.spec.name, version: plugin.spec.version, availability: plugin.availability)
        }
    }

    /// Whether every plugin takes requests.
    package var isReady: Bool {
        guard self.state.withLock({ $0.isServing }) else { return false }
        return self.statuses.allSatisfy { $0.availability == .ready || $0.availability == .full }
    }

    /// Reads the certificates again. A pair that cannot be used is logged, and the old one stays.
    package func reloadCertificates() {
        guard self.state.withLock({ $0.hasCertificates }) else {
            return self.logger.notice("there are no certificates to reload")
        }
        do {
            try self.hub.reloadCertificates()
            self.logger.notice("certificates reloaded")
        } catch {
            self.logger.error("the certificates in use stay", metadata: ["reason": "\(error)"])
        }
    }

    // MARK: Starting

    /// - Returns: False when the host was asked to stop before it was up.
    private func startUnlessAsked() async throws -> Bool {
        try await withThrowingTaskGroup(of: Bool.self) { tasks in
            tasks.addTask {
                try await self.start()
                return true
            }
            tasks.addTask {
                try await gracefulShutdown()
                return false
            }
            defer { tasks.cancelAll() }
            if try await tasks.next() == true { return true }
            // The start had come to its end just before: what is up is stopped in order.
            guard await self.giveUp() else { return try await tasks.next() ?? false }
            // It fails for want of a guest that is ready, or for having been given up: no news.
            _ = try? await tasks.next()
            return false
        }
    }

    private func start() async throws {
        let (address, tls) = try self.settings.resolved(for: self.plugins)
        // Before any plugin has run: what can be known to fail then fails without side effects.
        do { try tls?.verify() } catch { throw HostError(["\(error)"]) }
        try await self.load()
        try await self.initialize()
        let http =
            self.settings.alwaysListens || Self.servesHTTP(self.plugins)
            ? try await self.listen(on: address, tls: tls) : nil
        let admin = try await self.listenForAdmin()
        try self.state.withLock { state in
            guard !state.isGivenUp else { throw Self.givenUp }
            state.isServing = true
        }
        self.started(HostReport(plugins: self.plugins, http: http, admin: admin))
    }

    static func servesHTTP(_ plugins: [HostPlugin]) -> Bool {
        plugins.contains { plugin in
            HostHTTP.served.contains { plugin.spec.capabilities.contains($0.rawValue) }
        }
    }

    private func load() async throws(HostError) {
        let loaded = await Self.all(self.plugins) { plugin in
            self.logger.info(
                "pulp boot",
                metadata: [
                    "plugin": "\(plugin.spec.name)", "version": "\(plugin.spec.version)",
                    "manifest": "\(plugin.manifest)", "wasm": "\(plugin.spec.module.displayName)",
                    "capabilities": "\(plugin.spec.capabilities.joined(separator: ","))",
                ])
            return try await RunningPlugin.load(plugin.spec, registry: self.registry, environment: self.environment)
        }
        let isGivenUp = self.state.withLock { state in
            state.running = loaded.compactMap { try? $0.get() }
            return state.isGivenUp
        }
        try Self.check(loaded)
        guard !isGivenUp else { throw Self.givenUp }
    }

    private func initialize() async throws(HostError) {
        let ready = await Self.all(self.state.withLock { $0.running }) { plugin in
            try await plugin.initialize(plugin.spec.config)
            self.logger.info("init complete", metadata: ["plugin": "\(plugin.spec.name)"])
        }
        try Self.check(ready)
    }

    func listen(
        on address: ListenerConfiguration.Address, tls: ListenerConfiguration.TLS?
    ) async throws(HostError) -> HostReport.HTTP {
        do {
            let bound = HostAddress(bound: try await self.hub.start(on: address, tls: tls), wanted: address)
            self.state.withLock { state in
                state.hasCertificates = tls != nil
                state.isListening = true
            }
            self.logger.info("http server started", metadata: ["addr": "\(bound)", "tls": "\(tls != nil)"])
            return HostReport.HTTP(address: bound, isTLS: tls != nil, routes: self.hub.routesByPlugin)
        } catch {
            throw HostError([HostAddress.explain(error, address, option: "--listen")])
        }
    }

    private func listenForAdmin() async throws(HostError) -> HostReport.Admin? {
        switch self.settings.admin {
        case .off: return nil
        case .exactly(let address):
            do {
                return HostReport.Admin(address: try await self.startAdmin(on: address), isElsewhere: false)
            } catch {
                throw HostError([HostAddress.explain(error, address, option: "--admin")])
            }
        case .preferably(let address):
            if let bound = try? await self.startAdmin(on: address) {
                return HostReport.Admin(address: bound, isElsewhere: false)
            }
            guard case .tcp(let host, _) = address,
                let bound = try? await self.startAdmin(on: .tcp(host: host, port: 0))
            else {
                self.logger.warning("no admin pages: \(address) is taken; choose another address with --admin")
                return nil
            }
            return HostReport.Admin(address: bound, isElsewhere: true)
        }
    }

    private func startAdmin(on address: ListenerConfiguration.Address) async throws -> HostAddress {
        let routes = RouteTable()
        let pages = HostAdmin(host: self)
        for path in HostAdmin.Page.allCases { try routes.register(method: "GET", pattern: path.rawValue, owner: pages) }
        let listener = try Listener(
            configuration: ListenerConfiguration(address: address, limits: HostAdmin.limits), routes: routes,
            group: self.group, logger: self.logger, wallClock: { WallClock.seconds() })
        let bound = try await listener.start()
        self.state.withLock { $0.admin = listener }
        return HostAddress(bound: bound, wanted: address)
    }

    // MARK: Stopping

    private func stop() async {
        self.state.withLock { $0.isServing = false }
        await self.hub.drain(within: self.settings.grace)
        let (running, retiring, arriving) = self.state.withLock { ($0.running, $0.retiring, $0.arriving) }
        await withTaskGroup(of: Void.self) { tasks in
            if let arriving { tasks.addTask { await arriving.close() } }
            for plugin in retiring { tasks.addTask { await plugin.stop(within: self.settings.shutdownLimit) } }
            for plugin in running { tasks.addTask { await self.stop(plugin) } }
        }
        // Last, so that whoever looks sees a host that is not ready rather than none.
        await self.state.withLock { $0.admin }?.drain(deadline: .seconds(1))
    }

    /// Probes, `pulp_shutdown`, and the end, which comes in any case.
    private func stop(_ plugin: RunningPlugin) async {
        let limit = self.settings.shutdownLimit
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                guard (try? await Task.sleep(for: limit)) != nil else { return }
                self.logger.warning(
                    "the plugin was still busy and was ended without pulp_shutdown",
                    metadata: ["plugin": "\(plugin.spec.name)"])
                await plugin.close()
            }
            tasks.addTask { await self.logProbes(of: plugin) }
            // Whichever is first: a probe that does not come back was ended with its plugin.
            await tasks.next()
            await plugin.stop(within: limit)
            tasks.cancelAll()
        }
    }

    private func logProbes(of plugin: RunningPlugin) async {
        let name = plugin.spec.name
        if plugin.hasExport("probe_config_marker"), let marker = try? await plugin.call(.probeConfigMarker) {
            self.logger.info("probe config marker", metadata: ["plugin": "\(name)", "marker": "\(marker)"])
        }
        if plugin.hasExport("probe_last_call"), let last = try? await plugin.call(.probeLastCall) {
            self.logger.info("probe last call", metadata: ["plugin": "\(name)", "last_call": "\(last)"])
        }
    }

    private static let givenUp = HostError(["the host was asked to stop before it was up"])

    /// Ends the start: plugins whose `pulp_init` has not come back are closed, the others are shut down later.
    ///
    /// - Returns: False when the start is over already.
    private func giveUp() async -> Bool {
        let running = self.state.withLock { state -> [RunningPlugin]? in
            guard !state.isServing else { return nil }
            state.isGivenUp = true
            return state.running
        }
        guard let running else { return false }
        for plugin in running where plugin.availability == .starting { await plugin.close() }
        return true
    }

    // MARK: All at once

    /// Runs `body` for every item at the same time; results in the order of the items.
    private static func all<Item: Sendable, Value: Sendable>(
        _ items: [Item], _ body: @escaping @Sendable (Item) async throws -> Value
    ) async -> [Result<Value, any Error>] {
        await withTaskGroup(of: (Int, Result<Value, any Error>).self) { tasks in
            for (index, item) in items.enumerated() {
                tasks.addTask {
                    do {
                        return (index, .success(try await body(item)))
                    } catch {
                        return (index, .failure(error))
                    }
                }
            }
            var results: [Int: Result<Value, any Error>] = [:]
            for await (index, result) in tasks { results[index] = result }
            return items.indices.compactMap { results[$0] }
        }
    }

    private static func check(_ results: [Result<some Any, any Error>]) throws(HostError) {
        let problems = results.compactMap { result -> String? in
            guard case .failure(let error) = result else { return nil }
            return HostError.explain(error)
        }
        guard problems.isEmpty else { throw HostError(problems) }
    }
}

extension ModuleSource {
    /// For messages.
    package var displayName: String {
        switch self {
        case .file(let path): path
        case .bytes(let bytes): "\(bytes.count) bytes"
        }
    }
}
