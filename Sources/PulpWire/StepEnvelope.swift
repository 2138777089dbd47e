/// What one call of a guest's step function carries: a counter, a time, and at most one event.
///
/// Little-endian and packed: `call_number` u64, `wall_time` u64, `payload_len` u32, payload. An empty payload is an
/// idle tick.
/// - SeeAlso: `docs/abi.md`, "Step envelope".
public struct StepEnvelope: Hashable, Sendable {
    /// Bytes before the payload.
    @inlinable public static var headerByteCount: Int { 20 }

    /// Counts the steps of one plugin, from 0.
    public var callNumber: UInt64
    /// Nanoseconds since 1970 UTC.
    public var wallTime: UInt64
    /// One MessagePack step event, or nothing.
    public var payload: [UInt8]

    /// An envelope around `payload`.
    public init(callNumber: UInt64, wallTime: UInt64, payload: [UInt8] = []) {
        self.callNumber = callNumber
        self.wallTime = wallTime
        self.payload = payload
    }

    /// Reads an envelope from the front of `bytes`; what follows it is ignored.
    ///
    /// - Parameter bytes: At least 20 bytes; borrowed, the payload is copied out.
    /// - Throws: ``WireError/Code/truncated`` when `bytes` ends before the payload does.
    public init(reading bytes: RawSpan) throws(WireError) {
        let view = try StepEnvelopeView(reading: bytes)
        self.init(callNumber: view.callNumber, wallTime: view.wallTime, payload: [UInt8](copying: view.payload))
    }

    /// The envelope's size in bytes.
    public var byteCount: Int { Self.headerByteCount + self.payload.count }

    /// The envelope as bytes. Empty when the payload has 4 GiB or more, which the length field cannot state.
    public func encodedBytes() -> [UInt8] {
        MessagePackWriter.encode { writer in
            writer.writeStepEnvelope(self)
        }
    }

    /// Writes an envelope to the front of `buffer` in one pass; the event is encoded in place.
    ///
    /// - Parameters:
    ///   - callNumber: Counts the steps of one plugin, from 0.
    ///   - wallTime: Nanoseconds since 1970 UTC.
    ///   - buffer: Room for 20 bytes and the payload.
    ///   - payload: Writes the event; nothing for an idle tick.
    /// - Returns: The number of bytes written.
    /// - Throws: ``WireError/Code/spaceExhausted`` when `buffer` is too small.
    @inlinable
    public static func write(
        callNumber: UInt64,
        wallTime: UInt64,
        into buffer: UnsafeMutableRawBufferPointer,
        payload: (inout MessagePackWriter) -> Void
    ) throws(WireError) -> Int {
        var writer = unsafe MessagePackWriter(unsafeBuffer: buffer)
        writer.writeStepEnvelopeHeader(callNumber: callNumber, wallTime: wallTime, payloadByteCount: 0)
        payload(&writer)
        let end = try writer.finish()
        guard let start = buffer.baseAddress, let byteCount = UInt32(exactly: end - Self.headerByteCount) else {
            throw WireError(.tooLarge, at: end, expected: .envelope)
        }
        unsafe start.storeBytes(of: byteCount.littleEndian, toByteOffset: 16, as: UInt32.self)
        return end
    }
}

extension MessagePackWriter {
    /// Writes an envelope's 20 bytes; the payload is to follow.
    @inlinable
    public mutating func writeStepEnvelopeHeader(callNumber: UInt64, wallTime: UInt64, payloadByteCount: UInt32) {
        guard let place = unsafe self.claim(StepEnvelope.headerByteCount) else { return }
        unsafe place.storeBytes(of: callNumber.littleEndian, as: UInt64.self)
        unsafe place.storeBytes(of: wallTime.littleEndian, toByteOffset: 8, as: UInt64.self)
        unsafe place.storeBytes(of: payloadByteCount.littleEndian, toByteOffset: 16, as: UInt32.self)
    }

    /// Writes a whole envelope.
    public mutating func writeStepEnvelope(_ envelope: StepEnvelope) {
        guard let byteCount = UInt32(exactly: envelope.payload.count) else { return self.refuse() }
        self.writeStepEnvelopeHeader(
            callNumber: envelope.callNumber, wallTime: envelope.wallTime, payloadByteCount: byteCount)
        self.writeRaw(envelope.payload.wireBytes)
    }
}

/// An envelope read in place: the payload is lent from the bytes it was read from.
public struct StepEnvelopeView: ~Escapable {
    public let callNumber: UInt64
    /// Nanoseconds since 1970 UTC.
    public let wallTime: UInt64
    /// One MessagePack step event; empty for an idle tick.
    public let payload: RawSpan

    /// Reads an envelope from the front of `bytes`; what follows it is ignored.
    ///
    /// - Throws: ``WireError/Code/truncated`` when `bytes` ends before the payload does.
    @_lifetime(copy bytes)
    public init(reading bytes: RawSpan) throws(WireError) {
        let header = StepEnvelope.headerByteCount
        guard bytes.byteCount >= header else {
            throw WireError(.truncated, at: bytes.byteCount, expected: .envelope)
        }
        let callNumber = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt64.self)
        let wallTime = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: 8, as: UInt64.self)
        let count = unsafe UInt(
            UInt32(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: 16, as: UInt32.self)))
        guard count <= UInt(bytes.byteCount - header) else {
            throw WireError(.truncated, at: bytes.byteCount, expected: .envelope)
        }
        self.callNumber = UInt64(littleEndian: callNumber)
        self.wallTime = UInt64(littleEndian: wallTime)
        self.payload = bytes.extracting(header..<(header + Int(count)))
    }
}
