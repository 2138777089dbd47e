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

    /// Calls of the allocator that may be open at once: an allocator that calls an import whose answer needs the
    /// allocator, and so on. One is what guests need, two what a strange one may do; each takes stack of its own.
    public static let maximumNesting = 4

    /// Asks the guest for `byteCount` bytes (more are asked for when it is small) and checks what it gives.
    ///
    /// Guest code runs: it may call imports, be sliced, or be dropped; no lock and no exclusive access may be open
    /// across it.
    public func allocate(_ byteCount: Int) throws(AllocationError) -> UInt32 {
        guard unsafe self.state.pointee.raised == nil else { throw .trapped }
        guard unsafe self.state.pointee.allocator.store_id != 0 else { throw .missing }
        let asked = max(byteCount, Driver.minimumBufferBytes)
        guard asked <= Int(Int32.max) else { throw .outOfRange }
        guard unsafe self.state.pointee.nesting < Self.maximumNesting else {
            self.raise("pulp_alloc and imports are nested too deeply: \(Self.maximumNesting) calls are open")
            throw .trapped
        }
        unsafe self.state.pointee.nesting += 1
        defer { unsafe self.state.pointee.nesting -= 1 }
        var word = wasmtime_val_raw_t()
        unsafe word.i64 = Int64(asked)
        guard unsafe self.state.callNested(&self.state.pointee.allocator, &word) else { throw .trapped }
        let pointer = unsafe UInt32(bitPattern: word.i32)
        guard pointer != 0 else { throw .returnedNull }
        guard unsafe Int(pointer) + asked <= self.memory.count else { throw .outOfRange }
        return pointer
    }

    /// Ends the guest with a trap of the host's when the running host function returns.
    public func raise(_ message: String) {
        unsafe self.state.raise(message)
    }

    /// Ends the guest as `proc_exit` does.
    public func exit(_ code: UInt32) {
        unsafe self.state.pointee.exitCode = code
        self.raise("the guest called proc_exit(\(code))")
    }
}
