import PulpWire

/// One call of an import: its words, and checked access to the caller's memory. Lent for the length of the call.
///
/// Every pointer and length of the guest goes through here: a range that is not inside the memory gives nil or false,
/// never a trap of the host.
@safe public struct GuestCall: ~Copyable {
    /// Parameters that an import may have at most (the reference's longest has 12).
    public static let maximumWords = 12

    public let caller: any GuestCaller
    private var words: InlineArray<12, UInt64>

    public init(caller: any GuestCaller, words: InlineArray<12, UInt64>) {
        self.caller = caller
        self.words = words
    }

    /// The parameter at `index` as 32 bits.
    @inlinable
    public func word(_ index: Int) -> UInt32 { UInt32(truncatingIfNeeded: self.doubleWord(index)) }

    /// The parameter at `index` as 64 bits; 0 outside 0..<12.
    public func doubleWord(_ index: Int) -> UInt64 {
        self.words.indices.contains(index) ? self.words[index] : 0
    }

    /// Two 32-bit words, low and high, as the one 64-bit number that they carry.
    public func splitWord(_ index: Int) -> UInt64 {
        UInt64(self.word(index)) | UInt64(self.word(index + 1)) << 32
    }

    /// Lends `count` bytes of guest memory, or nil when they are not all inside it.
    @inline(__always)
    public func withBytes<Result: ~Copyable, Failure: Error>(
        at pointer: UInt32, count: UInt32, _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        let memory = unsafe UnsafeRawBufferPointer(self.caller.memory)
        guard Int(pointer) + Int(count) <= memory.count else { return nil }
        let range = unsafe UnsafeRawBufferPointer(rebasing: memory[Int(pointer)..<Int(pointer) + Int(count)])
        return try unsafe body(RawSpan(_unsafeBytes: range))
    }

    /// A copy of `count` bytes, or nil when they are not all inside the memory.
    public func bytes(at pointer: UInt32, count: UInt32) -> [UInt8]? {
        self.withBytes(at: pointer, count: count) { [UInt8](copying: $0) }
    }

    /// A little-endian 32-bit word of guest memory.
    public func loadWord(at pointer: UInt32) -> UInt32? {
        let memory = unsafe self.caller.memory
        guard Int(pointer) + 4 <= memory.count else { return nil }
        return unsafe UInt32(littleEndian: memory.loadUnaligned(fromByteOffset: Int(pointer), as: UInt32.self))
    }

    /// Stores a little-endian integer; false when it is not inside the memory.
    public mutating func store<Word: FixedWidthInteger & BitwiseCopyable>(_ value: Word, at pointer: UInt32) -> Bool {
        let memory = unsafe self.caller.memory
        guard Int(pointer) + MemoryLayout<Word>.size <= memory.count else { return false }
        unsafe memory.storeBytes(of: value.littleEndian, toByteOffset: Int(pointer), as: Word.self)
        return true
    }

    /// Lets `body` write `count` bytes of guest memory; false when they are not all inside it.
    public mutating func fill(at pointer: UInt32, count: Int, _ body: (UnsafeMutableRawBufferPointer) -> Void) -> Bool {
        let memory = unsafe self.caller.memory
        guard count >= 0, Int(pointer) + count <= memory.count else { return false }
        unsafe body(UnsafeMutableRawBufferPointer(rebasing: memory[Int(pointer)..<Int(pointer) + count]))
        return true
    }

    /// Copies `bytes` to guest memory; false when they do not fit inside it.
    public mutating func store(_ bytes: [UInt8], at pointer: UInt32) -> Bool {
        unsafe self.fill(at: pointer, count: bytes.count) { unsafe $0.copyBytes(from: bytes) }
    }
}
