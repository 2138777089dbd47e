import Foundation
import Logging
import NIOPosix
import Pulp
import PulpListener
import PulpSandbox

/// One plugin, started for the sake of one command and stopped after it. No socket is opened.
struct PluginVisit {
    /// The plugin's folder or its manifest.
    let path: String
    /// Where the plugin keeps its files.
    let storageRoot: String
    /// From which level on the plugin's own lines are shown.
    let logLevel: LogThreshold
    /// Where routes and answers are written down.
    let http: StepHTTP

    /// Runs `body` with the plugin, which is ready by then.
    ///
    /// - Parameter body: Gets the plugin and how long it took to be ready.
    /// - Throws: ``Problem``, and what `body` throws; the plugin is stopped either way.
    func run<Answer: Sendable>(
        _ body: (_ plugin: PluginSpec, _ running: RunningPlugin, _ loading: Duration) async throws -> Answer
    ) async throws -> Answer {
        var log = ProgramLog(.text, level: self.logLevel.level) { Output.error($0) }
        log.showsHost = false
        let logger = Logger(label: "pulp") { [log] _ in log }
        // Routes of every kind can be registered; nothing listens.
        let hub = ListenerHub(group: MultiThreadedEventLoopGroup.singleton, limits: .init(), logger: logger)
        let storage = StorageRoot(path: self.storageRoot, environment: ProcessInfo.processInfo.environment)
        var registry = Registry.builtins(listeners: hub, storage: storage)
        registry.gated(StepHTTPCapability(session: self.http))
        let spec = try ManifestSet.load([self.path], registry: registry)[0].spec
        let environment = try Startup.environment(logger: logger)
        let clock = ContinuousClock()
        let start = clock.now
        do {
            let running = try await RunningPlugin.load(spec, registry: registry, environment: environment)
            let answer = await Self.result {
                try await running.initialize(spec.config)
                return try await body(spec, running, clock.now - start)
            }
            await running.stop(within: .seconds(1))
            return try answer.get()
        } catch let error as PluginError {
            throw Problem(HostError.explain(error))
        }
    }

    private static func result<Answer>(_ body: () async throws -> Answer) async -> Result<Answer, any Error> {
        do {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }
}
