import Foundation
import Logging
import NIOCore
import NIOPosix
import Pulp
import PulpCapability
import PulpEngine
import PulpListener
import PulpManifest
import PulpRuntime
import PulpSandbox
import PulpTesting
import PulpWire
import Synchronization

/// The host of one test: a plugin, what is below it, and the way to it.
///
/// With `isLive` it is the host of `pulp run`; else the same runtime with a clock, randomness and a socket file of its
/// own. Fetches are answered from the test's list either way.
final class CaseHost: Sendable {
    /// Where a test's files, database and socket are.
    let folder: String
    let spec: PluginSpec
    let isLive: Bool
    let clock: TestClock
    let log = LogCollector()
    let server: CannedServer
    let signal: Signal
    let loop: any EventLoop
    private let group: any EventLoopGroup
    private let random: RandomSource
    private let docker: [CannedCall]
    private let state = Mutex(State())

    private struct State {
        var starts = 0
        var plugin: RunningPlugin?
        var hub: ListenerHub?
        var live: Task<Void, any Error>?
        var address: TestAddress?
    }

    init(_ spec: PluginSpec, setting: CaseSetting, isLive: Bool, group: any EventLoopGroup, folder: String) {
        self.spec = spec
        self.isLive = isLive
        self.group = group
        self.loop = group.next()
        self.folder = folder
        self.signal = Signal(loop: self.loop)
        self.clock = TestClock(start: setting.start)
        self.random = .seeded(setting.seed)
        self.docker = setting.docker
        self.server = CannedServer(setting.fetches, signal: self.signal)
    }

    /// Where the plugin is reached; nil when it serves nothing.
    var address: TestAddress? { self.state.withLock { $0.address } }
    private var plugin: RunningPlugin? { self.state.withLock { $0.plugin } }
    private var storage: StorageRoot { StorageRoot(path: "\(self.folder)/data") }
    /// The plugin's own folder.
    var pluginFolder: String { (try? self.storage.folder(of: self.spec.name)) ?? self.folder }
    private var fetchSocket: String { "\(self.folder)/fetch" }

    // MARK: Starting and stopping

    /// Starts everything; throws what kept the plugin from starting.
    func start() async throws {
        try FileManager.default.createDirectory(atPath: self.storage.path, withIntermediateDirectories: true)
        try await self.server.start(path: self.fetchSocket, loop: self.loop)
        try await self.startPlugin()
    }

    private func startPlugin() async throws {
        let environment = try self.environment
        let hub = ListenerHub(group: self.group, limits: .init(), logger: self.log.logger())
        if self.isLive {
            try await self.startLive(hub, environment)
        } else {
            try await self.startHere(hub, environment)
        }
    }

    /// What was stored stays.
    func restart() async throws {
        await self.stopPlugin()
        try await self.startPlugin()
    }

    func stop() async {
        await self.stopPlugin()
        await self.server.stop()
    }

    /// Ends the plugin wherever it is.
    func abort() async {
        self.state.withLock { $0.live }?.cancel()
        await self.plugin?.close()
    }

    private func stopPlugin() async {
        let (plugin, hub, live) = self.state.withLock { state in
            defer { (state.plugin, state.hub, state.live, state.address) = (nil, nil, nil, nil) }
            return (state.plugin, state.hub, state.live)
        }
        live?.cancel()
        _ = await live?.result
        await plugin?.stop(within: .seconds(1))
        await hub?.drain(within: .milliseconds(100))
    }

    private var environment: RuntimeEnvironment {
        get throws {
            var environment = try PulpEnvironment.shared(logger: self.log.logger(), group: self.group)
            guard !self.isLive else { return environment }
            let clock = self.clock
            environment = RuntimeEnvironment(
                engine: environment.engine, cache: environment.cache, loops: [self.loop], logger: environment.logger,
                wallTime: { clock.wall }, jitter: { 0 })
            environment.timers = clock
            return environment
        }
    }

    private func startHere(_ hub: ListenerHub, _ environment: RuntimeEnvironment) async throws {
        let clock = self.clock
        let parts = RegistryParts.controlled(
            wall: { clock.wall }, sleeps: clock.sleeps, timers: clock, random: self.random, fetches: self.fetchSocket,
            resolver: CannedNames())
        var registry = Registry.builtins(listeners: hub, storage: self.storage, parts: parts)
        let logger = environment.logger
        registry.gated(CannedDocker(self.docker) { logger.warning("\($0)") })
        let plugin = try await RunningPlugin.load(self.spec, registry: registry, environment: environment)
        self.state.withLock { ($0.plugin, $0.hub) = (plugin, hub) }
        // From here on ``abort()`` finds it; before, it did not.
        try Task.checkCancellation()
        try await plugin.initialize(self.spec.config)
        let path = self.state.withLock { state in
            state.starts += 1
            return "\(self.folder)/host\(state.starts)"
        }
        _ = try await hub.start(on: .unix(path: path), tls: nil)
        self.state.withLock { $0.address = .unix(path) }
    }

    private func startLive(_ hub: ListenerHub, _ environment: RuntimeEnvironment) async throws {
        let parts = RegistryParts.detoured(to: self.fetchSocket, resolver: CannedNames())
        let registry = Registry.builtins(listeners: hub, storage: self.storage, parts: parts)
        var settings = HostSettings()
        settings.listen = .tcp(host: "127.0.0.1", port: 0)
        settings.grace = .milliseconds(100)
        let once = Once<TestAddress?>()
        let host = Host(
            [HostPlugin(spec: self.spec, manifest: self.spec.name)], settings: settings, registry: registry, hub: hub,
            environment: environment, group: self.group, logger: environment.logger
        ) { report in
            let address = report.http.flatMap { try? SocketAddress(ipAddress: "127.0.0.1", port: $0.address.port) }
            once.resume(.success(address.map { .tcp($0) }))
        }
        // The host runs until it is cancelled, beside the test's steps; `stopPlugin` cancels it and waits for its end.
        let running = Task {
            do {
                try await host.run()
                once.resume(.failure(HostError(["the host ended before it was up"])))
            } catch {
                once.resume(.failure(error))
                throw error
            }
        }
        self.state.withLock { $0.live = running }
        // From here on ``abort()`` finds it; before, it did not.
        if Task.isCancelled { running.cancel() }
        let address = try await once.value
        self.state.withLock { $0.address = address }
    }

    // MARK: Steps

    /// Waits until the plugin has nothing to do but to wait for time to pass. At once with a live host.
    func settle() async {
        guard let plugin = self.plugin else { return }
        await self.turn()
        while !Task.isCancelled, await plugin.busyInstanceCount() > self.clock.sleepingCount {
            await self.pause(.milliseconds(1))
        }
        await self.turn()
    }

    /// Lets the loop look at its sockets: what one end has sent, the other has read.
    private func turn() async {
        for _ in 0..<3 { try? await self.loop.submit {}.get() }
    }

    func pause(_ time: TimeAmount) async {
        try? await self.loop.scheduleTask(in: time) {}.futureResult.get()
    }

    /// Lets time pass; nil, or what is wrong with it.
    func advance(by amount: Duration) async -> String? {
        guard !self.isLive else {
            try? await Task.sleep(for: amount)
            return nil
        }
        await self.settle()
        let problem = await self.clock.advance(by: amount) { await self.settle() }
        await self.settle()
        return problem
    }

    /// Steps the plugin with an event. Not with a live host.
    func step(_ kind: String, payload: [UInt8]) async throws -> Int32 {
        guard let plugin = self.plugin else { return 0 }
        let event = MessagePackWriter.encode {
            $0.writeStepEvent(dynamicKind: kind, payload: unsafe payload.span.bytes)
        }
        let envelope = StepEnvelope(callNumber: 0, wallTime: self.clock.wall, payload: event)
        let result = try await plugin.call(.step(byteCount: envelope.byteCount), bytes: envelope.encodedBytes())
        return Int32(truncatingIfNeeded: result)
    }

    /// Whether the host says of a crash with this line.
    static func isCrash(_ line: LogLine) -> Bool {
        line.source != PluginLog.source && line.metadata["backtrace"] != nil
    }

    /// What the host said of crashes, in order.
    var crashes: [String] { self.log.lines.filter(Self.isCrash).map(\.message) }

    /// The imports that were refused for want of a grant, with what would allow them.
    var denials: [(name: String, remedy: String)] {
        self.log.lines.compactMap { line in
            guard line.source != PluginLog.source, let name = line.metadata["import"] else { return nil }
            return (name, line.metadata["remedy"] ?? "")
        }
    }
}

/// What a test says of its host.
struct CaseSetting: Sendable {
    let seed: UInt64
    let start: UInt64
    let fetches: [CannedFetch]
    let docker: [CannedCall]
}

/// A value that comes once, from anywhere.
private final class Once<Value: Sendable>: Sendable {
    private struct State {
        var result: Result<Value, any Error>?
        var waiting: CheckedContinuation<Value, any Error>?
    }

    private let state = Mutex(State())

    /// The first call counts.
    func resume(_ result: Result<Value, any Error>) {
        let waiting = self.state.withLock { state -> CheckedContinuation<Value, any Error>? in
            guard state.result == nil else { return nil }
            state.result = result
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume(with: result)
    }

    /// To be asked for once.
    var value: Value {
        get async throws {
            try await withCheckedThrowingContinuation { continuation in
                let result = self.state.withLock { state in
                    if state.result == nil { state.waiting = continuation }
                    return state.result
                }
                if let result { continuation.resume(with: result) }
            }
        }
    }
}
