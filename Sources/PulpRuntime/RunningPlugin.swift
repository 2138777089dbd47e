import Crypto
import Logging
import NIOCore
import NIOPosix
import PulpCapability
import PulpEngine
import PulpManifest
import PulpWire
import Synchronization

/// A loaded plugin: its module, its open capabilities, and its instances on their loops.
///
/// From load to close: ``load(_:registry:environment:)`` instantiates, ``initialize(_:)`` runs `pulp_init`, then events
/// and calls are stepped, ``stop(within:)`` shuts down, ``close()`` frees everything.
package final class RunningPlugin: Sendable {
    package let spec: PluginSpec
    package let scope: PluginScope
    let environment: RuntimeEnvironment
    private let gate: PluginGate
    private let parts = Mutex<Parts>(Parts())

    private struct Parts {
        var open: [OpenCapability] = []
        /// Set when the close has begun; done when nothing is left.
        var closing: EventLoopFuture<Void>?
    }

    private static let instanceNumbers = Atomic<UInt64>(1)

    static func nextInstanceNumber() -> UInt64 {
        Self.instanceNumbers.add(1, ordering: .relaxed).oldValue
    }

    private init(_ spec: PluginSpec, environment: RuntimeEnvironment) {
        self.spec = spec
        self.environment = environment
        var logger = environment.logger
        logger[metadataKey: "plugin"] = "\(spec.name)"
        let gate = PluginGate()
        self.scope = PluginScope(
            name: spec.name, version: spec.version, dialect: spec.dialect == .cell ? .cell : .plugin,
            environment: spec.environment.map { ($0.name, $0.value) }, settings: CapabilitySettings(spec),
            grants: Set(spec.capabilities.map(CapabilityID.init(rawValue:))), logger: logger,
            maximumMessageBytes: spec.limits.maxMessageBytes, callTimeout: spec.limits.callTimeout,
            isPerEvent: spec.instances == .perEvent, events: gate)
        self.gate = gate
    }

    // MARK: Loading

    /// Reads, compiles, checks, links and instantiates.
    ///
    /// - Throws: ``PluginError`` with everything that is wrong at once, or what a capability's set-up threw.
    package static func load(
        _ spec: PluginSpec, registry: Registry, environment: RuntimeEnvironment
    ) async throws -> RunningPlugin {
        try await Self.load(spec, registry: registry, environment: environment, beside: nil)
    }

    /// Loads a version of a plugin beside the one that runs. Nothing of it can be seen from outside before
    /// ``takeOver(from:)``, and of the other nothing changes.
    ///
    /// - Parameter running: The version whose place this one is to take; nil for none.
    package static func load(
        _ spec: PluginSpec, registry: Registry, environment: RuntimeEnvironment, beside running: RunningPlugin?
    ) async throws -> RunningPlugin {
        let plugin = RunningPlugin(spec, environment: environment)
        do {
            try await plugin.load(registry, beside: running)
        } catch {
            await plugin.close()
            throw error
        }
        return plugin
    }

    private func load(_ registry: Registry, beside running: RunningPlugin?) async throws {
        let module = try await Self.compile(self.spec, environment: self.environment)
        try self.checkExports(module)
        let plan = ImportPlan(module, spec: self.spec, registry: registry)
        guard plan.problems.isEmpty else { throw self.error(.capabilities, plan.problems.joined(separator: "; ")) }
        guard plan.missing.isEmpty else {
            throw self.error(.imports, "imports that cannot be linked: " + plan.missing.joined(separator: "; "))
        }
        let template = try await self.link(module, plan, registry, beside: running)
        try await self.instantiate(template)
    }

    /// The spec's module, from its file or bytes, checked against its digest, compiled or taken from the cache.
    package static func compile(_ spec: PluginSpec, environment: RuntimeEnvironment) async throws -> Module {
        try await NIOThreadPool.singleton.runIfActive {
            let bytes = try ModuleFile.bytes(of: spec)
            do {
                return try environment.cache.module(bytes, engine: environment.engine)
            } catch {
                throw PluginError(.module, plugin: spec.name, "\(ModuleFile.name(of: spec)): \(error)")
            }
        }
    }

    private func checkExports(_ module: Module) throws {
        if let problem = ExportCheck(module).problem { throw self.error(.exports, problem) }
    }

    /// Opens the plan's capabilities, and links their imports and the others' stubs.
    private func link(
        _ module: Module, _ plan: ImportPlan, _ registry: Registry, beside running: RunningPlugin?
    ) async throws -> Template {
        let former = running?.open
        var imports: [String: BoundImport] = [:]
        for capability in registry.entries {
            for stub in capability.stubs { imports[stub.signature.shape] = self.tellingOnce(stub) }
        }
        for capability in plan.capabilities {
            let open: OpenCapability
            do {
                open =
                    if let former {
                        try await capability.open(self.scope, beside: former)
                    } else {
                        try await capability.open(self.scope)
                    }
            } catch {
                throw self.error(.capabilities, "capability \"\(capability.id)\" could not be set up: \(error)")
            }
            self.parts.withLock { $0.open.append(open) }
            for bound in open.imports { imports[bound.signature.shape] = bound }
        }
        var linker = Linker(engine: self.environment.engine)
        for item in module.imports {
            guard let type = item.functionType,
                let bound = imports.removeValue(forKey: "\(item.module ?? "").\(item.name) \(type)")
            else { continue }
            try linker.define(bound.hostFunction)
        }
        do {
            return try linker.freeze(module)
        } catch {
            throw self.error(.imports, "\(error)")
        }
    }

    /// A stub whose first refusal is logged, with the line of the manifest that would allow the call.
    private func tellingOnce(_ stub: BoundImport) -> BoundImport {
        guard case .plain(let body) = stub.body else { return stub }
        let scope = self.scope
        let remedy: String
        if let place = self.spec.capabilityPositions.values.min(by: { ($0.line, $0.column) < ($1.line, $1.column) }) {
            remedy = "add \"\(stub.capability)\" to capabilities in \(place.file):\(place.line)"
        } else {
            remedy = "add capabilities = [\"\(stub.capability)\"] to the manifest"
        }
        let isTold = TellOnce()
        return BoundImport(
            capability: stub.capability, signature: stub.signature,
            body: .plain { call in
                if isTold.first() {
                    scope.logger.warning(
                        "a call was refused, since the manifest does not grant it",
                        metadata: ["import": "\(stub.signature.name)", "remedy": "\(remedy)"])
                }
                return body(&call)
            })
    }

    /// True once.
    private final class TellOnce: Sendable {
        private let isTold = Atomic<Bool>(false)

        func first() -> Bool { !self.isTold.exchange(true, ordering: .relaxed) }
    }

    private func instantiate(_ template: Template) async throws {
        let loops = self.environment.loops
        let counts: [Int] =
            switch self.spec.instances {
            case .count(let count): Self.spread(count, over: loops.count)
            case .perCore: Array(repeating: 1, count: loops.count)
            case .perEvent: Array(repeating: Self.warmInstances, count: loops.count)
            }
        let offset = self.spec.instances == .count(1) ? Self.nextLoop(of: loops.count) : 0
        let groups = counts.enumerated().filter { $0.element > 0 }.enumerated().map { index, entry in
            InstanceGroup(
                plugin: self, template: template, loop: loops[(entry.offset + offset) % loops.count], index: index,
                slotCount: entry.element)
        }
        self.gate.open(groups)
        try await self.everywhere { $0.load($1) }
    }

    /// Fresh instances that wait on each loop for events of a per-event plugin.
    private static let warmInstances = 8
    private static let loopCounter = Atomic<Int>(0)

    private static func nextLoop(of count: Int) -> Int {
        Self.loopCounter.add(1, ordering: .relaxed).oldValue % count
    }

    private static func spread(_ count: Int, over loops: Int) -> [Int] {
        (0..<loops).map { count / loops + ($0 < count % loops ? 1 : 0) }
    }

    /// What the plugin's capabilities have open for it.
    var open: [OpenCapability] { self.parts.withLock { $0.open } }

    // MARK: Calls

    private var liveGroups: [InstanceGroup] { self.gate.groups }

    /// Runs `pulp_init` with `config` in every instance; the next instances after a crash get the same.
    package func initialize(_ config: [UInt8]) async throws {
        guard self.parts.withLock({ $0.closing == nil }) else {
            throw self.error(.unavailable, "the plugin is closed")
        }
        try await self.everywhere { $0.initialize(config, $1) }
    }

    private func everywhere(
        _ body: @escaping @Sendable (InstanceGroup, @escaping (Result<Void, PluginError>) -> Void) -> Void
    ) async throws {
        for group in self.liveGroups {
            let promise = group.loop.makePromise(of: Void.self)
            group.loop.execute { body(group) { promise.completeWith($0.mapError { $0 as any Error }) } }
            try await promise.futureResult.get()
        }
    }

    /// Runs one operation in the first instance, after what waits already.
    package func call(_ operation: ResidentFiber.Operation, bytes: [UInt8] = []) async throws -> Int64 {
        guard bytes.count <= self.spec.limits.maxMessageBytes else {
            let limit = self.spec.limits.maxMessageBytes
            throw self.error(.refused, "the envelope has \(bytes.count) bytes, the plugin takes \(limit)")
        }
        return try await self.run(operation) { bytes.isEmpty ? .nothing : .bytes(bytes) }
    }

    /// - Parameter source: Called on the instance's loop.
    func run(
        _ operation: ResidentFiber.Operation, _ source: @escaping @Sendable () -> GuestInstance.Source
    ) async throws -> Int64 {
        guard let group = self.liveGroups.first else { throw self.error(.unavailable, "the plugin is not loaded") }
        let promise = group.loop.makePromise(of: Int64.self)
        let name = self.spec.name
        group.loop.execute {
            group.accept(
                CallJob(operation, source(), plugin: name) {
                    promise.completeWith($0.mapError { $0 as any Error })
                })
        }
        return try await promise.futureResult.get()
    }

    /// Runs `pulp_shutdown` once in every instance, after what waits already. The first code that is not 0.
    package func shutdown() async throws -> Int64 {
        var outcome: Int64 = 0
        for group in self.liveGroups {
            let promise = group.loop.makePromise(of: Int64.self)
            group.loop.execute { group.shutdownAll { promise.completeWith($0.mapError { $0 as any Error }) } }
            let code = try await promise.futureResult.get()
            if outcome == 0 { outcome = code }
        }
        return outcome
    }

    package func hasExport(_ name: String) -> Bool {
        self.liveGroups.first?.template.module.export(name) != nil
    }

    /// Bytes of linear memory of all instances.
    package func memoryByteCount() async -> Int {
        var total = 0
        for group in self.liveGroups {
            total += (try? await group.loop.submit { group.memoryByteCount }.get()) ?? 0
        }
        return total
    }

    /// Instances that have work now, those that sleep in it among them.
    package func busyInstanceCount() async -> Int {
        var total = 0
        for group in self.liveGroups {
            total += (try? await group.loop.submit { group.busyCount }.get()) ?? 0
        }
        return total
    }

    /// Whether the plugin takes events now, or why not.
    package var availability: Availability { self.gate.availability }

    package func deliver(_ event: any GuestEvent, from loop: any EventLoop, to instance: InstanceID?) {
        self.gate.deliver(event, from: loop, to: instance)
    }

    // MARK: Ending

    /// Lets waiting events be stepped, runs `pulp_shutdown` once in every instance, and closes; what has not ended
    /// after `grace` is ended where it is.
    package func stop(within grace: Duration) async {
        await withTaskGroup(of: Void.self) { tasks in
            for group in self.liveGroups {
                tasks.addTask { await self.stop(group, within: grace) }
            }
        }
        await self.close()
    }

    private func stop(_ group: InstanceGroup, within grace: Duration) async {
        let promise = group.loop.makePromise(of: Void.self)
        group.loop.execute {
            let late = group.loop.assumeIsolatedUnsafeUnchecked().scheduleTask(in: TimeAmount(grace)) { group.abort() }
            group.stop {
                late.cancel()
                promise.succeed(())
            }
        }
        try? await promise.futureResult.get()
    }

    /// Ends everything at once and tears the capabilities down. Idempotent: all callers wait for the one end.
    package func close() async {
        let promise = self.environment.loops[0].makePromise(of: Void.self)
        let earlier = self.parts.withLock { parts in
            defer { parts.closing = parts.closing ?? promise.futureResult }
            return parts.closing
        }
        if let earlier {
            promise.succeed(())
            try? await earlier.get()
            return
        }
        defer { promise.succeed(()) }
        for group in self.gate.close() {
            try? await group.loop.submit {
                group.abort()
                group.dissolve()
            }.get()
        }
        // Only now: they are told of the instances that have just ended.
        let open = self.parts.withLock { parts in
            defer { parts.open = [] }
            return parts.open
        }
        for capability in open.reversed() { await capability.close() }
    }

    func instanceEnded(_ instance: GuestInstance?) {
        guard let instance else { return }
        let open = self.parts.withLock { $0.open }
        for capability in open { capability.instanceEnded(instance.instance) }
    }

    /// What is called when a step has ended. Known once the plugin is linked.
    var stepEnded: [@Sendable (InstanceID) -> Void] {
        self.parts.withLock { $0.open.compactMap(\.stepEnded) }
    }

    func shutDown(_ result: Result<Int64, PluginError>) {
        switch result {
        case .success(0): self.scope.logger.info("shutdown complete")
        case .success(let code): self.scope.logger.warning("pulp_shutdown returned \(code)")
        case .failure(let error): self.scope.logger.warning("pulp_shutdown: \(error.message)")
        }
    }

    // MARK: Words

    func error(_ code: PluginError.Code, _ message: String) -> PluginError {
        PluginError(code, plugin: self.spec.name, message)
    }

    func error(for ending: InstanceEnding) -> PluginError {
        switch ending {
        case .trapped(let trap):
            PluginError(.crashed, plugin: self.spec.name, "the guest trapped: \(trap.summary)", trap: trap)
        case .exited(let code): self.error(.crashed, "the guest called proc_exit(\(code))")
        case .timedOut:
            self.error(.crashed, "the guest took longer than \(self.spec.limits.callTimeout) and was ended")
        case .failed(let error): self.error(.instantiation, error.message)
        }
    }

    func log(ending error: PluginError, _ consequence: String) {
        let backtrace = error.trap.map { "\($0)" } ?? "none"
        self.scope.logger.error("\(error.message); \(consequence)", metadata: ["backtrace": "\(backtrace)"])
    }
}
