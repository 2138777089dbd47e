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

    init(_ function: HostFunction) {
        self.body = function.body
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

/// Suspends by calling the driver's `pause` from within, not by the library's asynchronous functions: their answer is
/// polled where guest code must not be suspended once more, and an allocator that is busy or waits there would end
/// the process.
let suspendingCallback: wasmtime_func_unchecked_callback_t = { environment, caller, words, count in
    guard let environment = unsafe environment, let words = unsafe words, let caller = unsafe caller else { return nil }
    let state = unsafe UnsafeMutablePointer<FiberState>.calling(caller)
    let box = unsafe Unmanaged<HostFunctionBox>.fromOpaque(environment).takeUnretainedValue()
    guard case .suspending(let begin) = box.body else { return nil }
    var call = unsafe ImportCall(state, words: words, count: count)
    guard let pending = begin(&call) else { return unsafe state.takeRaised() }
    var isOpen = true
    while isOpen, unsafe state.pointee.raised == nil {
        isOpen = !pending.poll(&call)
        if isOpen, unsafe !state.pause() { break }
    }
    if isOpen { pending.abandon() }
    return unsafe state.takeRaised()
}
