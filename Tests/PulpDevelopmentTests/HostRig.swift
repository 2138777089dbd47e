import Foundation
import PulpSandbox
import PulpTestSupport
import Synchronization

@testable import Pulp

/// A host with its listener on a free port, and a fixture of which one version after another is deployed.
struct HostRig: Sendable {
    let world: World
    let hub: ListenerHub
    let host: Pulp.Host
    let registry: Registry
    let address: SocketAddress

    /// Deploys a version of the fixture `swapped`.
    @discardableResult
    func deploy(_ spec: PluginSpec) async throws -> HostReplacement {
        try await self.host.deploy(HostPlugin(spec: spec, manifest: "pulp.plugin.toml"))
    }

    @discardableResult
    func deploy(_ version: String, _ settings: [String: String] = [:]) async throws -> HostReplacement {
        try await self.deploy(.version(version, settings))
    }

    func connect() async throws -> HTTPConnection { try await .open(self.address) }

    func request(_ method: String, _ path: String, body: [UInt8]? = nil) async throws -> HTTPConnection.Response {
        let connection = try await self.connect()
        let response = try await connection.request(method, path, body: body)
        await connection.close()
        return response
    }

    func get(_ path: String) async throws -> HTTPConnection.Response { try await self.request("GET", path) }

    /// Plugins, versions that are finishing included.
    var versionCount: Int { self.host.state.withLock { $0.running.count + $0.retiring.count } }
}

extension PluginSpec {
    /// The fixture `swapped` with a configuration: what it is comes from that.
    static func version(_ version: String, _ settings: [String: String] = [:]) throws -> PluginSpec {
        var spec = try Fixture.spec("swapped")
        var config = settings
        config["version"] = version
        spec.config = MessagePackWriter.encode { writer in
            writer.writeMapHeader(config.count)
            for (key, value) in config.sorted(by: { $0.key < $1.key }) {
                writer.writeString(key)
                writer.writeString(value)
            }
        }
        spec.version = version
        return spec
    }
}

/// Serves the plugins of `specs` by a host for as long as `body` runs; then the host is stopped as by a signal.
@discardableResult
func withHost<Result: Sendable>(
    _ specs: [PluginSpec], loops: Int = 2, grace: Duration = .seconds(10), storage: StorageRoot? = nil,
    filter: (any HTTPAnswerFilter)? = nil, prepare: @Sendable (ListenerHub) throws -> Void = { _ in },
    _ body: @Sendable (HostRig) async throws -> Result
) async throws -> Result {
    try await withWorld(loops: loops) { world in
        let hub = ListenerHub(group: world.group, limits: .init(), logger: world.log.logger(), answerFilter: filter)
        try prepare(hub)
        let registry = Registry.builtins(listeners: hub, storage: storage)
        var settings = HostSettings()
        settings.listen = .tcp(host: "127.0.0.1", port: 0)
        settings.alwaysListens = true
        settings.grace = grace
        let (reports, up) = AsyncStream.makeStream(of: HostReport.self)
        let host = Pulp.Host(
            specs.map { HostPlugin(spec: $0, manifest: "pulp.plugin.toml") }, settings: settings, registry: registry,
            hub: hub, environment: world.environment, group: world.group, logger: world.log.logger()
        ) {
            up.yield($0)
        }
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { up.finish() }
                try await host.run()
            }
            var running = reports.makeAsyncIterator()
            guard let report = await running.next(), let http = report.http else {
                try await tasks.next()
                throw NotUp()
            }
            let address = try SocketAddress(ipAddress: "127.0.0.1", port: http.address.port)
            do {
                let result = try await body(
                    HostRig(world: world, hub: hub, host: host, registry: registry, address: address))
                tasks.cancelAll()
                // One that is ended in the last moment of its start says that it was.
                do { try await tasks.next() } catch is CancellationError {}
                return result
            } catch {
                tasks.cancelAll()
                throw error
            }
        }
    }
}

struct NotUp: Error {}
