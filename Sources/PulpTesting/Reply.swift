import PulpWire

/// What an import has answered.
public struct Reply: Hashable, Sendable {
    /// What the guest gets; 0 is done.
    public let status: Int32
    /// The answer's bytes; empty without one.
    public let bytes: [UInt8]
    /// Whether neither half of the out-pair was written.
    public let isPairUntouched: Bool

    /// The answer as a record.
    ///
    /// - Throws: `WireError` when it is none.
    public func decoded<Record: WireDecodable>(as type: Record.Type = Record.self) throws -> Record {
        try Record(decoding: self.bytes)
    }
}

/// Why a harness could not do what a test asked.
public struct HarnessError: Error, Hashable, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
