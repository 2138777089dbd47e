import PulpWire

/// The bytes of an answer as they grow, up to a bound. Written by whoever runs the statement, then read once by the
/// guest's loop.
@safe final class AnswerBuffer: @unchecked Sendable {
    // Sendable, since it is handed on: the writer lets go of it before the reader gets it.
    private var storage: UnsafeMutableRawBufferPointer
    private var start = 0
    private(set) var count = 0
    private let limit: Int
    /// Something found no room within the bound.
    private(set) var isOverfull = false

    /// - Parameter limit: Bytes at most.
    init(limit: Int, capacity: Int = 512) {
        self.limit = limit
        unsafe self.storage = .allocate(byteCount: max(16, min(capacity, limit)), alignment: 8)
    }

    deinit {
        unsafe self.storage.deallocate()
    }

    /// Lends the bytes.
    func withBytes<Result>(_ body: (RawSpan) -> Result) -> Result {
        let buffer = unsafe UnsafeRawBufferPointer(rebasing: self.storage[self.start..<self.count])
        return unsafe body(RawSpan(_unsafeBytes: buffer))
    }

    /// Empties it for another try.
    func reset() {
        self.start = 0
        self.count = 0
        self.isOverfull = false
    }

    /// Appends what `body` writes, which is `bound` bytes at most.
    @inline(__always)
    func append(_ bound: Int, _ body: (inout MessagePackWriter) -> Void) {
        guard self.reserve(bound) else { return }
        let room = unsafe UnsafeMutableRawBufferPointer(rebasing: self.storage[self.count...])
        var writer = unsafe MessagePackWriter(unsafeBuffer: room)
        body(&writer)
        self.count += min(writer.byteCount, room.count)
    }

    @inline(__always)
    private func reserve(_ bound: Int) -> Bool {
        if unsafe bound <= self.storage.count - self.count { return !self.isOverfull }
        return self.grow(bound)
    }

    private func grow(_ bound: Int) -> Bool {
        guard !self.isOverfull, bound <= self.limit - self.count else {
            self.isOverfull = true
            return false
        }
        let capacity = unsafe min(max(self.storage.count * 2, self.count + bound), self.limit)
        let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 8)
        unsafe larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: self.storage[..<self.count]))
        unsafe self.storage.deallocate()
        unsafe self.storage = unsafe larger
        return true
    }

    // MARK: Arrays whose length is known at their end

    /// Room for the header of an array of any length.
    private static let headerRoom = 5

    /// Leaves room for an array's header; for ``endArray(_:at:)``.
    func beginArray() -> Int {
        let place = self.count
        self.append(Self.headerRoom) { writer in for _ in 0..<Self.headerRoom { writer.writeNil() } }
        return place
    }

    /// Writes the header of the array that began at `place`, in the shortest form, as the reference does: what stands
    /// before it moves up. One array of an answer can be made so.
    ///
    /// - Parameter length: Nil writes nil in place of the array.
    func endArray(_ length: Int?, at place: Int) {
        guard !self.isOverfull else { return }
        let header = MessagePackWriter.encode { writer in
            if let length { writer.writeArrayHeader(length) } else { writer.writeNil() }
        }
        let gap = Self.headerRoom - header.count
        // The front is a few names: moving it is cheaper than moving the rows.
        unsafe self.storage.baseAddress.map { base in
            unsafe (base + self.start + gap).copyMemory(from: base + self.start, byteCount: place - self.start)
            for (offset, byte) in header.enumerated() {
                unsafe base.storeBytes(of: byte, toByteOffset: place + gap + offset, as: UInt8.self)
            }
        }
        self.start += gap
    }

    /// Writes the header of an array that began at `place` in its longest form: for arrays inside others.
    func endInnerArray(_ length: Int, at place: Int) {
        guard !self.isOverfull, let length = UInt32(exactly: length) else { return }
        unsafe self.storage.storeBytes(of: 0xdd, toByteOffset: place, as: UInt8.self)
        unsafe self.storage.storeBytes(of: length.bigEndian, toByteOffset: place + 1, as: UInt32.self)
    }
}
