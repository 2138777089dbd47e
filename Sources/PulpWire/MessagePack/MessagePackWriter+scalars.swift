// Nil, booleans, numbers. The fixed-width integers follow the reference's encoder: a Go int64 is always nine bytes.
extension MessagePackWriter {
    /// Writes `c0`.
    @inlinable
    public mutating func writeNil() {
        self.writeByte(MessagePackMarker.nil)
    }

    /// Writes `c2` or `c3`.
    @inlinable
    public mutating func writeBool(_ value: Bool) {
        self.writeByte(value ? MessagePackMarker.true : MessagePackMarker.false)
    }

    /// Writes `d3` and eight bytes, whatever the value.
    @inlinable
    #if hasFeature(Embedded)
        @inline(never)
    #endif
    public mutating func writeInt64(_ value: Int64) {
        self.writeFixed(MessagePackMarker.int64, UInt64(bitPattern: value))
    }

    /// Writes `cf` and eight bytes, whatever the value.
    @inlinable
    #if hasFeature(Embedded)
        @inline(never)
    #endif
    public mutating func writeUInt64(_ value: UInt64) {
        self.writeFixed(MessagePackMarker.uint64, value)
    }

    /// Writes `ce` and four bytes, whatever the value.
    @inlinable
    #if hasFeature(Embedded)
        @inline(never)
    #endif
    public mutating func writeUInt32(_ value: UInt32) {
        self.writeFixed(MessagePackMarker.uint32, value)
    }

    /// Writes `cd` and two bytes, whatever the value.
    @inlinable
    #if hasFeature(Embedded)
        @inline(never)
    #endif
    public mutating func writeUInt16(_ value: UInt16) {
        self.writeFixed(MessagePackMarker.uint16, value)
    }

    /// Writes `cc` and one byte, whatever the value.
    @inlinable
    #if hasFeature(Embedded)
        @inline(never)
    #endif
    public mutating func writeUInt8(_ value: UInt8) {
        self.writeFixed(MessagePackMarker.uint8, value)
    }

    /// Writes the shortest form of `value`, one to nine bytes.
    @inlinable
    public mutating func writeInt(_ value: Int) {
        self.writeShortest(Int64(value))
    }

    /// Writes the shortest form of `value`, one to nine bytes.
    public mutating func writeShortest(_ value: Int64) {
        if value >= 0 {
            self.writeShortest(UInt64(value))
        } else if value >= -32 {
            self.writeByte(UInt8(truncatingIfNeeded: value))
        } else if let small = Int8(exactly: value) {
            self.writeFixed(MessagePackMarker.int8, UInt8(bitPattern: small))
        } else if let small = Int16(exactly: value) {
            self.writeFixed(MessagePackMarker.int16, UInt16(bitPattern: small))
        } else if let small = Int32(exactly: value) {
            self.writeFixed(MessagePackMarker.int32, UInt32(bitPattern: small))
        } else {
            self.writeInt64(value)
        }
    }

    /// Writes the shortest form of `value`, one to nine bytes.
    public mutating func writeShortest(_ value: UInt64) {
        if value < 0x80 {
            self.writeByte(UInt8(truncatingIfNeeded: value))
        } else if let small = UInt8(exactly: value) {
            self.writeUInt8(small)
        } else if let small = UInt16(exactly: value) {
            self.writeUInt16(small)
        } else if let small = UInt32(exactly: value) {
            self.writeUInt32(small)
        } else {
            self.writeUInt64(value)
        }
    }

    /// Writes `cb` and eight bytes; the bits are kept, NaN included.
    @inlinable
    public mutating func writeDouble(_ value: Double) {
        self.writeFixed(MessagePackMarker.double, value.bitPattern)
    }

    /// Writes `ca` and four bytes; the bits are kept, NaN included.
    @inlinable
    public mutating func writeFloat(_ value: Float) {
        self.writeFixed(MessagePackMarker.float, value.bitPattern)
    }

    @inlinable
    @inline(__always)
    mutating func writeByte(_ byte: UInt8) {
        guard let place = unsafe self.claim(1) else { return }
        unsafe place.storeBytes(of: byte, as: UInt8.self)
    }

    /// A marker and a big-endian number behind it.
    @inlinable
    @inline(__always)
    mutating func writeFixed<Number: FixedWidthInteger & BitwiseCopyable>(_ marker: UInt8, _ value: Number) {
        guard let place = unsafe self.claim(1 + MemoryLayout<Number>.size) else { return }
        unsafe place.storeBytes(of: marker, as: UInt8.self)
        unsafe (place + 1).storeBytes(of: value.bigEndian, as: Number.self)
    }
}
