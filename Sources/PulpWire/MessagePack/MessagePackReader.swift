/// Reads MessagePack from borrowed bytes, value by value, without copying.
///
/// Total: every input either reads or throws a ``WireError``; nothing traps, and nothing is allocated for a length
/// before the bytes it announces are known to exist. Lenient as the reference's decoder: any integer width that fits
/// is taken, nil reads as the zero of the type asked for, str and bin are taken for each other. After an error the
/// position is unspecified.
@frozen
public struct MessagePackReader: ~Escapable {
    /// Deep enough for any record, shallow enough for a small stack.
    @inlinable public static var defaultMaxDepth: Int { 64 }
    /// About 10 MB at worst, for values built from tiny ones.
    @inlinable public static var defaultMaxValues: Int { 100_000 }

    @usableFromInline let bytes: RawSpan
    @usableFromInline var position: Int
    @usableFromInline var valuesLeft: Int
    /// How many containers may enclose a value that ``MessagePackValue`` builds.
    public let maxDepth: Int

    /// A reader at the front of `bytes`.
    ///
    /// - Parameters:
    ///   - bytes: Borrowed for the life of the reader.
    ///   - maxDepth: How deeply values that are built may nest. Skipping needs no stack and has no such limit.
    ///   - maxValues: How many values in all may be put into arrays and maps by this reader.
    @inlinable
    @_lifetime(copy bytes)
    public init(
        _ bytes: RawSpan,
        maxDepth: Int = MessagePackReader.defaultMaxDepth,
        maxValues: Int = MessagePackReader.defaultMaxValues
    ) {
        self.bytes = bytes
        self.position = 0
        self.valuesLeft = maxValues
        self.maxDepth = maxDepth
    }

    /// Bytes read so far.
    @inlinable public var offset: Int { self.position }
    /// Bytes left.
    @inlinable public var remaining: Int { self.bytes.byteCount &- self.position }
    /// Whether all bytes are read.
    @inlinable public var isAtEnd: Bool { self.remaining == 0 }

    /// The kind of the next value without reading it; nil at the end.
    public func peekKind() -> MessagePackKind? {
        self.isAtEnd ? nil : MessagePackKind(marker: self.byte(at: self.position))
    }

    /// Takes one value from the budget of those that may be built.
    ///
    /// - Throws: ``WireError/Code/tooLarge`` when it is used up.
    public mutating func countValue() throws(WireError) {
        guard self.valuesLeft > 0 else { throw WireError(.tooLarge, at: self.position, expected: .value) }
        self.valuesLeft -= 1
    }
}

// What the reading functions stand on. Each place is checked against the end before it is loaded from.
extension MessagePackReader {
    /// The byte at `offset`, which the caller has checked.
    @inlinable
    @inline(__always)
    func byte(at offset: Int) -> UInt8 {
        unsafe self.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt8.self)
    }

    /// The next value's first byte, not consumed.
    @inlinable
    @inline(__always)
    func marker(expecting expected: WireError.Expectation) throws(WireError) -> UInt8 {
        guard self.position < self.bytes.byteCount else { throw self.truncated(expected) }
        return self.byte(at: self.position)
    }

    /// The big-endian number after a marker; moves past both.
    @inlinable
    @inline(__always)
    mutating func fixed<Number: FixedWidthInteger & BitwiseCopyable>(
        _ type: Number.Type,
        expecting expected: WireError.Expectation
    ) throws(WireError) -> Number {
        guard MemoryLayout<Number>.size < self.remaining else { throw self.truncated(expected) }
        let number = unsafe self.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: self.position &+ 1, as: type)
        self.position &+= 1 &+ MemoryLayout<Number>.size
        return Number(bigEndian: number)
    }

    /// The next `count` bytes; moves past them.
    @inlinable
    @inline(__always)
    @_lifetime(copy self)
    mutating func take(_ count: UInt, expecting expected: WireError.Expectation) throws(WireError) -> RawSpan {
        guard count <= UInt(self.remaining) else { throw self.truncated(expected) }
        let start = self.position
        self.position = start &+ Int(count)
        return unsafe self.bytes.extracting(unchecked: start..<self.position)
    }

    @usableFromInline
    @inline(never)
    func truncated(_ expected: WireError.Expectation) -> WireError {
        WireError(.truncated, at: self.position, expected: expected)
    }

    /// The error for a value whose marker is of the wrong kind.
    @usableFromInline
    @inline(never)
    func mismatch(_ expected: WireError.Expectation, found marker: UInt8) -> WireError {
        let code: WireError.Code = marker == MessagePackMarker.neverUsed ? .invalidFormat : .typeMismatch
        return WireError(code, at: self.position, expected: expected, found: marker)
    }
}
