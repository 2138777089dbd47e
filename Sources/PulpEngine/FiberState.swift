import CWasmtime

/// What the library and the host functions write while guest code runs: at one address as long as the fiber lives.
///
/// A plain structure behind a pointer, not properties of a class: host functions run in the middle of
/// ``ResidentFiber/resume()``, and a step costs less than the reference counting and exclusivity checks would.
/// Touched only on the fiber's event loop.
@safe struct FiberState {
    let context: OpaquePointer
    unowned(unsafe) let owner: any FiberOwner
    /// Whether `pulp_alloc` is there and has its type: nested calls of it are not checked by the library.
    let mayAllocate: Bool
    /// A store id of 0 stands for none.
    var memory = wasmtime_memory_t()
    var allocator = wasmtime_func_t()
    /// A trap to be returned by the host function that runs.
    var raised: OpaquePointer?
    /// What the host said when it ended the guest.
    var raisedMessage: String?
    var exitCode: UInt32?
    /// Calls of the allocator that are open, each from within an import.
    var nesting = 0

    // What futures write.
    var trap: OpaquePointer?
    var error: OpaquePointer?
    var guest = wasmtime_instance_t()
    var driver = wasmtime_instance_t()
    var run = wasmtime_func_t()
    /// The driver's empty function.
    var pause = wasmtime_func_t()

    // The driver's side of an operation.
    /// 0 stands for none.
    var submitted: Int64 = 0
    var byteCount = 0
    var isAtNext = false
    /// An open call of a suspending import was asked, and is not resolved.
    var isBlocked = false
    var result: Int64 = 0
    var fault: ResidentFiber.Fault?
}

extension UnsafeMutablePointer<FiberState> {
    /// The state of the guest that calls.
    @inline(__always)
    static func calling(_ caller: OpaquePointer) -> Self {
        let context = unsafe wasmtime_caller_context(caller)
        guard let address = unsafe wasmtime_context_get_data(context) else {
            preconditionFailure("every store of ours carries its fiber's state")
        }
        let state = unsafe address.assumingMemoryBound(to: FiberState.self)
        if unsafe state.pointee.memory.store_id == 0 { unsafe state.resolveEarly(caller) }
        return unsafe state
    }

    /// A start function calls imports before the instance is known: ask the caller.
    private func resolveEarly(_ caller: OpaquePointer) {
        var item = wasmtime_extern_t()
        if unsafe withName("memory", { unsafe wasmtime_caller_export_get(caller, $0, $1, &item) }),
            Int(item.kind) == PULP_EXTERN_MEMORY
        {
            unsafe self.pointee.memory = unsafe item.of.memory
        }
        if unsafe self.pointee.mayAllocate,
            unsafe withName("pulp_alloc", { unsafe wasmtime_caller_export_get(caller, $0, $1, &item) }),
            Int(item.kind) == PULP_EXTERN_FUNC
        {
            unsafe self.pointee.allocator = unsafe item.of.func
        }
    }

    /// The guest's linear memory as it is now; empty for a guest without one. Valid until guest code runs again.
    var memoryBytes: UnsafeMutableRawBufferPointer {
        guard unsafe self.pointee.memory.store_id != 0 else {
            return unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0)
        }
        return unsafe UnsafeMutableRawBufferPointer(
            start: wasmtime_memory_data(self.pointee.context, &self.pointee.memory),
            count: wasmtime_memory_data_size(self.pointee.context, &self.pointee.memory))
    }

    /// Keeps a trap for the host function that runs to return; a later one takes the place of an earlier one.
    func keep(_ trap: OpaquePointer?) {
        if let older = unsafe self.pointee.raised { unsafe wasm_trap_delete(older) }
        unsafe self.pointee.raised = unsafe trap
    }

    func takeRaised() -> OpaquePointer? {
        guard let raised = unsafe self.pointee.raised else { return nil }
        unsafe self.pointee.raised = nil
        return unsafe raised
    }
}

extension UnsafeMutablePointer<FiberState> {
    /// Suspends the fiber from within a host function, until it is polled again. False when the guest is being
    /// dropped: the host function has to return at once.
    func pause() -> Bool {
        unsafe self.pointee.isBlocked = true
        unsafe wasmtime_context_set_epoch_deadline(self.pointee.context, 0)
        var word = wasmtime_val_raw_t()
        return unsafe self.callNested(&self.pointee.pause, &word)
    }

    /// Runs a function of this store on top of the running host function. False when it did not return: then the
    /// guest ends when the host function does.
    func callNested(
        _ function: UnsafePointer<wasmtime_func_t>, _ word: UnsafeMutablePointer<wasmtime_val_raw_t>
    ) -> Bool {
        var trap: OpaquePointer?
        let error = unsafe wasmtime_func_call_unchecked(self.pointee.context, function, word, 1, &trap)
        if let error = unsafe error {
            let message = unsafe takeMessage(error)
            unsafe self.raise(self.pointee.raisedMessage ?? message)
            return false
        }
        guard let trap = unsafe trap else { return true }
        unsafe self.keep(trap)
        return false
    }

    /// Ends the guest with a trap of the host's when the running host function returns.
    func raise(_ message: String) {
        guard unsafe self.pointee.raised == nil else { return }
        unsafe self.pointee.raisedMessage = message
        unsafe self.keep(withName(message) { unsafe wasmtime_trap_new($0, $1) })
    }
}

/// The imports of the driver.
extension UnsafeMutablePointer<FiberState> {
    /// `next(result) -> operation`: keeps the result; 0 when there is no operation yet. The driver then calls an empty
    /// function, whose epoch check finds the deadline that is set here and suspends the fiber: several times cheaper
    /// than an asynchronous import, and without an allocation.
    static let nextCallback: wasmtime_func_unchecked_callback_t = { _, caller, words, _ in
        guard let caller = unsafe caller, let words = unsafe words else { return nil }
        let state = unsafe Self.calling(caller)
        unsafe words[0].i64 = unsafe state.pointee.next(words[0].i64)
        return nil
    }

    /// `fill(pointer) -> count`: checks what the guest's allocator gave, and lets the owner write. 0: not handed over.
    static let fillCallback: wasmtime_func_unchecked_callback_t = { _, caller, words, _ in
        guard let caller = unsafe caller, let words = unsafe words else { return nil }
        let state = unsafe Self.calling(caller)
        unsafe words[0].i64 = unsafe Int64(state.handOver(to: UInt32(bitPattern: words[0].i32)))
        return nil
    }

    private func handOver(to pointer: UInt32) -> Int {
        let memory = unsafe self.memoryBytes
        let count = unsafe self.pointee.byteCount
        let asked = max(count, Driver.minimumBufferBytes)
        guard pointer != 0 else {
            unsafe self.pointee.fault = .allocatorReturnedNull
            return 0
        }
        guard Int(pointer) + asked <= memory.count else {
            unsafe self.pointee.fault = .allocatorOutOfRange(
                pointer: pointer, byteCount: asked, memoryByteCount: memory.count)
            return 0
        }
        let start = Int(pointer)
        let room = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[start..<start + count])
        let used = unsafe self.pointee.owner.fill(room)
        guard 1...count ~= used else {
            unsafe self.pointee.fault = .notEncodable
            return 0
        }
        return used
    }

    /// `take(cell) -> length << 32 | pointer`: gives the owner what a function answered, and says what is to be freed.
    static let takeCallback: wasmtime_func_unchecked_callback_t = { _, caller, words, _ in
        guard let caller = unsafe caller, let words = unsafe words else { return nil }
        let state = unsafe Self.calling(caller)
        unsafe words[0].i64 = unsafe Int64(bitPattern: state.takeAnswer(at: UInt32(bitPattern: words[0].i32)))
        return nil
    }

    /// `explain(pointer, length)`: gives the owner what the guest says about a status, if it can be read.
    static let explainCallback: wasmtime_func_unchecked_callback_t = { _, caller, words, _ in
        guard let caller = unsafe caller, let words = unsafe words else { return nil }
        let state = unsafe Self.calling(caller)
        let pointer = unsafe UInt32(bitPattern: words[0].i32)
        let count = unsafe UInt32(bitPattern: words[1].i32)
        if pointer != 0, 1...4096 ~= count, let bytes = unsafe state.lent(pointer, count) {
            unsafe state.pointee.owner.take(explanation: bytes)
        }
        return nil
    }

    private func takeAnswer(at cell: UInt32) -> UInt64 {
        // Inside the memory, as it was when it was filled: memory never shrinks.
        guard let words = unsafe self.lent(cell, UInt32(Driver.answerCellBytes)) else { return 0 }
        let pointer = unsafe UInt32(littleEndian: words.loadUnaligned(as: UInt32.self))
        let count = unsafe UInt32(littleEndian: words.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
        // No bytes have no address, whatever the guest wrote there.
        let isEmpty = count == 0
        guard let answer = unsafe self.lent(isEmpty ? 0 : pointer, count) else {
            unsafe self.pointee.fault = .answerOutOfRange(
                pointer: pointer, byteCount: Int(count), memoryByteCount: self.memoryBytes.count)
            return 0
        }
        if unsafe !self.pointee.owner.take(answer: answer) {
            unsafe self.pointee.fault = .answerTooLarge(byteCount: Int(count))
        }
        return isEmpty ? 0 : UInt64(count) << 32 | UInt64(pointer)
    }

    /// Guest memory as it is now; nil when the range is not inside it.
    private func lent(_ pointer: UInt32, _ count: UInt32) -> UnsafeRawBufferPointer? {
        let memory = unsafe self.memoryBytes
        guard Int(pointer) + Int(count) <= memory.count else { return nil }
        let start = Int(pointer)
        return unsafe UnsafeRawBufferPointer(rebasing: memory[start..<start + Int(count)])
    }
}

extension FiberState {
    fileprivate mutating func next(_ result: Int64) -> Int64 {
        let operation = self.submitted
        if operation != 0 {
            self.submitted = 0
            self.isAtNext = false
            self.fault = nil
            return operation
        }
        if !self.isAtNext {
            self.isAtNext = true
            self.result = result
        }
        unsafe wasmtime_context_set_epoch_deadline(self.context, 0)
        return 0
    }
}
