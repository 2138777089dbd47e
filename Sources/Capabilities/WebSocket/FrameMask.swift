/// The mask that a client puts over its payload: RFC 6455, 5.3.
struct FrameMask {
    /// The four bytes as they came, the first one lowest.
    private let key: UInt32

    init(littleEndian key: UInt32) {
        self.key = key
    }

    /// Copies `source` to `target`, which is as long, and takes the mask off; `offset` is how far into the payload.
    func remove(
        from source: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer, offset: Int
    ) {
        let turn = UInt32(8 * (offset & 3))
        let key = turn == 0 ? self.key : self.key >> turn | self.key << (32 - turn)
        let wide = UInt64(key) | UInt64(key) << 32
        var position = 0
        while position + 8 <= source.count {
            let word = unsafe UInt64(littleEndian: source.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            unsafe target.storeBytes(of: (word ^ wide).littleEndian, toByteOffset: position, as: UInt64.self)
            position += 8
        }
        while position < source.count {
            let byte = UInt8(truncatingIfNeeded: key >> UInt32(8 * (position & 3)))
            unsafe target[position] = source[position] ^ byte
            position += 1
        }
    }
}
