import PulpCapability

// Arguments, environment, clocks, randomness.
extension WASISession {
    /// What one call may ask for: a few milliseconds of the generator's work, on an event loop.
    static let maximumRandomBytes: UInt32 = 1 << 20
    /// Randomness is made in pieces of this size, in place.
    private static let randomPiece = 4_096

    /// `args_sizes_get` and `environ_sizes_get`: how many strings, how many bytes of them.
    func sizes(_ count: Int, _ byteCount: Int, _ call: inout GuestCall) -> Errno {
        guard call.isInside(call.word(0), count: 4), call.isInside(call.word(1), count: 4) else { return .fault }
        return call.store(UInt32(clamping: count), at: call.word(0))
            && call.store(UInt32(clamping: byteCount), at: call.word(1)) ? .success : .fault
    }

    /// `environ_get`: an array of pointers, and the strings that they point to.
    func environment(_ call: inout GuestCall) -> Errno {
        let (pointers, strings) = (call.word(0), call.word(1))
        let block = self.environment
        guard !block.offsets.isEmpty else { return .success }
        let pointerBytes = UInt32(clamping: block.offsets.count * 4)
        guard call.isInside(pointers, count: pointerBytes),
            call.isInside(strings, count: UInt32(clamping: block.bytes.count))
        else { return .fault }
        for (index, offset) in block.offsets.enumerated() {
            // Both ranges are inside the memory, so no sum has more than 32 bits.
            guard call.store(strings + offset, at: pointers + UInt32(index) * 4) else { return .fault }
        }
        return call.store(block.bytes, at: strings) ? .success : .fault
    }

    /// `clock_res_get`: both clocks count nanoseconds.
    func resolution(_ call: inout GuestCall) -> Errno {
        guard let clock = ClockID(rawValue: call.word(0)), [.realtime, .monotonic].contains(clock) else {
            return .inval
        }
        return call.store(UInt64(1), at: call.word(1)) ? .success : .fault
    }

    /// `clock_time_get`.
    func time(_ call: inout GuestCall) -> Errno {
        guard let time = self.clocks.reading(call.word(0)) else { return .inval }
        return call.store(time, at: call.word(2)) ? .success : .fault
    }

    /// `random_get`.
    func randomBytes(_ call: inout GuestCall) -> Errno {
        let (pointer, count) = (call.word(0), call.word(1))
        guard call.isInside(pointer, count: count) else { return .fault }
        guard count <= Self.maximumRandomBytes else { return .inval }
        var isFilled = true
        let source = self.random
        let isWritten = unsafe call.fill(at: pointer, count: Int(count)) { buffer in
            var rest = unsafe buffer[...]
            while isFilled, unsafe !rest.isEmpty {
                let piece = unsafe UnsafeMutableRawBufferPointer(rebasing: rest.prefix(Self.randomPiece))
                isFilled = unsafe source.fill(piece)
                unsafe rest = unsafe rest.dropFirst(piece.count)
            }
        }
        guard isWritten else { return .fault }
        return isFilled ? .success : .io
    }
}
