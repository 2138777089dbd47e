import PulpWire

/// The host's secure generator.
///
/// ```swift
/// let token = try Random.bytes(16)
/// var random = Random()
/// let dice = Int.random(in: 1...6, using: &random)
/// ```
public struct Random: RandomNumberGenerator {
    private var bytes: [UInt8] = []

    /// A generator; 64 numbers cost one call of the host's.
    public init() {}

    /// The next number. Ends the instance when the host has no randomness to give, which it always has.
    public mutating func next() -> UInt64 {
        if self.bytes.isEmpty {
            guard let bytes = try? Self.bytes(512) else { preconditionFailure("the host has no randomness") }
            self.bytes = bytes
        }
        var number: UInt64 = 0
        for byte in self.bytes.suffix(8) { number = number << 8 | UInt64(byte) }
        self.bytes.removeLast(8)
        return number
    }

    /// Random bytes.
    ///
    /// - Parameter count: 1 to 65,536.
    public static func bytes(_ count: UInt32) throws(PluginError) -> [UInt8] {
        let call = HostCall("entropy_read", .entropy)
        let request = EntropyRequest(count: count).encodedBytes()
        return try unsafe call.ask(request, entropy_read).decode(EntropyResponse.self, of: call).bytes
    }

    /// A random number of 64 bits.
    public static func number() throws(PluginError) -> UInt64 {
        var number: UInt64 = 0
        for byte in try Self.bytes(8) { number = number << 8 | UInt64(byte) }
        return number
    }
}

extension Literal {
    fileprivate static var entropy: Literal {
        """
        entropy.read
        4 ask for one byte at least
        5 ask for 65,536 bytes at most
        """
    }
}
