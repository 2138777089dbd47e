extension MessagePackWriter {
    /// Writes a point in time as extension -1, in the shortest of its forms of 4, 8 and 12 bytes.
    ///
    /// - Parameters:
    ///   - seconds: Since 1970 UTC; may be negative.
    ///   - nanoseconds: Below 1,000,000,000.
    public mutating func writeTimestamp(seconds: Int64, nanoseconds: UInt32) {
        let type = UInt8(bitPattern: MessagePackMarker.timestampType)
        // The 8-byte form has 34 bits of seconds and 30 of nanoseconds; the 4-byte form 32 of seconds alone.
        guard let unsigned = UInt64(exactly: seconds), unsigned < 1 << 34, nanoseconds < 1 << 30 else {
            self.writeFixed(MessagePackMarker.extension8, UInt16(12) << 8 | UInt16(type))
            self.writeBigEndian(nanoseconds)
            self.writeBigEndian(UInt64(bitPattern: seconds))
            return
        }
        if nanoseconds == 0, let short = UInt32(exactly: unsigned) {
            self.writeFixed(MessagePackMarker.fixExtension4, type)
            self.writeBigEndian(short)
        } else {
            self.writeFixed(MessagePackMarker.fixExtension8, type)
            self.writeBigEndian(UInt64(nanoseconds) << 34 | unsigned)
        }
    }

    /// Writes `bytes` as an extension of an application's own type, in the shortest form.
    public mutating func writeExtension(type: Int8, _ bytes: RawSpan) {
        let typeByte = UInt8(bitPattern: type)
        switch bytes.byteCount {
        case 1: self.writeFixed(MessagePackMarker.fixExtension1, typeByte)
        case 2: self.writeFixed(MessagePackMarker.fixExtension2, typeByte)
        case 4: self.writeFixed(MessagePackMarker.fixExtension4, typeByte)
        case 8: self.writeFixed(MessagePackMarker.fixExtension8, typeByte)
        case 16: self.writeFixed(MessagePackMarker.fixExtension16, typeByte)
        case let count:
            if let short = UInt8(exactly: count) {
                self.writeFixed(MessagePackMarker.extension8, short)
            } else {
                self.writeLongHeader(MessagePackMarker.extension16, MessagePackMarker.extension32, count)
            }
            self.writeByte(typeByte)
        }
        self.writeRaw(bytes)
    }

    mutating func writeBigEndian<Number: FixedWidthInteger & BitwiseCopyable>(_ value: Number) {
        guard let place = unsafe self.claim(MemoryLayout<Number>.size) else { return }
        unsafe place.storeBytes(of: value.bigEndian, as: Number.self)
    }

    /// Little-endian, as in the step envelope; MessagePack itself is big-endian.
    mutating func writeLittleEndian<Number: FixedWidthInteger & BitwiseCopyable>(_ value: Number) {
        guard let place = unsafe self.claim(MemoryLayout<Number>.size) else { return }
        unsafe place.storeBytes(of: value.littleEndian, as: Number.self)
    }
}
