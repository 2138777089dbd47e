import CWasmtime

/// What host functions do with the guest that calls them. Only from within an import of this fiber.
///
/// An error or trap of a nested call (``allocate(_:)``) is kept and ends the guest when the host function returns,
/// whatever that function does in between: a host function cannot swallow it.
extension ResidentFiber {
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
    public func allocate(_ byteCount: Int) throws(AllocationError) -> UInt32 {
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
    public func raise(_ message: String) {
        guard unsafe self.state.pointee.raised == nil else { return }
        unsafe self.state.keep(withName(message) { unsafe wasmtime_trap_new($0, $1) })
    }

    /// Ends the guest as `proc_exit` does.
    public func exit(_ code: UInt32) {
        unsafe self.state.pointee.exitCode = code
        self.raise("the guest called proc_exit(\(code))")
    }
}
