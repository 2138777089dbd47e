import CWasmtime

/// A call that a guest makes to the host: its words, and who is called. Lent for the length of the call.
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
}

/// A call that the host has not answered yet. The fiber sleeps; whoever has the answer resumes it.
///
/// Confined to the fiber's event loop.
public struct PendingCall {
    /// Writes the answer and returns true, or returns false when it is not there yet. Runs on the fiber.
    let poll: (inout ImportCall) -> Bool
    /// Called once when the guest is dropped before the answer came.
    let abandon: () -> Void

    public init(poll: @escaping (inout ImportCall) -> Bool, abandon: @escaping () -> Void) {
        self.poll = poll
        self.abandon = abandon
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
        self.pending?.abandon()
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
        var call = self.lend()
        guard pending.poll(&call) else {
            unsafe self.state.pointee.isBlocked = true
            return false
        }
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
