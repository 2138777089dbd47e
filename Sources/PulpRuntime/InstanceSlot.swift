import Logging
import NIOCore
import PulpCapability
import PulpEngine
import PulpManifest
import PulpWire

/// A place for one instance: makes it, starts and initialises it, gives it work, and replaces it when it has ended.
///
/// Confined to its group's loop; sendable only so that tasks of that loop can hold it.
final class InstanceSlot: InstanceKeeper, @unchecked Sendable {
    enum Phase: Equatable {
        /// Nothing lives here yet, or any more.
        case empty
        case instantiating, running(Launch)
        /// Waits for `pulp_init` to be asked for.
        case loaded
        case ready
        /// Waits before a restart.
        case waiting
        case failed, stopped

        /// Whether an instance is being made here.
        var isLaunching: Bool {
            switch self {
            case .empty, .instantiating, .running: true
            case .loaded, .ready, .waiting, .failed, .stopped: false
            }
        }
    }

    /// The steps from an instance to a ready one.
    enum Launch: Equatable {
        case start, initialize
        /// `pulp_init` failed with this code: its diagnostic is being fetched.
        case diagnosePointer(code: Int32), diagnoseCount(code: Int32, pointer: UInt32)
    }

    let group: InstanceGroup
    private(set) var phase = Phase.empty
    private(set) var instance: GuestInstance?
    private var policy: CrashPolicy
    private var job: Job?
    /// A job is being taken or finished: what that sets off must wait in the mailbox.
    private var isHandingOver = false
    private var steps: UInt64 = 0
    private var restartTask: PluginTimer?
    private var launched: ((Result<Void, PluginError>) -> Void)?

    init(group: InstanceGroup) {
        self.group = group
        self.policy = CrashPolicy(group.plugin.spec.restart)
    }

    private var plugin: RunningPlugin { self.group.plugin }
    /// Whether it can take a job now.
    var isFree: Bool { (self.phase == .ready || self.phase == .loaded) && self.job == nil && !self.isHandingOver }
    /// Whether an instance is being made or has work.
    var isBusy: Bool { self.job != nil || self.phase.isLaunching }
    var stepCount: UInt64 { self.steps }

    // MARK: Launching

    /// Makes an instance and runs its start function; then `pulp_init` when the configuration is known.
    func launch(_ completion: ((Result<Void, PluginError>) -> Void)? = nil) {
        self.launched = completion
        self.phase = .instantiating
        let instance = GuestInstance(
            id: self.group.nextInstanceID(), scope: self.plugin.scope, template: self.group.template,
            engine: self.plugin.environment.engine, memoryPages: self.plugin.spec.limits.maxMemoryPages,
            loop: self.group.loop, keeper: self)
        self.instance = instance
        self.group.publish()
        instance.instantiate()
    }

    /// Runs `pulp_init` on the loaded instance.
    func initialize(_ completion: @escaping (Result<Void, PluginError>) -> Void) {
        guard self.phase == .loaded, self.job == nil, let instance = self.instance else {
            return completion(.failure(self.plugin.error(.unavailable, "the instance cannot be initialised now")))
        }
        self.launched = completion
        self.submitInitialize(instance)
        instance.drive()
    }

    private func submitInitialize(_ instance: GuestInstance) {
        let config = self.group.config ?? []
        self.phase = .running(.initialize)
        instance.submit(.initialize(byteCount: config.count), config.isEmpty ? .nothing : .bytes(config))
    }

    private func continueLaunch(_ launch: Launch?, _ result: Result<Int64, ResidentFiber.Fault>) -> Bool {
        guard let instance = self.instance else { return false }
        switch launch {
        case nil where self.group.hasStart:
            self.phase = .running(.start)
            instance.submit(.start)
            return true
        case nil, .start: return self.afterStart(instance)
        case .initialize:
            guard case .success(let code) = result, code != 0 else { return self.afterInitialize(result) }
            guard self.group.hasInitDiagnostic else {
                return self.initializeFailed(Int32(truncatingIfNeeded: code), nil)
            }
            self.phase = .running(.diagnosePointer(code: Int32(truncatingIfNeeded: code)))
            instance.submit(.initErrorPointer)
            return true
        case .diagnosePointer(let code):
            guard case .success(let word) = result else { return self.initializeFailed(code, nil) }
            self.phase = .running(.diagnoseCount(code: code, pointer: UInt32(truncatingIfNeeded: word)))
            instance.submit(.initErrorCount)
            return true
        case .diagnoseCount(let code, let pointer):
            guard case .success(let word) = result, pointer != 0, 1...4096 ~= word else {
                return self.initializeFailed(code, nil)
            }
            let bytes = instance.copyMemory(at: pointer, count: Int(word))
            return self.initializeFailed(code, bytes.map { String(decoding: $0, as: UTF8.self) })
        }
    }

    private func afterStart(_ instance: GuestInstance) -> Bool {
        guard self.group.config != nil else {
            self.phase = .loaded
            self.reportLaunch(.success(()))
            return self.takeNext()
        }
        self.submitInitialize(instance)
        return true
    }

    private func afterInitialize(_ result: Result<Int64, ResidentFiber.Fault>) -> Bool {
        if case .failure(let fault) = result {
            self.launchFailed(self.plugin.error(.initialization, "pulp_init was not called: \(fault.explanation)"))
            return false
        }
        self.phase = .ready
        self.group.publish()
        self.reportLaunch(.success(()))
        return self.takeNext()
    }

    private func initializeFailed(_ code: Int32, _ diagnostic: String?) -> Bool {
        let detail = diagnostic.map { ": \($0)" } ?? ""
        self.launchFailed(self.plugin.error(.initialization, "pulp_init returned \(code)\(detail)"))
        return false
    }

    /// The first launch fails the load; a later one counts as a crash.
    private func launchFailed(_ error: PluginError) {
        self.closeInstance()
        self.afterEnding(isClean: false, error)
    }

    private func reportLaunch(_ result: Result<Void, PluginError>) {
        let launched = self.launched
        self.launched = nil
        launched?(result)
    }

    // MARK: Work

    /// Takes the next job of the group's mailbox, if it is free and there is one. From outside a drive.
    func work() {
        guard self.isFree, let instance = self.instance, self.takeNext() else { return }
        instance.drive()
    }

    /// Runs a job that only this slot may have.
    func run(_ job: Job, at now: NIODeadline) {
        guard self.isFree, let instance = self.instance, self.submit(job, to: instance, at: now) || self.takeNext()
        else {
            return
        }
        instance.drive()
    }

    /// Submits the next job that can be; false when there is none.
    private func takeNext() -> Bool {
        guard let instance = self.instance, instance.isIdle, self.job == nil else { return false }
        while let job = self.group.nextJob(for: self) {
            if self.submit(job, to: instance, at: .now()) { return true }
        }
        return false
    }

    private func submit(_ job: Job, to instance: GuestInstance, at now: NIODeadline) -> Bool {
        // Refusing an event answers it, and its connection may bring the next one at once.
        self.isHandingOver = true
        defer { self.isHandingOver = false }
        switch job {
        case .event(let event, let arrival):
            guard let size = self.admit(event, waited: now - arrival) else { return false }
            event.began(on: instance.instance)
            instance.submit(.step(byteCount: size), .event(event, self.header()), at: now)
        case .tick:
            instance.submit(.step(byteCount: 20), .tick(self.header()), at: now)
        case .call(let call):
            self.count(call.operation)
            instance.submit(call.operation, call.source, at: now)
        }
        self.job = job
        return true
    }

    /// The envelope's size, or nil when the event is finished already.
    private func admit(_ event: any GuestEvent, waited: TimeAmount) -> Int? {
        let limit = self.plugin.spec.limits.maxMessageBytes
        // The bound is generous: count exactly before refusing.
        var size = 20 + 2 + 5 + 8 + event.kind.text.utf8CodeUnitCount + 5 + event.payloadByteBound
        if size > limit { size = 20 + self.exactCount(event) }
        let failure: StepFailure? =
            if event.isCancelled {
                .cancelled
            } else if waited >= self.group.timeout {
                .timedOut
            } else if size > limit {
                .tooLarge(byteCount: size, limit: limit)
            } else {
                nil
            }
        guard let failure else { return size }
        event.finished(.failed(failure))
        return nil
    }

    private func exactCount(_ event: any GuestEvent) -> Int {
        MessagePackWriter.byteCount { writer in
            StepEventHeader.write(kind: event.kind, into: &writer)
            event.writePayload(into: &writer)
        }
    }

    private func count(_ operation: ResidentFiber.Operation) {
        if case .step = operation { self.steps += 1 }
    }

    private func header() -> GuestInstance.StepHeader {
        defer { self.steps += 1 }
        return GuestInstance.StepHeader(callNumber: self.steps, wallTime: self.plugin.environment.wallTime())
    }

    // MARK: InstanceKeeper

    func operationEnded(_ result: Result<Int64, ResidentFiber.Fault>) -> Bool {
        if !self.group.stepEnded.isEmpty { self.tellStepEnded() }
        switch self.phase {
        case .instantiating: return self.continueLaunch(nil, result)
        case .running(let launch): return self.continueLaunch(launch, result)
        default: break
        }
        let job = self.job
        self.job = nil
        // The answer is sent, and its connection may bring the next event at once: it waits in the mailbox.
        self.isHandingOver = true
        job?.finish(result)
        self.isHandingOver = false
        if case .event = job { self.group.eventStepped() }
        if self.plugin.scope.isPerEvent, job?.isStep == true {
            self.replace()
            return false
        }
        return self.takeNext()
    }

    private func tellStepEnded() {
        guard let instance = self.instance?.instance else { return }
        for stepEnded in self.group.stepEnded { stepEnded(instance) }
    }

    func instanceEnded(_ ending: InstanceEnding) {
        let job = self.job
        self.job = nil
        let error =
            if case .running(.start) = self.phase, case .exited(let code) = ending {
                self.plugin.error(
                    .instantiation,
                    "the module is a command: it ended itself with proc_exit(\(code)) in its start function; "
                        + "build it as a reactor, which exports _initialize")
            } else {
                self.plugin.error(for: ending)
            }
        // The answer is sent, and its connection may bring the next event: not for this instance.
        self.isHandingOver = true
        job?.fail(ending.stepFailure(error.message), error)
        self.isHandingOver = false
        self.group.instanceEnded(self.instance)
        self.instance = nil
        self.afterEnding(isClean: ending.isClean, error)
    }

    /// A fresh instance for the next event.
    private func replace() {
        self.closeInstance()
        guard !self.group.isStopping else {
            self.phase = .stopped
            return self.group.slotStopped()
        }
        self.phase = .empty
        // Later: the ended instance's drive is still on the stack.
        self.group.loop.execute { [self] in if self.phase == .empty { self.launch() } }
    }

    func closeInstance() {
        guard let instance = self.instance else { return }
        self.instance = nil
        instance.close()
        self.group.instanceEnded(instance)
    }

    private func afterEnding(isClean: Bool, _ error: PluginError) {
        if self.launched != nil {
            self.phase = .failed
            self.group.publish()
            return self.reportLaunch(.failure(error))
        }
        guard !self.group.isStopping else {
            self.phase = .stopped
            self.group.publish()
            return self.group.slotStopped()
        }
        let environment = self.plugin.environment
        let decision = self.policy.ended(
            isClean: isClean, at: environment.timers.now, jitter: environment.jitter())
        switch decision {
        case .restart(let delay):
            self.plugin.log(ending: error, "restarting in \(delay.nanoseconds / 1_000_000) ms")
            self.phase = .waiting
            self.restartTask = environment.timers.schedule(in: delay, on: self.group.loop) {
                if self.phase == .waiting { self.launch() }
            }
        case .fail:
            self.phase = .failed
            self.plugin.log(
                ending: error, "not restarted (restart = \"\(self.policy.restart.rawValue)\"): it has failed")
        case .stop:
            self.phase = .stopped
            self.plugin.log(ending: error, "it is not started again")
        }
        self.group.publish()
        self.group.slotEnded()
    }

    // MARK: Stopping

    /// Runs `pulp_shutdown` when the instance is idle, then closes it.
    func shutdown(_ completion: @escaping (Result<Int64, PluginError>) -> Void) {
        self.restartTask?.cancel()
        guard self.phase == .ready || self.phase == .loaded, self.job == nil, let instance = self.instance else {
            return completion(.failure(self.plugin.error(.unavailable, "the instance is not idle")))
        }
        self.job = .call(CallJob(.shutdown, .nothing, completion))
        instance.submit(.shutdown)
        instance.drive()
    }

    /// Ends the instance at once.
    func abort() {
        self.restartTask?.cancel()
        let job = self.job
        self.job = nil
        self.closeInstance()
        self.phase = .stopped
        let error = self.plugin.error(.unavailable, "the plugin was closed")
        job?.fail(.unavailable(.stopped), error)
        self.reportLaunch(.failure(error))
        self.group.publish()
    }
}
