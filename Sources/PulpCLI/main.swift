import Pulp
import Logging
import NIOPosix
import PulpListener
let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
let logger = Logger(label: "pulp")
let hub = ListenerHub(group: group, limits: .init(), logger: logger)
let registry = Registry.builtins(listeners: hub)
let environment = try PulpEnvironment.shared(logger: logger, group: group)
for path in CommandLine.arguments.dropFirst() {
    let loaded = try Manifest.load(path: path, knownCapabilities: registry.available.map(\.rawValue))
    let running = try await RunningPlugin.load(loaded.spec, registry: registry, environment: environment)
    try await running.initialize(loaded.spec.config)
}
print(try await hub.start(on: .tcp(host: "127.0.0.1", port: 8080), tls: nil) as Any)
try await Task.sleep(for: .seconds(10000))
