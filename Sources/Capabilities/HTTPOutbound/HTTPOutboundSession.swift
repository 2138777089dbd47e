import Logging
import NIOCore
import NIOSSL
import PulpCapability
import PulpEgress
import PulpWire
import Synchronization

/// One plugin's fetches, open streams and connections.
package final class HTTPOutboundSession: BodyStreamOwner, Sendable {
    private struct Stream {
        let fetch: Fetch
        let instance: InstanceID
    }

    private struct State {
        /// Everything that holds a connection: calls, streams, and streams that were passed on.
        var live: [ObjectIdentifier: Fetch] = [:]
        var calls = 0
        /// Streams that are open, being opened, or passed on.
        var streams = 0
        var open: [UInt64: Stream] = [:]
        var lastStream: UInt64 = 0
        var failures: [InstanceID: FetchFailure] = [:]
        var warnings: LogLimiter
        var isClosed = false
    }

    let scope: PluginScope
    let limits: HTTPOutboundLimits
    let budget: ByteBudget
    private let services: Fetch.Services
    private let offered: BodyStreams
    private let state: Mutex<State>

    init(
        _ scope: PluginScope, egress: EgressGuard, streams: BodyStreams, tls: TLSConfiguration?, detour: FetchDetour?
    ) {
        self.scope = scope
        self.limits = HTTPOutboundLimits(scope)
        self.budget = ByteBudget(self.limits.maximumBufferedBytes)
        self.services = Fetch.Services(
            egress: egress, clients: FetchClients(self.limits, tls: tls, isDetoured: detour != nil),
            maximumStreamBytes: self.limits.maximumStreamBytes, readTimeout: self.limits.readTimeout,
            detour: detour)
        self.offered = streams
        self.state = Mutex(State(warnings: LogLimiter(linesPerSecond: 1, burst: 20, now: .now())))
    }

    // MARK: Fetches

    enum Kind {
        case call, stream
    }

    /// Makes a fetch that counts against the plugin's limits from now on.
    func makeFetch(_ request: OutboundRequest, _ kind: Kind, on loop: any EventLoop) throws(FetchFailure) -> Fetch {
        let fetch = Fetch(request, on: loop, self.services)
        let refusal = self.state.withLock { state -> FetchFailure? in
            if state.isClosed { return FetchFailure(.closed, "the plugin is stopping") }
            switch kind {
            case .call where state.calls >= self.limits.maximumCalls:
                return FetchFailure(.limit, self.limitMessage("calls wait for answers", HTTPOutboundLimits.maxCalls))
            case .stream where state.streams >= self.limits.maximumStreams:
                return FetchFailure(.limit, self.limitMessage("streams are open", HTTPOutboundLimits.maxStreams))
            case .call: state.calls += 1
            case .stream: state.streams += 1
            }
            state.live[ObjectIdentifier(fetch)] = fetch
            return nil
        }
        if let refusal { throw refusal }
        return fetch
    }

    private func limitMessage(_ what: String, _ key: SettingKey) -> String {
        let count = self.scope.limit(key, of: HTTPOutboundCapability.id)
        return "\(count) \(what) already; \(key.name) in [limits.\(HTTPOutboundCapability.id)] allows more"
    }

    /// The fetch holds no connection any more. A stream that is still open goes on counting.
    func ended(_ fetch: Fetch, _ kind: Kind) {
        self.state.withLock { state in
            guard state.live.removeValue(forKey: ObjectIdentifier(fetch)) != nil else { return }
            switch kind {
            case .call: state.calls -= 1
            case .stream: if !state.open.values.contains(where: { $0.fetch === fetch }) { state.streams -= 1 }
            }
        }
    }

    /// Notes and logs why a fetch of `instance` failed.
    func note(_ failure: FetchFailure, for instance: InstanceID) {
        let isWarning = failure.code == .blocked || failure.code == .limit
        let isLogged = self.state.withLock { state in
            if !state.isClosed { state.failures[instance] = failure }
            return isWarning && state.warnings.admit(at: .now()) != .drop
        }
        self.scope.logger.log(
            level: isLogged ? .warning : .debug, "a fetch failed",
            metadata: ["code": "\(failure.code.rawValue)", "reason": "\(failure.message)"])
    }

    func lastFailure(of instance: InstanceID) -> FetchFailure? {
        self.state.withLock { $0.failures[instance] }
    }

    // MARK: Streams

    /// Gives an open stream its number; nil when the plugin is being closed.
    func register(_ fetch: Fetch, of instance: InstanceID) -> UInt64? {
        self.state.withLock { state in
            guard !state.isClosed else { return nil }
            state.lastStream += 1
            state.open[state.lastStream] = Stream(fetch: fetch, instance: instance)
            return state.lastStream
        }
    }

    func stream(_ id: UInt64) -> Fetch? {
        self.state.withLock { $0.open[id]?.fetch }
    }

    /// Forgets a stream and ends it; without effect on one that is not there.
    func closeStream(_ id: UInt64) {
        self.takeStream(id)?.cancel()
    }

    /// A stream that nobody touches for too long is closed: a guest may forget it, its connection must not stay.
    func watch(_ id: UInt64) {
        guard let fetch = self.stream(id) else { return }
        let due = fetch.lastUse + self.limits.idleTimeout
        fetch.loop.scheduleTask(deadline: due) {
            guard self.stream(id) === fetch else { return }
            if case .reader = fetch.outlet { fetch.used() }
            guard fetch.loop.now >= fetch.lastUse + self.limits.idleTimeout else { return self.watch(id) }
            self.closeStream(id)
            self.scope.logger.warning(
                "a stream was closed: nobody read it for as long as idle_timeout_ms allows",
                metadata: ["stream": "\(id)", "limits": "[limits.\(HTTPOutboundCapability.id)]"])
        }
    }

    func takeStream(_ id: UInt64) -> Fetch? {
        self.state.withLock { state in
            guard let stream = state.open.removeValue(forKey: id) else { return nil }
            // One that has ended counted only because it was open.
            if state.live[ObjectIdentifier(stream.fetch)] == nil { state.streams -= 1 }
            return stream.fetch
        }
    }

    package func hasBodyStream(_ id: UInt64) -> Bool { self.stream(id) != nil }

    package func takeBodyStream(_ id: UInt64) -> (any BodySource)? { self.takeStream(id) }

    /// Whether bodies go to clients without the guest.
    var passesBodiesOn: Bool { self.state.withLock { $0.streams > $0.open.count } }

    // MARK: Ending

    /// Streams belong to the instance that opened them, unless they were passed on.
    func instanceEnded(_ instance: InstanceID) {
        let orphans = self.state.withLock { state in
            state.failures[instance] = nil
            return state.open.filter { $0.value.instance == instance }.keys.sorted()
        }
        for id in orphans { self.closeStream(id) }
    }

    func close() async {
        self.offered.withdraw(self.scope)
        let live = self.state.withLock { state in
            state.isClosed = true
            state.open = [:]
            state.failures = [:]
            return Array(state.live.values)
        }
        for fetch in live {
            try? await fetch.loop.submit { fetch.cancel() }.get()
        }
        await self.services.clients.close()
    }
}
