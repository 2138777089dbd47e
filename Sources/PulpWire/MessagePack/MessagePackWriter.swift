/// Writes MessagePack straight into memory that the caller provides, or only counts.
///
/// The same code runs twice: a first pass without memory finds the size, the caller asks the guest for exactly that
/// much, a second pass writes. Nothing traps for lack of space: the writer goes on counting, writes no more, and
/// ``finish()`` reports it.
///
/// What the format cannot state (a length of 4 GiB or more, a negative count) makes the count `Int.max`, so it ends as
/// the same error.
@safe
@frozen
public struct MessagePackWriter: ~Copyable {
    @usableFromInline let base: UnsafeMutableRawPointer?
    @usableFromInline let capacity: Int
    @usableFromInline var position: Int

    /// A writer without memory: it counts.
    @inlinable
    public init() {
        unsafe self.base = nil
        self.capacity = 0
        self.position = 0
    }

    /// A writer into `buffer`, which must outlive it.
    @inlinable
    public init(unsafeBuffer buffer: UnsafeMutableRawBufferPointer) {
        unsafe self.base = buffer.baseAddress
        self.capacity = buffer.count
        self.position = 0
    }

    /// Bytes that the values so far take, whether or not they found room.
    @inlinable
    public var byteCount: Int { self.position }

    /// Whether something found no room. Always true for a writer that only counts and has counted something.
    @inlinable
    public var hasOverflowed: Bool { self.position > self.capacity }

    /// Ends writing.
    ///
    /// - Returns: The number of bytes written.
    /// - Throws: ``WireError/Code/spaceExhausted`` when the buffer was too small.
    @inlinable
    public consuming func finish() throws(WireError) -> Int {
        guard !self.hasOverflowed else {
            throw WireError(.spaceExhausted, at: self.capacity, expected: .space)
        }
        return self.position
    }

    /// The place for the next `count` bytes; nil when only counting, or when there is no room.
    @inlinable
    #if !hasFeature(Embedded)
        @inline(__always)
    #else
        @inline(never)
    #endif
    mutating func claim(_ count: Int) -> UnsafeMutableRawPointer? {
        let start = self.position
        if count <= self.capacity &- start {
            self.position = start &+ count
            guard let base = unsafe self.base else { return nil }
            return unsafe base + start
        }
        let (sum, overflow) = start.addingReportingOverflow(count)
        self.position = overflow ? .max : sum
        return nil
    }

    /// Makes the whole message unencodable.
    @inlinable
    mutating func refuse() {
        self.position = .max
    }
}

extension MessagePackWriter {
    /// The number of bytes that `body` writes; `Int.max` when the format cannot state it.
    @inlinable
    public static func byteCount(_ body: (inout MessagePackWriter) -> Void) -> Int {
        var writer = MessagePackWriter()
        body(&writer)
        return writer.position
    }

    /// What `body` writes, as an array.
    ///
    /// `body` runs twice and must write the same both times. Empty when the format cannot state it (4 GiB or more in
    /// one value).
    @inlinable
    public static func encode(_ body: (inout MessagePackWriter) -> Void) -> [UInt8] {
        let count = Self.byteCount(body)
        guard count < Int.max else { return [] }
        return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            let room = unsafe UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count])
            var writer = unsafe MessagePackWriter(unsafeBuffer: room)
            body(&writer)
            guard writer.position == count else {
                preconditionFailure("the body wrote another number of bytes in its second pass")
            }
            initialized = count
        }
    }

    /// Writes what `body` writes to the front of `buffer`.
    ///
    /// - Returns: The number of bytes written.
    /// - Throws: ``WireError/Code/spaceExhausted`` when `buffer` is too small; its contents are then unspecified.
    @inlinable
    public static func write(
        into buffer: UnsafeMutableRawBufferPointer,
        _ body: (inout MessagePackWriter) -> Void
    ) throws(WireError) -> Int {
        var writer = unsafe MessagePackWriter(unsafeBuffer: buffer)
        body(&writer)
        return try writer.finish()
    }

    /// Writes what `body` writes to the front of `bytes`, which are lent for the call.
    ///
    /// - Returns: The number of bytes written.
    /// - Throws: ``WireError/Code/spaceExhausted`` when `bytes` is too small; its contents are then unspecified.
    @inlinable
    public static func write(
        into bytes: inout MutableRawSpan,
        _ body: (inout MessagePackWriter) -> Void
    ) throws(WireError) -> Int {
        try unsafe bytes.withUnsafeMutableBytes { (buffer) throws(WireError) -> Int in
            try unsafe Self.write(into: buffer, body)
        }
    }
}
