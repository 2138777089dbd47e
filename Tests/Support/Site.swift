import NIOCore
import Pulp
import PulpCapability
import PulpListener
import PulpManifest
import PulpRuntime
import PulpSandbox

/// Plugins behind a listener on a free port.
package struct Site: Sendable {
    package let world: World
    package let hub: ListenerHub
    package let plugins: [RunningPlugin]
    package let address: SocketAddress

    package var plugin: RunningPlugin { self.plugins[0] }

    package func connect() async throws -> HTTPConnection { try await .open(self.address) }

    /// One request on a connection of its own.
    package func request(
        _ method: String, _ path: String, headers: KeyValuePairs<String, String> = [:], body: [UInt8]? = nil
    ) async throws -> HTTPConnection.Response {
        let connection = try await self.connect()
        let response = try await connection.request(method, path, headers: headers, body: body)
        await connection.close()
        return response
    }

    package func get(_ path: String) async throws -> HTTPConnection.Response { try await self.request("GET", path) }
}

/// Serves the plugins of `specs` on a free port of this machine for as long as `body` runs.
///
/// - Parameters:
///   - capabilities: Offered beside the host's own.
///   - storage: Where plugins store; nil offers no storage.
@discardableResult
package func withSite<Result: Sendable>(
    _ specs: [PluginSpec], loops: Int = 2, capabilities: [any Capability] = [],
    storage: StorageRoot? = nil,
    limits: ListenerConfiguration.Limits = .init(), _ body: @Sendable (Site) async throws -> Result
) async throws -> Result {
    try await withWorld(loops: loops) { world in
        let hub = ListenerHub(group: world.group, limits: limits, logger: world.log.logger())
        var registry = Registry.builtins(listeners: hub, storage: storage)
        for capability in capabilities { registry.gated(capability) }
        var plugins: [RunningPlugin] = []
        func end() async {
            for plugin in plugins { await plugin.close() }
            await hub.drain(within: .milliseconds(100))
        }
        do {
            for spec in specs {
                let plugin = try await RunningPlugin.load(spec, registry: registry, environment: world.environment)
                plugins.append(plugin)
                try await plugin.initialize(spec.config)
            }
            guard let address = try await hub.start(on: .tcp(host: "127.0.0.1", port: 0), tls: nil) else {
                preconditionFailure("a TCP listener has an address")
            }
            let result = try await body(Site(world: world, hub: hub, plugins: plugins, address: address))
            await end()
            return result
        } catch {
            await end()
            throw error
        }
    }
}
