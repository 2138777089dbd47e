#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Where a guest's random bytes come from: the system's generator in a host, a seeded one in a test.
@safe public struct RandomSource: Sendable {
    private let body: @Sendable (UnsafeMutableRawBufferPointer) -> Bool

    /// - Parameter fill: Writes every byte of the buffer; false when there is no randomness to be had.
    public init(fill: @escaping @Sendable (UnsafeMutableRawBufferPointer) -> Bool) {
        unsafe self.body = unsafe fill
    }

    /// Writes every byte of `buffer`; false, and `buffer` in any state, when the source failed.
    public func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Bool {
        guard unsafe !buffer.isEmpty else { return true }
        return unsafe self.body(buffer)
    }

    /// `count` bytes, or nil when the source failed.
    public func bytes(_ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return unsafe bytes.withUnsafeMutableBytes({ unsafe self.fill($0) }) ? bytes : nil
    }
}

extension RandomSource {
    /// The operating system's generator for secrets.
    public static let system = unsafe RandomSource { buffer in
        #if canImport(Darwin)
            if let start = unsafe buffer.baseAddress { unsafe arc4random_buf(start, buffer.count) }
            return true
        #else
            // getentropy gives 256 bytes at most.
            var rest = unsafe buffer[...]
            while unsafe !rest.isEmpty {
                let part = unsafe UnsafeMutableRawBufferPointer(rebasing: rest.prefix(256))
                guard let start = part.baseAddress, unsafe getentropy(start, part.count) == 0 else {
                    return false
                }
                unsafe rest = unsafe rest.dropFirst(part.count)
            }
            return true
        #endif
    }
}
