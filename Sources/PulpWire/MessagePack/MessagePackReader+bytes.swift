// Text, bytes, extensions.
extension MessagePackReader {
    /// Reads text or bytes without copying: str or bin of any width; nil is empty.
    ///
    /// The bytes are as sent: text is not checked to be UTF-8.
    @inlinable
    #if hasFeature(Embedded)
        @inline(never)
    #endif
    @_lifetime(copy self)
    public mutating func readStringSpan() throws(WireError) -> RawSpan {
        let marker = try self.marker(expecting: .string)
        if marker & 0xe0 == MessagePackMarker.fixString {
            self.position &+= 1
            return try self.take(UInt(marker & 0x1f), expecting: .string)
        }
        return try self.readLongSpan(marker, expecting: .string)
    }

    /// Reads bytes without copying: bin or str of any width; nil is empty.
    @inlinable
    @_lifetime(copy self)
    public mutating func readBinary() throws(WireError) -> RawSpan {
        let marker = try self.marker(expecting: .binary)
        if marker & 0xe0 == MessagePackMarker.fixString {
            self.position &+= 1
            return try self.take(UInt(marker & 0x1f), expecting: .binary)
        }
        return try self.readLongSpan(marker, expecting: .binary)
    }

    @usableFromInline
    @_lifetime(copy self)
    mutating func readLongSpan(
        _ marker: UInt8,
        expecting expected: WireError.Expectation
    ) throws(WireError) -> RawSpan {
        let count: UInt
        switch marker {
        case MessagePackMarker.string8, MessagePackMarker.binary8:
            count = UInt(try self.fixed(UInt8.self, expecting: expected))
        case MessagePackMarker.string16, MessagePackMarker.binary16:
            count = UInt(try self.fixed(UInt16.self, expecting: expected))
        case MessagePackMarker.string32, MessagePackMarker.binary32:
            count = UInt(try self.fixed(UInt32.self, expecting: expected))
        case MessagePackMarker.nil:
            self.position &+= 1
            count = 0
        default: throw self.mismatch(expected, found: marker)
        }
        return try self.take(count, expecting: expected)
    }

    /// Reads bytes into an array: bin or str of any width; nil is empty.
    public mutating func readBytes() throws(WireError) -> [UInt8] {
        let span = try self.readBinary()
        return [UInt8](copying: span)
    }

    /// Reads text: str or bin of any width; nil is empty.
    ///
    /// Bytes that are not UTF-8 become U+FFFD: the reference's guests may hold any bytes in a string, and a text field
    /// that is a little wrong must not lose the message. Where that matters, read the span or ``readStrictString()``.
    public mutating func readString() throws(WireError) -> String {
        let span = try self.readStringSpan()
        return String(repairing: span)
    }

    /// Reads text that must be UTF-8.
    ///
    /// - Throws: ``WireError/Code/invalidUTF8`` when it is not.
    public mutating func readStrictString() throws(WireError) -> String {
        let start = self.position
        let span = try self.readStringSpan()
        let text = unsafe span.withUnsafeBytes { buffer in
            unsafe String(validating: buffer, as: UTF8.self)
        }
        guard let text else { throw WireError(.invalidUTF8, at: start, expected: .string) }
        return text
    }

    /// Reads an extension without copying.
    @_lifetime(copy self)
    public mutating func readExtension() throws(WireError) -> MessagePackExtensionSpan {
        let marker = try self.marker(expecting: .extension)
        let count: UInt
        switch marker {
        case MessagePackMarker.fixExtension1...MessagePackMarker.fixExtension16:
            count = 1 << UInt(marker - MessagePackMarker.fixExtension1)
            self.position &+= 1
        case MessagePackMarker.extension8: count = UInt(try self.fixed(UInt8.self, expecting: .extension))
        case MessagePackMarker.extension16: count = UInt(try self.fixed(UInt16.self, expecting: .extension))
        case MessagePackMarker.extension32: count = UInt(try self.fixed(UInt32.self, expecting: .extension))
        default: throw self.mismatch(.extension, found: marker)
        }
        guard !self.isAtEnd else { throw self.truncated(.extension) }
        let type = Int8(bitPattern: self.byte(at: self.position))
        self.position &+= 1
        return MessagePackExtensionSpan(type: type, bytes: try self.take(count, expecting: .extension))
    }

    /// Reads a point in time: extension -1 of 4, 8 or 12 bytes.
    ///
    /// - Returns: Seconds since 1970 UTC, and nanoseconds below 1,000,000,000.
    public mutating func readTimestamp() throws(WireError) -> (seconds: Int64, nanoseconds: UInt32) {
        let start = self.position
        let marker = try self.marker(expecting: .timestamp)
        guard MessagePackKind(marker: marker) == .extension else { throw self.mismatch(.timestamp, found: marker) }
        guard let timestamp = try self.readExtension().timestamp else {
            throw WireError(.invalidFormat, at: start, expected: .timestamp, found: marker)
        }
        return timestamp
    }
}

/// An extension's type and bytes, lent from the message.
public struct MessagePackExtensionSpan: ~Escapable {
    public let type: Int8
    public let bytes: RawSpan

    @_lifetime(copy bytes)
    init(type: Int8, bytes: RawSpan) {
        self.type = type
        self.bytes = bytes
    }

    /// The point in time that the bytes state; nil when the type is not -1, the length not 4, 8 or 12, or the
    /// nanoseconds are a second or more.
    public var timestamp: (seconds: Int64, nanoseconds: UInt32)? {
        guard self.type == MessagePackMarker.timestampType else { return nil }
        let seconds: Int64
        let nanoseconds: UInt32
        switch self.bytes.byteCount {
        case 4:
            seconds = Int64(self.load(UInt32.self, at: 0))
            nanoseconds = 0
        case 8:
            let packed = self.load(UInt64.self, at: 0)
            seconds = Int64(packed & (1 << 34 - 1))
            nanoseconds = UInt32(packed >> 34)
        case 12:
            seconds = Int64(bitPattern: self.load(UInt64.self, at: 4))
            nanoseconds = self.load(UInt32.self, at: 0)
        default: return nil
        }
        return nanoseconds < 1_000_000_000 ? (seconds, nanoseconds) : nil
    }

    private func load<Number: FixedWidthInteger & BitwiseCopyable>(_ type: Number.Type, at offset: Int) -> Number {
        unsafe Number(bigEndian: self.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: type))
    }
}
