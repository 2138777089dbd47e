import NIOCore
import PulpCapability
import PulpEngine
import PulpWire

/// What an instance tells whoever looks after it. All calls come on the instance's loop.
protocol InstanceKeeper: AnyObject {
    /// The operation is over. True when the next one was submitted: the instance goes on with it.
    func operationEnded(_ result: Result<Int64, ResidentFiber.Fault>) -> Bool
    /// The instance has ended by itself or was ended at its deadline, and is closed.
    func instanceEnded(_ ending: InstanceEnding)
}

/// How an instance ended.
enum InstanceEnding {
    case trapped(Trap)
    case exited(UInt32)
    case timedOut
    case failed(EngineError)
}

/// One instance of a plugin: its fiber, driven on one event loop, under one deadline for each operation.
///
/// Confined to its loop.
final class GuestInstance: FiberOwner, GuestCaller {
    /// What the operation hands to the guest.
    enum Source {
        case nothing
        case bytes([UInt8])
        case event(any GuestEvent, StepHeader)
        case tick(StepHeader)
        case function(FunctionCall)
    }

    struct StepHeader {
        let callNumber: UInt64
        let wallTime: UInt64
    }

    /// Time for the loop's sockets between two slices of a busy guest: long enough for a request that came meanwhile to
    /// go to another loop and back before the next slice. With half of it the median beside a spinning guest is 1 ms
    /// instead of 0.1. A scheduled task, since immediate tasks run before the loop looks at its sockets again.
    private static let pauseBetweenSlices = TimeAmount.microseconds(100)
    private static let shortestSlice = TimeAmount.microseconds(500)
    /// Operations in one go before the loop is served.
    private static let burst = 32

    let instance: InstanceID
    let scope: PluginScope
    let eventLoop: any EventLoop
    private(set) var deadline = NIODeadline.distantFuture
    let timeout: TimeAmount
    private unowned let keeper: any InstanceKeeper
    private let template: Template
    private let engine: Engine
    private let memoryPages: Int
    private lazy var fiber = ResidentFiber(
        template: self.template, engine: self.engine, memoryPages: self.memoryPages, owner: self)
    private var source = Source.nothing
    private var isDriving = false
    private var isAwake = false
    private var isEnded = false
    private var alarm: Scheduled<Void>?
    private var sliceStart = NIODeadline.now()

    init(
        id: InstanceID, scope: PluginScope, template: Template, engine: Engine, memoryPages: Int,
        loop: any EventLoop, keeper: any InstanceKeeper
    ) {
        self.instance = id
        self.scope = scope
        self.template = template
        self.engine = engine
        self.memoryPages = memoryPages
        self.eventLoop = loop
        self.keeper = keeper
        self.timeout = TimeAmount(scope.callTimeout)
    }

    var event: (any GuestEvent)? {
        if case .event(let event, _) = self.source { event } else { nil }
    }

    /// Whether an operation can be submitted.
    var isIdle: Bool { !self.isEnded && !self.fiber.isBusy }
    var memoryByteCount: Int { self.isEnded ? 0 : self.fiber.memoryByteCount }

    /// Makes the instance; the keeper hears of it as of an operation that ended.
    func instantiate() {
        self.begin(.nothing, at: .now())
        self.drive()
    }

    /// Begins an operation, under the full deadline. ``drive()`` runs it.
    @inline(__always)
    func submit(_ operation: ResidentFiber.Operation, _ source: Source = .nothing, at now: NIODeadline = .now()) {
        self.begin(source, at: now)
        self.fiber.submit(operation)
    }

    /// Ends the guest wherever it is. Not from within an import.
    func close() {
        guard !self.isEnded else { return }
        self.isEnded = true
        self.alarm?.cancel()
        self.alarm = nil
        self.fiber.close()
        self.source = .nothing
    }

    func copyMemory(at offset: UInt32, count: Int) -> [UInt8]? {
        self.fiber.copyMemory(at: offset, count: count)
    }

    private func begin(_ source: Source, at now: NIODeadline) {
        self.source = source
        self.sliceStart = now
        self.deadline = now + self.timeout
    }

    /// Runs the guest until it waits.
    func drive() {
        guard !self.isDriving else {
            self.isAwake = true
            return
        }
        self.isDriving = true
        defer { self.isDriving = false }
        for _ in 0..<Self.burst {
            guard !self.isEnded else { return }
            guard self.advance() else { return }
        }
        self.resumeSoon()
    }

    /// One poll. Whether to poll again at once.
    private func advance() -> Bool {
        switch self.fiber.resume() {
        case .idle(let result): return self.operationEnded(.success(result))
        case .refused(let fault): return self.operationEnded(.failure(fault))
        case .waiting:
            self.event?.flush()
            defer { self.isAwake = false }
            if self.isAwake { return true }
            self.watchDeadline()
        case .yielded: return self.sliceEnded(at: .now())
        case .trapped(let trap):
            self.end(self.fiber.exitCode.map { .exited($0) } ?? .trapped(trap))
        case .failed(let error): self.end(.failed(error))
        }
        return false
    }

    @inline(__always)
    private func operationEnded(_ result: Result<Int64, ResidentFiber.Fault>) -> Bool {
        if self.alarm != nil {
            self.alarm?.cancel()
            self.alarm = nil
        }
        return self.keeper.operationEnded(result)
    }

    /// The epoch ticked. Whether to go on at once.
    private func sliceEnded(at now: NIODeadline) -> Bool {
        guard now < self.deadline else {
            self.event?.flush()
            self.end(.timedOut)
            return false
        }
        // A tick that happens to fall into a short step is no reason to leave it for later.
        if now - self.sliceStart < Self.shortestSlice { return true }
        self.event?.flush()
        self.resumeSoon()
        return false
    }

    private func resumeSoon() {
        self.eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(in: Self.pauseBetweenSlices) {
            self.sliceStart = .now()
            self.drive()
        }
    }

    private func watchDeadline() {
        guard self.alarm == nil else { return }
        self.alarm = self.eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(deadline: self.deadline) {
            self.alarm = nil
            if !self.isEnded, !self.isDriving { self.end(.timedOut) }
        }
    }

    private func end(_ ending: InstanceEnding) {
        guard !self.isEnded else { return }
        self.isEnded = true
        self.alarm?.cancel()
        self.alarm = nil
        self.fiber.close()
        self.keeper.instanceEnded(ending)
        self.source = .nothing
    }

    // MARK: FiberOwner

    func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        switch self.source {
        case .nothing: return 0
        case .bytes(let bytes):
            guard bytes.count == buffer.count else { return 0 }
            unsafe buffer.copyBytes(from: bytes)
            return bytes.count
        case .tick(let header):
            return unsafe self.writeEnvelope(header, into: unsafe buffer) { _ in }
        case .function(let call):
            return unsafe call.write(into: buffer)
        case .event(let event, let header):
            return unsafe self.writeEnvelope(header, into: unsafe buffer) { writer in
                StepEventHeader.write(kind: event.kind, into: &writer)
                event.writePayload(into: &writer)
            }
        }
    }

    private func writeEnvelope(
        _ header: StepHeader, into buffer: UnsafeMutableRawBufferPointer, payload: (inout MessagePackWriter) -> Void
    ) -> Int {
        let written = try? unsafe StepEnvelope.write(
            callNumber: header.callNumber, wallTime: header.wallTime, into: buffer, payload: payload)
        return written ?? 0
    }

    func take(answer: UnsafeRawBufferPointer) -> Bool {
        guard case .function(let call) = self.source else { return false }
        return unsafe call.take(answer: answer)
    }

    func take(explanation: UnsafeRawBufferPointer) {
        guard case .function(let call) = self.source else { return }
        unsafe call.take(explanation: explanation)
    }

    // MARK: GuestCaller

    var memory: UnsafeMutableRawBufferPointer { unsafe self.fiber.memory }

    func allocate(_ byteCount: Int) -> UInt32? {
        try? self.fiber.allocate(byteCount)
    }

    func raise(_ message: String) {
        self.fiber.raise(message)
    }

    func exit(_ code: UInt32) {
        self.fiber.exit(code)
    }

    func wake() {
        self.eventLoop.preconditionInEventLoop()
        guard !self.isEnded else { return }
        self.drive()
    }
}
