import CWasmtime

/// A call that a guest makes to the host: its words, its memory, its allocator. Lent for the length of the call.
///
/// An error or trap of a nested call (``allocate(_:)``) is kept and ends the guest when the host function returns,
/// whatever that function does in between: a host function cannot swallow it.
@safe public struct ImportCall: ~Copyable {
    public let wordCount: Int
    private let words: UnsafeMutablePointer<wasmtime_val_raw_t>
    private let state: UnsafeMutablePointer<FiberState>

    init(_ state: UnsafeMutablePointer<FiberState>, words: UnsafeMutablePointer<wasmtime_val_raw_t>, count: Int) {
        unsafe self.state = unsafe state
        unsafe self.words = unsafe words
        self.wordCount = count
    }

    /// Who owns the guest's fiber.
    public var owner: any FiberOwner {
        @inline(__always) get { unsafe self.state.pointee.owner }
    }

    /// The parameter at `index`, taken as 32 bits; 0 when there is no such parameter.
    @inline(__always)
    public func word(_ index: Int) -> UInt32 {
        index < self.wordCount ? unsafe UInt32(bitPattern: self.words[index].i32) : 0
    }

    /// The parameter at `index`, taken as 64 bits; 0 when there is no such parameter.
    @inline(__always)
    public func doubleWord(_ index: Int) -> UInt64 {
        index < self.wordCount ? unsafe UInt64(bitPattern: self.words[index].i64) : 0
    }

    /// What the guest gets; without effect for a function without a result.
    @inline(__always)
    public mutating func setResult(_ value: Int32) {
        unsafe self.words[0].i64 = Int64(value)
    }

    /// The guest's linear memory as it is now; empty for a guest without one. Valid until guest code runs again.
    public var memory: UnsafeMutableRawBufferPointer {
        @inline(__always) get { unsafe self.state.memoryBytes }
    }

    /// Why ``allocate(_:)`` gave nothing.
    public enum AllocationError: Error, Hashable, Sendable {
        case missing
        case returnedNull
        case outOfRange
        /// The guest trapped in its allocator: it ends when the host function returns.
        case trapped
    }

    /// Asks the guest for `byteCount` bytes (more are asked for when it is small) and checks what it gives.
    ///
    /// Guest code runs: it may call imports, be sliced, or be dropped; no lock and no exclusive access may be open
    /// across it.
    public mutating func allocate(_ byteCount: Int) throws(AllocationError) -> UInt32 {
        guard unsafe self.state.pointee.raised == nil else { throw .trapped }
        guard unsafe self.state.pointee.allocator.store_id != 0 else { throw .missing }
        let asked = max(byteCount, Driver.minimumBufferBytes)
        guard asked <= Int(Int32.max) else { throw .outOfRange }
        var word = wasmtime_val_raw_t()
        unsafe word.i64 = Int64(asked)
        var trap: OpaquePointer?
        let error = unsafe wasmtime_func_call_unchecked(
            self.state.pointee.context, &self.state.pointee.allocator, &word, 1, &trap)
        if let error = unsafe error {
            self.raise(unsafe takeMessage(error))
            throw .trapped
        }
        if unsafe trap != nil {
            unsafe self.state.keep(trap)
            throw .trapped
        }
        let pointer = unsafe UInt32(bitPattern: word.i32)
        guard pointer != 0 else { throw .returnedNull }
        guard unsafe Int(pointer) + asked <= self.memory.count else { throw .outOfRange }
        return pointer
    }

    /// Ends the guest with a trap of the host's when the running host function returns.
    public mutating func raise(_ message: String) {
        guard unsafe self.state.pointee.raised == nil else { return }
        unsafe self.state.keep(withName(message) { unsafe wasmtime_trap_new($0, $1) })
    }

    /// Ends the guest as `proc_exit` does.
    public mutating func exit(_ code: UInt32) {
        unsafe self.state.pointee.exitCode = code
        self.raise("the guest called proc_exit(\(code))")
    }
}

/// A call that the host has not answered yet. The fiber sleeps; whoever resolves it wakes the fiber.
///
/// Confined to the fiber's event loop.
public final class PendingCall {
    private var finish: ((inout ImportCall) -> Void)?
    private var abandon: (() -> Void)?

    /// - Parameter abandon: Called once when the guest is dropped before the answer came.
    public init(abandon: @escaping () -> Void) {
        self.abandon = abandon
    }

    public var isResolved: Bool { self.finish != nil }

    /// Sets the answer: `finish` runs on the guest's fiber at the next poll, and writes the result.
    public func resolve(_ finish: @escaping (inout ImportCall) -> Void) {
        guard self.abandon != nil else { return }
        self.abandon = nil
        self.finish = finish
    }

    func takeAnswer() -> ((inout ImportCall) -> Void)? {
        self.finish
    }

    func drop() {
        let abandon = self.abandon
        self.abandon = nil
        abandon?()
    }
}

/// What the library holds for a host function.
final class HostFunctionBox {
    let body: HostFunction.Body
    let result: ValueType?

    init(_ function: HostFunction) {
        self.body = function.body
        self.result = function.type.results.first
    }
}

let releaseBox: @convention(c) (UnsafeMutableRawPointer?) -> Void = { environment in
    guard let environment = unsafe environment else { return }
    unsafe Unmanaged<HostFunctionBox>.fromOpaque(environment).release()
}

let plainCallback: wasmtime_func_unchecked_callback_t = { environment, caller, words, count in
    guard let environment = unsafe environment, let words = unsafe words, let caller = unsafe caller else { return nil }
    let state = unsafe UnsafeMutablePointer<FiberState>.calling(caller)
    let box = unsafe Unmanaged<HostFunctionBox>.fromOpaque(environment).takeUnretainedValue()
    guard case .plain(let body) = box.body else { return nil }
    var call = unsafe ImportCall(state, words: words, count: count)
    body(&call)
    return unsafe state.takeRaised()
}

let suspendingCallback: wasmtime_func_async_callback_t = {
    environment, caller, arguments, argumentCount, results, resultCount, trap, continuation in
    guard let environment = unsafe environment, let caller = unsafe caller else { return }
    let box = unsafe Unmanaged<HostFunctionBox>.fromOpaque(environment).takeUnretainedValue()
    let suspended = unsafe SuspendedCall(
        state: .calling(caller), arguments: UnsafeBufferPointer(start: arguments, count: argumentCount),
        result: resultCount > 0 ? results : nil, resultType: box.result, trap: trap)
    suspended.begin(box.body)
    unsafe continuation?.pointee = suspended.continuation()
}

/// One open call of a suspending import: its words at a fixed address, and where the library wants the answer.
@safe private final class SuspendedCall {
    private let state: UnsafeMutablePointer<FiberState>
    private let words: UnsafeMutableBufferPointer<wasmtime_val_raw_t>
    private let result: UnsafeMutablePointer<wasmtime_val_t>?
    private let resultType: ValueType?
    private let trap: UnsafeMutablePointer<OpaquePointer?>?
    private var pending: PendingCall?

    init(
        state: UnsafeMutablePointer<FiberState>, arguments: UnsafeBufferPointer<wasmtime_val_t>,
        result: UnsafeMutablePointer<wasmtime_val_t>?, resultType: ValueType?,
        trap: UnsafeMutablePointer<OpaquePointer?>?
    ) {
        unsafe self.state = unsafe state
        unsafe self.words = .allocate(capacity: max(arguments.count, 1))
        unsafe self.words.initialize(repeating: wasmtime_val_raw_t(i64: 0))
        for index in arguments.indices {
            let isWide = unsafe Int(arguments[index].kind) == PULP_VAL_I64
            unsafe self.words[index].i64 = isWide ? arguments[index].of.i64 : Int64(arguments[index].of.i32)
        }
        unsafe self.result = unsafe result
        self.resultType = resultType
        unsafe self.trap = unsafe trap
    }

    deinit {
        self.pending?.drop()
        unsafe self.words.deallocate()
    }

    private func lend() -> ImportCall {
        guard let base = unsafe self.words.baseAddress else { preconditionFailure("allocated with at least one word") }
        return unsafe ImportCall(self.state, words: base, count: self.words.count)
    }

    func begin(_ body: HostFunction.Body) {
        guard case .suspending(let begin) = body else { return }
        var call = self.lend()
        self.pending = begin(&call)
        if self.pending == nil { self.deliver() }
    }

    /// Whether the answer is there; then it has been written.
    private func poll() -> Bool {
        guard let pending = self.pending else { return true }
        guard let finish = pending.takeAnswer() else {
            unsafe self.state.pointee.isBlocked = true
            return false
        }
        var call = self.lend()
        finish(&call)
        self.pending = nil
        self.deliver()
        return true
    }

    private func deliver() {
        if let raised = unsafe self.state.takeRaised() {
            unsafe self.trap?.pointee = raised
            return
        }
        guard let result = unsafe self.result else { return }
        unsafe result.pointee.kind = self.resultType?.kind ?? 0
        if self.resultType == .i64 {
            unsafe result.pointee.of.i64 = self.words[0].i64
        } else {
            unsafe result.pointee.of.i32 = self.words[0].i32
        }
    }

    func continuation() -> wasmtime_async_continuation_t {
        unsafe wasmtime_async_continuation_t(
            callback: { environment in
                guard let environment = unsafe environment else { return true }
                return unsafe Unmanaged<SuspendedCall>.fromOpaque(environment).takeUnretainedValue().poll()
            },
            env: Unmanaged.passRetained(self).toOpaque(),
            finalizer: { environment in
                guard let environment = unsafe environment else { return }
                unsafe Unmanaged<SuspendedCall>.fromOpaque(environment).release()
            })
    }
}
