import Logging
import NIOCore
import NIOPosix
import PulpCapability
import PulpWire
import Synchronization

/// One plugin's way to the engine: what it may do, what it is doing, and what has happened to its containers.
package final class DockerSession: Sendable {
    /// Cleaning up may go on while calls do; each is short.
    private static let maximumCleanups = 64
    /// A call ends so long before its guest would be dropped, so that the guest learns of it.
    private static let longestMargin = TimeAmount.seconds(1)
    /// Lines that the log gets of refusals.
    private static let linesPerSecond = 5
    private static let burst = 50

    let scope: PluginScope
    let policy: DockerPolicy
    let engine: Engine
    let parts: DockerParts
    /// The guests' calls.
    let calls: DockerTasks
    /// What goes on behind them: events, a build.
    let background = DockerTasks(limit: 8)
    /// What must be done even after a call was cancelled.
    let cleanups = DockerTasks(limit: maximumCleanups)
    let events: EventRing
    let creations = Creations()
    let build = BuildState()
    private let log: Mutex<LogLimiter>
    private let hasBegun = Atomic<Bool>(false)
    /// Set while another version of the plugin has a say in them: `on_stop` is not for this one then.
    let keepsContainers = Atomic<Bool>(false)

    init(_ scope: PluginScope, host: DockerHost, engine: Engine, parts: DockerParts) {
        let policy = DockerPolicy(scope, host: host)
        self.scope = scope
        self.policy = policy
        self.engine = engine
        self.parts = parts
        self.calls = DockerTasks(limit: scope.limit(DockerCapability.Limit.calls, of: DockerCapability.id))
        self.events = EventRing(capacity: policy.maximumEvents, start: parts.wallTime())
        self.log = Mutex(LogLimiter(linesPerSecond: Self.linesPerSecond, burst: Self.burst, now: parts.now()))
    }

    /// Begins to listen for events: at the first call, as in the reference, or when the plugin starts if it wants them.
    func begin() {
        guard !self.hasBegun.exchange(true, ordering: .acquiringAndReleasing) else { return }
        self.background.start { await EventSubscription(session: self).run() }
        if self.policy.sendsEvents { self.background.start { await EventDelivery(session: self).run() } }
    }

    /// When a call must have its answer.
    func deadline(of caller: any GuestCaller) -> NIODeadline {
        let now = self.parts.now()
        let whole = now + TimeAmount(self.scope.callTimeout)
        let end = min(caller.deadline, whole)
        guard end > now else { return end }
        return end - min(Self.longestMargin, .nanoseconds((end - now).nanoseconds / 10))
    }

    // MARK: Refusing

    /// Any error as a status and a sentence.
    func refusal(_ error: any Error) -> CapabilityError {
        switch error {
        case let error as CapabilityError: return error
        case let fault as EngineFault:
            let status: Status =
                switch fault {
                case .unreachable, .gone: .unavailable
                case .refused(404, _): .notFound
                case .refused, .failed, .garbled, .timedOut, .tooLarge: .operationFailed
                }
            return CapabilityError(status, "\(fault)")
        default: return CapabilityError(.operationFailed, "\(error)")
        }
    }

    /// Says in the plugin's log why a call was refused, unless that is part of the ordinary course of things.
    func report(_ name: String, _ refusal: CapabilityError) {
        guard !refusal.message.isEmpty else { return }
        let isOrdinary = refusal.status == .notFound
        self.say(
            isOrdinary ? .debug : .warning, "import refused",
            ["import": "\(name)", "status": "\(refusal.status.rawValue)", "reason": "\(refusal.message)"])
    }

    /// Writes a line of the plugin's log, unless there are too many; that is counted and said.
    func say(_ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata = [:]) {
        var metadata = metadata
        switch self.log.withLock({ $0.admit(at: self.parts.now()) }) {
        case .drop: return
        case .pass: break
        case .passAfter(let dropped): metadata["dropped_lines"] = "\(dropped.lines)"
        }
        self.scope.logger.log(level: level, "\(message)", metadata: metadata)
    }

    // MARK: Ending

    func close() async {
        await self.calls.close(cancelling: true)
        await self.background.close(cancelling: true)
        // They have deadlines of their own.
        await self.cleanups.close(cancelling: false)
        if self.policy.ending == .remove, !self.keepsContainers.load(ordering: .acquiring) { await self.removeAll() }
    }
}
