// Text, bytes, container headers, extensions.
extension MessagePackWriter {
    /// Writes `value` as str in its shortest form.
    @inlinable
    public mutating func writeString(_ value: String) {
        let count = value.utf8.count
        guard let place = unsafe self.claimString(count), count > 0 else { return }
        let copied: Void? = unsafe value.utf8.withContiguousStorageIfAvailable { source in
            guard let start = source.baseAddress else { return }
            unsafe place.copyMemory(from: start, byteCount: min(count, source.count))
        }
        guard copied == nil else { return }
        unsafe Self.copy(value.utf8, to: place, count: count)
    }

    /// Text that is not stored in one piece (bridged from another runtime).
    @usableFromInline
    @inline(never)
    static func copy(_ utf8: String.UTF8View, to place: UnsafeMutableRawPointer, count: Int) {
        var offset = 0
        for byte in utf8 where offset < count {
            unsafe place.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
            offset += 1
        }
    }

    /// Writes the header of text of `count` bytes.
    ///
    /// - Returns: The place of the text; nil when only counting, or when there is no room.
    @inlinable
    @inline(__always)
    mutating func claimString(_ count: Int) -> UnsafeMutableRawPointer? {
        // Short text, the usual, is one claim with its header.
        guard 0..<32 ~= count else {
            self.writeStringHeader(count)
            return unsafe self.claim(count)
        }
        guard let place = unsafe self.claim(1 &+ count) else { return nil }
        let header = MessagePackMarker.fixString | UInt8(truncatingIfNeeded: count)
        unsafe place.storeBytes(of: header, as: UInt8.self)
        return unsafe place + 1
    }

    /// Writes a literal as str in its shortest form.
    @inlinable
    #if !hasFeature(Embedded)
        @inline(__always)
    #else
        @inline(never)
    #endif
    public mutating func writeString(_ value: StaticString) {
        guard value.hasPointerRepresentation else { return self.writeString(value.description) }
        let count = value.utf8CodeUnitCount
        guard let place = unsafe self.claimString(count) else { return }
        unsafe place.copyMemory(from: value.utf8Start, byteCount: count)
    }

    /// Writes a field's name; inlined, so that it is one store of a few constants.
    @inlinable
    @inline(__always)
    public mutating func writeKey(_ key: WireKey) {
        self.writeString(key.text)
    }

    /// Writes bytes as str; they are not checked to be UTF-8.
    @inlinable
    public mutating func writeString(utf8 bytes: RawSpan) {
        unsafe bytes.withUnsafeBytes { buffer in
            unsafe self.writeString(utf8: buffer)
        }
    }

    /// Writes bytes as str; they are not checked to be UTF-8.
    @inlinable
    #if hasFeature(Embedded)
        @inline(never)
    #endif
    public mutating func writeString(utf8 bytes: UnsafeRawBufferPointer) {
        guard let place = unsafe self.claimString(bytes.count), let start = bytes.baseAddress else { return }
        unsafe place.copyMemory(from: start, byteCount: bytes.count)
    }

    /// Writes bytes as bin; none is `c4 00`, never nil.
    @inlinable
    #if hasFeature(Embedded)
        @inline(never)
    #endif
    public mutating func writeBinary(_ bytes: RawSpan) {
        self.writeBinaryHeader(bytes.byteCount)
        self.writeRaw(bytes)
    }

    /// Writes bytes as bin; none is `c4 00`, never nil.
    @inlinable
    public mutating func writeBinary(_ bytes: UnsafeRawBufferPointer) {
        self.writeBinaryHeader(bytes.count)
        unsafe self.writeRaw(bytes)
    }

    /// Writes bytes as bin; none is `c4 00`, never nil.
    @inlinable
    public mutating func writeBinary(_ bytes: [UInt8]) {
        self.writeBinary(bytes.wireBytes)
    }

    /// Writes bytes as they are: a value encoded before, or what a header announced.
    @inlinable
    public mutating func writeRaw(_ bytes: RawSpan) {
        unsafe bytes.withUnsafeBytes { buffer in
            unsafe self.writeRaw(buffer)
        }
    }

    /// Writes bytes as they are: a value encoded before, or what a header announced.
    @inlinable
    public mutating func writeRaw(_ bytes: UnsafeRawBufferPointer) {
        guard let place = unsafe self.claim(bytes.count), let start = bytes.baseAddress else { return }
        unsafe place.copyMemory(from: start, byteCount: bytes.count)
    }

    /// Announces `count` bytes of text, to follow by `writeRaw`.
    @inlinable
    public mutating func writeStringHeader(_ count: Int) {
        if 0..<32 ~= count {
            self.writeByte(MessagePackMarker.fixString | UInt8(truncatingIfNeeded: count))
        } else if 0...0xff ~= count {
            self.writeFixed(MessagePackMarker.string8, UInt8(truncatingIfNeeded: count))
        } else {
            self.writeLongHeader(MessagePackMarker.string16, MessagePackMarker.string32, count)
        }
    }

    /// Announces `count` bytes, to follow by `writeRaw`.
    @inlinable
    public mutating func writeBinaryHeader(_ count: Int) {
        if 0...0xff ~= count {
            self.writeFixed(MessagePackMarker.binary8, UInt8(truncatingIfNeeded: count))
        } else {
            self.writeLongHeader(MessagePackMarker.binary16, MessagePackMarker.binary32, count)
        }
    }

    /// Announces `count` values.
    @inlinable
    #if hasFeature(Embedded)
        @inline(never)
    #endif
    public mutating func writeArrayHeader(_ count: Int) {
        if 0..<16 ~= count {
            self.writeByte(MessagePackMarker.fixArray | UInt8(truncatingIfNeeded: count))
        } else {
            self.writeLongHeader(MessagePackMarker.array16, MessagePackMarker.array32, count)
        }
    }

    /// Announces `count` pairs of a key and a value.
    @inlinable
    #if hasFeature(Embedded)
        @inline(never)
    #endif
    public mutating func writeMapHeader(_ count: Int) {
        if 0..<16 ~= count {
            self.writeByte(MessagePackMarker.fixMap | UInt8(truncatingIfNeeded: count))
        } else {
            self.writeLongHeader(MessagePackMarker.map16, MessagePackMarker.map32, count)
        }
    }

    @inlinable
    #if hasFeature(Embedded)
        @inline(never)
    #endif
    mutating func writeLongHeader(_ marker16: UInt8, _ marker32: UInt8, _ count: Int) {
        if let short = UInt16(exactly: count) {
            self.writeFixed(marker16, short)
        } else if let long = UInt32(exactly: count) {
            self.writeFixed(marker32, long)
        } else {
            self.refuse()
        }
    }
}
