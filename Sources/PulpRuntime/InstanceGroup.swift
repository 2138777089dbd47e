import DequeModule
import NIOCore
import PulpCapability
import PulpEngine
import PulpManifest
import Synchronization

/// The instances of one plugin on one event loop, and the mailbox that feeds them.
///
/// Confined to its loop but for the two published counters: every method asserts that. Sendable, so that the plugin
/// can hold its groups and hop to them.
final class InstanceGroup: @unchecked Sendable {
    // Everything mutable is touched on `loop` only, or is an atomic.
    let loop: any EventLoop
    let plugin: RunningPlugin
    let template: Template
    let timeout: TimeAmount
    let hasStart: Bool
    let hasInitDiagnostic: Bool
    /// Capabilities that want to know when a step has ended; usually none.
    let stepEnded: [@Sendable (InstanceID) -> Void]
    /// What `pulp_init` gets; nil until it has been asked for.
    private(set) var config: [UInt8]?
    private(set) var isStopping = false
    private let index: Int
    private var slots: [InstanceSlot] = []
    private(set) var steppedEvents = 0
    private var mailbox: Mailbox<Job>
    /// Calls that one slot only may have, when the mailbox is empty: at most one for each slot.
    private var reserved: [ObjectIdentifier: CallJob] = [:]
    /// Events that one instance only may have, in order; they count towards the mailbox's capacity.
    private var addressed: [InstanceID: Deque<Job>] = [:]
    private var addressedCount = 0
    /// Whose turn it is where both have something for a slot.
    private var isAddressedNext = true
    private var ticker: IdleTicker?
    private var stopped: [() -> Void] = []

    private let published = Atomic<UInt8>(Availability.starting.rawValue)
    private let depth = Atomic<Int>(0)

    init(plugin: RunningPlugin, template: Template, loop: any EventLoop, index: Int, slotCount: Int) {
        self.plugin = plugin
        self.template = template
        self.loop = loop
        self.index = index
        self.timeout = TimeAmount(plugin.scope.callTimeout)
        self.stepEnded = plugin.stepEnded
        self.mailbox = Mailbox(capacity: plugin.spec.limits.queue)
        let exports = template.module
        self.hasStart = exports.export("_initialize") != nil || exports.export("_start") != nil
        self.hasInitDiagnostic =
            exports.export("pulp_init_error_ptr") != nil && exports.export("pulp_init_error_len") != nil
        self.slots = (0..<slotCount).map { _ in InstanceSlot(group: self) }
    }

    /// From any thread, a moment old.
    var availability: Availability {
        let state = Availability(rawValue: self.published.load(ordering: .relaxed)) ?? .failed
        guard state == .ready else { return state }
        return self.depth.load(ordering: .relaxed) >= self.mailbox.capacity ? .full : .ready
    }

    /// Jobs that wait, from any thread.
    var waitingCount: Int { self.depth.load(ordering: .relaxed) }

    func nextInstanceID() -> InstanceID {
        InstanceID(number: UInt64(self.index) << 48 | RunningPlugin.nextInstanceNumber())
    }

    static func groupIndex(of instance: InstanceID) -> Int { Int(instance.number >> 48) }

    // MARK: Launching

    /// Makes every instance and runs its start function.
    func load(_ completion: @escaping (Result<Void, PluginError>) -> Void) {
        self.loop.preconditionInEventLoop()
        self.forEachSlot(completion) { slot, done in slot.launch(done) }
    }

    /// Runs `pulp_init` everywhere. From then on events flow, and crashed instances come back.
    func initialize(_ config: [UInt8], _ completion: @escaping (Result<Void, PluginError>) -> Void) {
        self.loop.preconditionInEventLoop()
        guard self.config == nil else {
            return completion(.failure(self.plugin.error(.unavailable, "the plugin is initialised already")))
        }
        self.config = config
        self.forEachSlot(completion) { slot, done in slot.initialize(done) }
        self.ticker = IdleTicker(self.plugin.spec.ticks, group: self)
        self.ticker?.start()
    }

    private func forEachSlot(
        _ completion: @escaping (Result<Void, PluginError>) -> Void,
        _ body: (InstanceSlot, @escaping (Result<Void, PluginError>) -> Void) -> Void
    ) {
        var open = self.slots.count
        var outcome: Result<Void, PluginError> = .success(())
        for slot in self.slots {
            body(slot) { result in
                if case .failure = result { outcome = result }
                open -= 1
                if open == 0 { completion(outcome) }
            }
        }
    }

    /// Publishes what the outside may know.
    func publish() {
        let phases = self.slots.map(\.phase)
        let state: Availability =
            if self.isStopping {
                phases.allSatisfy { $0 == .stopped || $0 == .failed || $0 == .empty } ? .stopped : .stopping
            } else if phases.contains(.ready) {
                .ready
            } else if !phases.isEmpty, phases.allSatisfy({ $0 == .failed }) {
                .failed
            } else if phases.contains(.waiting) {
                .restarting
            } else if self.plugin.scope.isPerEvent, self.hasBeenReady, phases.contains(where: \.isLaunching) {
                .ready
            } else if phases.allSatisfy({ $0 == .stopped || $0 == .failed }) {
                .stopped
            } else {
                self.hasBeenReady ? .restarting : .starting
            }
        if state == .ready { self.hasBeenReady = true }
        self.published.store(state.rawValue, ordering: .relaxed)
    }

    private var hasBeenReady = false

    // MARK: Work

    /// Puts an event into the mailbox, or answers why not.
    func accept(_ event: any GuestEvent, for instance: InstanceID?) {
        self.loop.preconditionInEventLoop()
        self.ticker?.eventArrived()
        if let instance { return self.accept(event, only: instance) }
        let availability = self.availability
        guard availability == .ready || availability == .restarting else {
            return event.finished(.failed(.unavailable(availability)))
        }
        let now = NIODeadline.now()
        self.enqueue(.event(event, arrival: now), at: now) {
            event.finished(.failed(.unavailable(.full)))
        }
    }

    private func accept(_ event: any GuestEvent, only instance: InstanceID) {
        guard !self.isStopping, let slot = self.slots.first(where: { $0.instance?.instance == instance }) else {
            return event.finished(.failed(.unavailable(self.isStopping ? .stopping : .restarting)))
        }
        let now = NIODeadline.now()
        if slot.isFree, self.addressed[instance] == nil { return slot.run(.event(event, arrival: now), at: now) }
        guard self.mailbox.count + self.addressedCount < self.mailbox.capacity else {
            return event.finished(.failed(.unavailable(.full)))
        }
        self.addressed[instance, default: []].append(.event(event, arrival: now))
        self.addressedCount += 1
        self.publishDepth()
    }

    /// Puts a call of the application into the mailbox; calls and events keep their order.
    func accept(_ call: CallJob) {
        self.loop.preconditionInEventLoop()
        guard !self.isStopping, self.slots.contains(where: { $0.phase != .failed && $0.phase != .stopped }) else {
            return call.completion(.failure(self.plugin.error(.unavailable, self.availability.reason)))
        }
        self.enqueue(.call(call), at: .now()) {
            call.completion(.failure(self.plugin.error(.unavailable, Availability.full.reason)))
        }
    }

    /// Runs `pulp_shutdown` once in every instance, after what waits. The first code that is not 0.
    func shutdownAll(_ completion: @escaping (Result<Int64, PluginError>) -> Void) {
        self.loop.preconditionInEventLoop()
        var open = self.slots.count
        var outcome: Result<Int64, PluginError> = .success(0)
        for slot in self.slots {
            let call = CallJob(.shutdown, plugin: self.plugin.spec.name) { result in
                if case .success(0) = outcome { outcome = result }
                open -= 1
                if open == 0 { completion(outcome) }
            }
            guard slot.phase != .failed, slot.phase != .stopped, self.reserved[ObjectIdentifier(slot)] == nil else {
                call.completion(.failure(self.plugin.error(.unavailable, self.availability.reason)))
                continue
            }
            self.reserved[ObjectIdentifier(slot)] = call
            slot.work()
        }
    }

    /// Steps every idle instance without payload: each has a state of its own, and what it put off waits for its own
    /// tick. One of a per-event plugin's, whose instances are all alike. A busy one goes without.
    func tick() {
        for slot in self.slots where slot.isFree && slot.phase == .ready && self.mailbox.isEmpty {
            slot.run(.tick, at: .now())
            if self.plugin.scope.isPerEvent { return }
        }
    }

    private func enqueue(_ job: Job, at now: NIODeadline, ifFull: () -> Void) {
        if self.mailbox.isEmpty, let slot = self.slots.first(where: { $0.isFree }) { return slot.run(job, at: now) }
        guard self.mailbox.append(job) else { return ifFull() }
        self.publishDepth()
        self.slots.first { $0.isFree }?.work()
    }

    func nextJob(for slot: InstanceSlot) -> Job? {
        guard let job = self.nextWaiting(for: slot) else {
            if let call = self.reserved.removeValue(forKey: ObjectIdentifier(slot)) { return .call(call) }
            self.drainedIfStopping(slot)
            return nil
        }
        self.publishDepth()
        return job
    }

    /// What is addressed to the slot's instance and what any may have take turns, so that neither starves the other.
    private func nextWaiting(for slot: InstanceSlot) -> Job? {
        guard self.addressedCount > 0 else { return self.mailbox.popFirst() }
        self.isAddressedNext.toggle()
        if self.isAddressedNext, let job = self.mailbox.popFirst() { return job }
        return self.nextAddressed(to: slot.instance?.instance) ?? self.mailbox.popFirst()
    }

    private func nextAddressed(to instance: InstanceID?) -> Job? {
        guard let instance, let job = self.addressed[instance]?.popFirst() else { return nil }
        if self.addressed[instance]?.isEmpty == true { self.addressed[instance] = nil }
        self.addressedCount -= 1
        return job
    }

    private func publishDepth() {
        self.depth.store(self.mailbox.count + self.addressedCount, ordering: .relaxed)
    }

    /// Tells the capabilities, and whoever waited for this one instance.
    func instanceEnded(_ instance: GuestInstance?) {
        self.plugin.instanceEnded(instance)
        guard let instance, let orphans = self.addressed.removeValue(forKey: instance.instance) else { return }
        self.addressedCount -= orphans.count
        self.publishDepth()
        let failure = StepFailure.unavailable(self.isStopping ? .stopping : .restarting)
        for job in orphans { job.fail(failure, self.plugin.error(.unavailable, failure.description)) }
    }

    func eventStepped() {
        self.steppedEvents += 1
    }

    /// An instance has ended and none follows, or one follows later.
    func slotEnded() {
        guard self.availability == .failed || self.availability == .stopped else { return }
        self.failWaiting()
        self.stopIfDone()
    }

    private func failWaiting() {
        let availability = self.availability
        let error = self.plugin.error(.unavailable, availability.reason)
        for job in self.mailbox.drain() { job.fail(.unavailable(availability), error) }
        let reserved = self.reserved.values
        self.reserved = [:]
        for call in reserved { call.completion(.failure(error)) }
        self.depth.store(0, ordering: .relaxed)
    }

    // MARK: Stopping

    /// Lets what waits be stepped, runs `pulp_shutdown` once in every instance, closes them.
    func stop(_ completion: @escaping () -> Void) {
        self.loop.preconditionInEventLoop()
        self.stopped.append(completion)
        guard !self.isStopping else { return self.stopIfDone() }
        self.isStopping = true
        self.ticker?.stop()
        self.publish()
        for slot in self.slots { self.shutdown(slot) }
        self.stopIfDone()
    }

    private func drainedIfStopping(_ slot: InstanceSlot) {
        guard self.isStopping else { return }
        // Later: the slot is in the middle of its drive.
        self.loop.execute { self.shutdown(slot) }
    }

    private func shutdown(_ slot: InstanceSlot) {
        switch slot.phase {
        case .ready where slot.isFree && self.mailbox.isEmpty, .loaded where slot.isFree:
            let wasReady = slot.phase == .ready
            guard wasReady else {
                slot.abort()
                return self.stopIfDone()
            }
            slot.shutdown { result in
                self.plugin.shutDown(result)
                self.loop.execute {
                    slot.abort()
                    self.stopIfDone()
                }
            }
        case .waiting, .empty, .failed, .stopped:
            slot.abort()
        default: break
        }
    }

    func slotStopped() {
        self.publish()
        self.stopIfDone()
    }

    private func stopIfDone() {
        guard self.isStopping, self.slots.allSatisfy({ $0.phase == .stopped || $0.phase == .failed }) else { return }
        self.failWaiting()
        self.publish()
        let stopped = self.stopped
        self.stopped = []
        for completion in stopped { completion() }
    }

    /// Ends every instance where it is.
    func abort() {
        self.loop.preconditionInEventLoop()
        self.isStopping = true
        self.ticker?.stop()
        for slot in self.slots { slot.abort() }
        self.publish()
        self.failWaiting()
        self.stopIfDone()
    }

    /// Lets go of what refers back to the group. After ``abort()``.
    func dissolve() {
        self.slots = []
        self.ticker = nil
    }

    // MARK: Looking

    var busyCount: Int { self.slots.count { $0.isBusy } }

    var memoryByteCount: Int { self.slots.reduce(0) { $0 + ($1.instance?.memoryByteCount ?? 0) } }
    var phases: [InstanceSlot.Phase] { self.slots.map(\.phase) }
}
