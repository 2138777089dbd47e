import Logging
import PulpManifest
import PulpRuntime
import Synchronization

extension Host {
    /// Versions that may be finishing at a time: one more, and the oldest is ended where it is.
    private static let maximumRetiring = 8

    /// Puts `plugin` in the place of the running plugin of its name, or beside the others when there is none.
    ///
    /// Loads and initialises first, while the version that runs goes on serving; swaps between two steps; lets the old
    /// version finish what it has begun, within the host's grace. No request is refused or lost, connections stay open.
    /// Calls are answered one after the other. A cancelled one ends a `pulp_init` that has not come back.
    ///
    /// - Throws: ``HostError`` when the host does not serve, or with what the compiler or the plugin said: nothing has
    ///   changed then.
    package func deploy(_ plugin: HostPlugin) async throws(HostError) -> HostReplacement {
        await self.turns.take()
        defer { self.turns.give() }
        let former = try self.running(plugin.spec.name)
        let clock = ContinuousClock()
        let start = clock.now
        let (next, load) = try await self.prepare(plugin, beside: former)
        let ready = clock.now
        do {
            try await self.listenIfNeeded(for: plugin)
            try self.enter(next, instead: former)
        } catch {
            await next.close()
            throw error
        }
        if let former {
            next.takeOver(from: former)
            self.retire(former)
        }
        let swap = clock.now - ready
        self.logger.info(
            former == nil ? "plugin added" : "plugin replaced",
            metadata: ["plugin": "\(plugin.spec.name)", "version": "\(plugin.spec.version)"])
        return HostReplacement(
            routes: self.hub.routesByPlugin[plugin.spec.name] ?? [],
            notes: self.notes(plugin.spec, after: former?.spec),
            load: load, initialization: ready - start - load, swap: swap)
    }

    private func running(_ name: String) throws(HostError) -> RunningPlugin? {
        let (isServing, running) = self.state.withLock { ($0.isServing, $0.running) }
        guard isServing else { throw HostError(["the host is starting or stopping: no plugin can be replaced now"]) }
        return running.first { $0.spec.name == name }
    }

    private func prepare(
        _ plugin: HostPlugin, beside former: RunningPlugin?
    ) async throws(HostError) -> (RunningPlugin, load: Duration) {
        let start = ContinuousClock.now
        do {
            let next = try await RunningPlugin.load(
                plugin.spec, registry: self.registry, environment: self.environment, beside: former)
            let load = ContinuousClock.now - start
            defer { self.state.withLock { $0.arriving = nil } }
            do {
                guard self.arrives(next) else { throw Self.stopping }
                try await withTaskCancellationHandler {
                    try await next.initialize(plugin.spec.config)
                } onCancel: {
                    // Unstructured, since nothing can be awaited here; the close below waits for this one.
                    Task { await next.close() }
                }
            } catch {
                await next.close()
                throw error
            }
            return (next, load)
        } catch {
            throw HostError([HostError.explain(error)])
        }
    }

    /// False when the host stops; one that begins to from now on ends the version.
    private func arrives(_ next: RunningPlugin) -> Bool {
        self.state.withLock { state in
            state.arriving = next
            return state.isServing
        }
    }

    private static let stopping = HostError(["the host is stopping: the plugin was not replaced"])

    /// A plugin that serves HTTP in a host that has not needed to listen before.
    private func listenIfNeeded(for plugin: HostPlugin) async throws(HostError) {
        guard Self.servesHTTP([plugin]), !self.state.withLock({ $0.isListening }) else { return }
        let (address, tls) = try self.settings.resolved(for: [plugin])
        _ = try await self.listen(on: address, tls: tls)
    }

    private func enter(_ next: RunningPlugin, instead former: RunningPlugin?) throws(HostError) {
        let isEntered = self.state.withLock { state in
            guard state.isServing else { return false }
            guard let former else {
                state.running.append(next)
                return true
            }
            guard let index = state.running.firstIndex(where: { $0 === former }) else { return false }
            state.running[index] = next
            state.retiring.append(former)
            return true
        }
        guard isEntered else { throw Self.stopping }
    }

    private func retire(_ former: RunningPlugin) {
        let surplus = self.state.withLock { $0.retiring.dropLast(Self.maximumRetiring) }
        // Unstructured, since whoever deploys need not wait for it. It ends by itself within the grace, and the host's
        // stop ends the version that it waits for.
        Task { [weak self, grace = self.settings.grace] in
            for old in surplus { await old.close() }
            await former.retire(within: grace)
            self?.state.withLock { state in state.retiring.removeAll { $0 === former } }
        }
    }

    /// What a running host cannot change, each a sentence.
    private func notes(_ spec: PluginSpec, after former: PluginSpec?) -> [String] {
        guard let former else { return [] }
        var notes: [String] = []
        if spec.http.listen != former.http.listen { notes.append("[http] listen") }
        if spec.http.tls != former.http.tls { notes.append("[http] tls_cert and tls_key") }
        return notes.map { "\($0) has changed, which takes effect when the host is started again" }
    }
}

/// Lets those who come through one after the other, in their order.
final class Turns: Sendable {
    private struct State {
        var isTaken = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func take() async {
        await withCheckedContinuation { continuation in
            let isFree = self.state.withLock { state in
                defer { state.isTaken = true }
                if state.isTaken { state.waiting.append(continuation) }
                return !state.isTaken
            }
            if isFree { continuation.resume() }
        }
    }

    func give() {
        let next = self.state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.isTaken = false
            return nil
        }
        next?.resume()
    }
}
