import CWasmtime

/// Who owns a fiber: supplies the bytes of the operation that it submitted.
public protocol FiberOwner: AnyObject {
    /// Writes the operation's bytes into guest memory, and says how many: at least 1, at most what was announced.
    /// 0 when they did not fit.
    func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Int

    /// Takes what a function of the guest's answered; valid during the call. False when it is more than it takes.
    func take(answer: UnsafeRawBufferPointer) -> Bool

    /// Takes what the guest says about a status of its function's, 1 to 4,096 bytes; valid during the call.
    func take(explanation: UnsafeRawBufferPointer)
}

/// An owner that calls no functions takes nothing.
extension FiberOwner {
    public func take(answer: UnsafeRawBufferPointer) -> Bool { false }
    public func take(explanation: UnsafeRawBufferPointer) {}
}

/// A guest's instance and the one call that lasts as long as it: the driver's loop, suspended between operations.
///
/// Confined to one event loop: nothing here is synchronised. ``resume()`` runs the guest until it waits for the next
/// operation, waits in an import, has used up its slice, or ended. Whatever waits must call ``resume()`` again
/// itself. Nothing but the driver enters the guest, except ``allocate(_:)`` from within an import.
@safe public final class ResidentFiber {
    /// Something to run in the guest.
    public enum Operation: Hashable, Sendable {
        /// `_initialize`, else `_start`.
        case start
        /// `pulp_init` with at most that many bytes of configuration; 0 passes (0, 0).
        case initialize(byteCount: Int)
        /// `pulp_step` with an envelope of at most that many bytes.
        case step(byteCount: Int)
        case shutdown
        case probeLastCall
        case probeConfigMarker
        case initErrorPointer
        case initErrorCount
        /// `pulp_on_call`, which the guest must export, with so many bytes: ``answerCellByteCount`` zeroes, a name of at
        /// most ``largestFunctionName`` bytes, and the arguments.
        case call(nameByteCount: Int, byteCount: Int)
    }

    /// Room for pointer and length of a function's answer, in front of its name.
    public static let answerCellByteCount = Driver.answerCellBytes
    public static let largestFunctionName = 65_535

    /// Why an operation could not be handed over, or what its function answered not be taken. In the first case the
    /// guest itself did not run, its allocator apart.
    public enum Fault: Error, Hashable, Sendable {
        case allocatorReturnedNull
        case allocatorOutOfRange(pointer: UInt32, byteCount: Int, memoryByteCount: Int)
        /// The owner had more to write than it announced.
        case notEncodable
        case answerOutOfRange(pointer: UInt32, byteCount: Int, memoryByteCount: Int)
        /// More than the owner takes.
        case answerTooLarge(byteCount: Int)
    }

    /// What stopped the guest for now.
    public enum Progress {
        /// Waits for an operation. The last one's result.
        case idle(Int64)
        /// Waits for an operation; the last one, or its answer, could not be handed over.
        case refused(Fault)
        /// An import is open: poll again when it is resolved.
        case waiting
        /// Its slice is over: poll again when the loop has served the others.
        case yielded
        /// It trapped. Close it.
        case trapped(Trap)
        /// It could not be made. Close it.
        case failed(EngineError)
    }

    private enum Phase {
        case linking, instantiating, running, ended
    }

    /// Whether an operation runs or is open.
    public private(set) var isBusy = true

    private let engine: Engine
    private let template: Template
    private let store: OpaquePointer
    let state: UnsafeMutablePointer<FiberState>
    private let arguments: UnsafeMutablePointer<wasmtime_val_t>
    private var phase = Phase.linking
    private var future: OpaquePointer?
    private var isClosed = false

    /// Makes the store; the module is instantiated by the first ``resume()``.
    ///
    /// - Parameters:
    ///   - template: What the guest is made from.
    ///   - engine: The one that compiled it.
    ///   - memoryPages: 64 KiB pages that the guest's memory may have, 1...65,536.
    ///   - owner: Outlives the fiber.
    public init(template: Template, engine: Engine, memoryPages: Int, owner: any FiberOwner) {
        self.engine = engine
        self.template = template
        guard let store = unsafe wasmtime_store_new(engine.handle.pointer, nil, nil),
            let context = unsafe wasmtime_store_context(store)
        else { preconditionFailure("the library never gives a null store") }
        unsafe self.store = store
        unsafe self.state = .allocate(capacity: 1)
        unsafe self.state.initialize(
            to: FiberState(context: context, owner: owner, mayAllocate: template.hasAllocator))
        unsafe self.arguments = .allocate(capacity: Driver.Export.allCases.count)
        unsafe wasmtime_context_set_data(context, self.state)
        unsafe wasmtime_store_limiter(
            store, Int64(memoryPages) << 16, Int64(engine.settings.tableElements), 2, 2, 1)
        unsafe wasmtime_context_set_epoch_deadline(context, 1)
        unsafe wasmtime_context_epoch_deadline_async_yield_and_update(context, 1)
    }

    deinit {
        self.close()
        unsafe self.arguments.deallocate()
        unsafe self.state.deinitialize(count: 1)
        unsafe self.state.deallocate()
    }

    /// Ends the guest wherever it is, and frees its store. Never from within an import.
    ///
    /// A guest that is suspended in an import is unwound: open calls are abandoned.
    public func close() {
        guard !self.isClosed else { return }
        self.isClosed = true
        self.phase = .ended
        if let future = unsafe self.future { unsafe wasmtime_call_future_delete(future) }
        unsafe self.future = nil
        unsafe self.state.keep(nil)
        if let trap = unsafe self.state.pointee.trap { unsafe wasm_trap_delete(trap) }
        if let error = unsafe self.state.pointee.error { unsafe wasmtime_error_delete(error) }
        unsafe wasmtime_store_delete(self.store)
    }

    /// The code of `proc_exit`, once the guest has called it.
    public var exitCode: UInt32? { unsafe self.state.pointee.exitCode }

    /// Bytes of linear memory that the guest has now.
    public var memoryByteCount: Int { self.isClosed ? 0 : unsafe self.state.memoryBytes.count }

    /// A copy of guest memory, or nil when the range is not inside it.
    public func copyMemory(at offset: UInt32, count: Int) -> [UInt8]? {
        guard !self.isClosed else { return nil }
        let memory = unsafe self.state.memoryBytes
        guard count >= 0, Int(offset) + count <= memory.count else { return nil }
        return unsafe [UInt8](memory[Int(offset)..<Int(offset) + count])
    }

    /// Hands the guest its next operation; ``resume()`` runs it. Only when the last progress was `idle`.
    @inline(__always)
    public func submit(_ operation: Operation) {
        precondition(!self.isBusy, "one operation at a time")
        unsafe self.state.pointee.submitted = operation.word
        unsafe self.state.pointee.byteCount = operation.byteCount
        self.isBusy = true
    }

    /// Runs the guest until it has to stop for one of the reasons of ``Progress``. Not from within an import.
    public func resume() -> Progress {
        let state = unsafe self.state
        self.engine.ticker.enter()
        defer { self.engine.ticker.leave() }
        while true {
            guard let future = unsafe self.currentFuture() else {
                return .failed(EngineError(.instantiation, "the instance has ended"))
            }
            unsafe state.pointee.isBlocked = false
            unsafe wasmtime_context_set_epoch_deadline(state.pointee.context, 1)
            guard unsafe wasmtime_call_future_poll(future) else {
                guard unsafe state.pointee.isAtNext && state.pointee.submitted == 0 else {
                    return unsafe state.pointee.isBlocked ? .waiting : .yielded
                }
                self.isBusy = false
                if let fault = unsafe state.pointee.fault { return .refused(fault) }
                return unsafe .idle(state.pointee.result)
            }
            unsafe self.future = nil
            unsafe wasmtime_call_future_delete(future)
            if let ending = self.advance() { return ending }
        }
    }

    @inline(__always)
    private func currentFuture() -> OpaquePointer? {
        if let future = unsafe self.future { return unsafe future }
        unsafe self.future = unsafe self.beginPhase()
        return unsafe self.future
    }

    private func beginPhase() -> OpaquePointer? {
        let state = unsafe self.state
        switch self.phase {
        case .instantiating:
            return unsafe wasmtime_instance_pre_instantiate_async(
                self.template.pointer, state.pointee.context, &state.pointee.guest, &state.pointee.trap,
                &state.pointee.error)
        case .linking:
            return unsafe wasmtime_instance_pre_instantiate_async(
                self.engine.driver.template.pointer, state.pointee.context, &state.pointee.driver,
                &state.pointee.trap, &state.pointee.error)
        case .running: return unsafe self.startDriver()
        case .ended: return nil
        }
    }

    /// The future is done: an error, or the next phase.
    private func advance() -> Progress? {
        if let trap = unsafe self.state.pointee.trap {
            unsafe self.state.pointee.trap = nil
            self.phase = .ended
            return unsafe .trapped(Trap(taking: trap))
        }
        if let error = unsafe self.state.pointee.error {
            unsafe self.state.pointee.error = nil
            self.phase = .ended
            if let message = unsafe self.state.pointee.raisedMessage {
                return unsafe .trapped(Trap(taking: error, raised: message))
            }
            return unsafe .failed(EngineError(.instantiation, takeMessage(error)))
        }
        switch self.phase {
        case .linking:
            // First, since the guest's start function may call imports that suspend.
            if let pause = unsafe self.export("pause", of: self.state.pointee.driver)?.of.func {
                unsafe self.state.pointee.pause = pause
            }
            self.phase = .instantiating
        case .instantiating: self.phase = .running
        case .running, .ended:
            self.phase = .ended
            return .failed(EngineError(.instantiation, "the driver returned"))
        }
        return nil
    }

    private func startDriver() -> OpaquePointer? {
        let state = unsafe self.state
        let guest = unsafe state.pointee.guest
        for export in Driver.Export.allCases {
            var item = self.export(export.name, of: guest)
            if export == .start, item == nil { item = self.export("_start", of: guest) }
            // A store id of zero is the null reference.
            let function = unsafe item?.of.func ?? wasmtime_func_t(store_id: 0, private_: 0)
            if export == .alloc, unsafe state.pointee.mayAllocate { unsafe state.pointee.allocator = function }
            unsafe self.arguments[export.rawValue].kind = UInt8(PULP_VAL_FUNCREF)
            unsafe self.arguments[export.rawValue].of.funcref = function
        }
        if let memory = unsafe self.export("memory", of: guest)?.of.memory {
            unsafe state.pointee.memory = memory
        }
        guard let run = unsafe self.export("run", of: state.pointee.driver) else {
            preconditionFailure("the driver exports run")
        }
        unsafe state.pointee.run = unsafe run.of.func
        return unsafe wasmtime_func_call_async(
            state.pointee.context, &state.pointee.run, self.arguments, Driver.Export.allCases.count, nil, 0,
            &state.pointee.trap, &state.pointee.error)
    }

    private func export(_ name: String, of instance: wasmtime_instance_t) -> wasmtime_extern_t? {
        var instance = instance
        var item = wasmtime_extern_t()
        let context = unsafe self.state.pointee.context
        let isThere = unsafe withName(name) {
            unsafe wasmtime_instance_export_get(context, &instance, $0, $1, &item)
        }
        return isThere ? item : nil
    }
}

extension ResidentFiber.Operation {
    var byteCount: Int {
        switch self {
        case .initialize(let count), .step(let count), .call(_, let count): count
        default: 0
        }
    }

    private var nameByteCount: Int {
        if case .call(let count, _) = self { count } else { 0 }
    }

    /// As the driver reads it: shape of the call, which export, how many bytes. Never 0.
    var word: Int64 {
        let (shape, export): (Int64, Driver.Export) =
            switch self {
            case .initialize: (0, .initialize)
            case .step: (0, .step)
            case .start: (1, .start)
            case .shutdown: (2, .shutdown)
            case .initErrorPointer: (2, .initErrorPointer)
            case .initErrorCount: (2, .initErrorCount)
            case .probeLastCall: (3, .probeLastCall)
            case .probeConfigMarker: (3, .probeConfigMarker)
            case .call: (4, .onCall)
            }
        return shape << 56 | Int64(export.rawValue) << 48 | Int64(UInt16(truncatingIfNeeded: self.nameByteCount)) << 32
            | Int64(UInt32(truncatingIfNeeded: self.byteCount))
    }
}
