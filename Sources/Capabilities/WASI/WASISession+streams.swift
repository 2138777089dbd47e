import PulpCapability

// Reading and writing the standard streams.
extension WASISession {
    /// As many as a POSIX system takes.
    private static let maximumVectors: UInt32 = 1_024
    /// What one write puts into the log at most: the call is on an event loop that has others to serve.
    static let maximumWrittenBytes = 65_536

    /// `fd_write`: to the log, if it wants it. Always answers the whole count: nobody blocks here.
    func write(_ call: inout GuestCall) -> Errno {
        guard let descriptor = self.descriptor(call.word(0), of: call.caller), descriptor.canWrite else { return .badf }
        let parts: Vectors
        switch call.vectors(at: call.word(1), count: call.word(2), atMost: Self.maximumVectors) {
        case .success(let vectors): parts = vectors
        case .failure(let failure): return failure.errno
        }
        guard call.isInside(call.word(3), count: 4) else { return .fault }
        if self.log.isWanted(descriptor.stream.level) { self.log(parts, of: descriptor.stream, in: call) }
        return call.store(parts.byteCount, at: call.word(3)) ? .success : .fault
    }

    private func log(_ parts: Vectors, of stream: Descriptor.Stream, in call: borrowing GuestCall) {
        var room = Self.maximumWrittenBytes
        self.collectLines(stream, of: call.caller.instance) { buffer, emit in
            for part in parts.ranges where room > 0 {
                let count = min(Int(part.count), room)
                room -= count
                _ = call.withBytes(at: part.pointer, count: UInt32(count)) { buffer.append($0, emit) }
            }
            if parts.byteCount > Self.maximumWrittenBytes { buffer.breakLine(emit) }
        }
        self.log.drop(bytes: Int(parts.byteCount) - Self.maximumWrittenBytes)
    }

    /// `fd_read`: standard input is at its end.
    func read(_ call: inout GuestCall) -> Errno {
        guard let descriptor = self.descriptor(call.word(0), of: call.caller), descriptor.canRead else { return .badf }
        if case .failure(let failure) = call.vectors(
            at: call.word(1), count: call.word(2), atMost: Self.maximumVectors)
        {
            return failure.errno
        }
        return call.store(UInt32(0), at: call.word(3)) ? .success : .fault
    }
}

/// Ranges of guest memory, all checked, whose sizes add up to no more than 32 bits hold.
struct Vectors {
    var ranges: [(pointer: UInt32, count: UInt32)] = []
    var byteCount: UInt32 = 0
}

/// Why an argument is refused.
struct ErrnoError: Error {
    let errno: Errno
}

extension GuestCall {
    func isInside(_ pointer: UInt32, count: UInt32) -> Bool {
        self.withBytes(at: pointer, count: count) { _ in true } ?? false
    }

    /// Reads an array of `iovec`: a pointer and a length, 32 bits each.
    func vectors(at pointer: UInt32, count: UInt32, atMost limit: UInt32) -> Result<Vectors, ErrnoError> {
        guard count <= limit else { return .failure(ErrnoError(errno: .inval)) }
        guard self.isInside(pointer, count: count * 8) else { return .failure(ErrnoError(errno: .fault)) }
        var vectors = Vectors()
        vectors.ranges.reserveCapacity(Int(count))
        for index in 0..<count {
            // Inside the memory, so the sum has no more than 32 bits.
            guard let start = self.loadWord(at: pointer + index * 8),
                let length = self.loadWord(at: pointer + index * 8 + 4), self.isInside(start, count: length)
            else { return .failure(ErrnoError(errno: .fault)) }
            let (sum, isOver) = vectors.byteCount.addingReportingOverflow(length)
            guard !isOver else { return .failure(ErrnoError(errno: .inval)) }
            vectors.byteCount = sum
            vectors.ranges.append((start, length))
        }
        return .success(vectors)
    }
}
