import PulpCapability
import PulpWire

/// `entropy.read`: random bytes from the host's secure generator.
package struct EntropyCapability: Capability {
    package static let id: CapabilityID = "entropy.read"
    package static let imports: [HostImport<Self>] = [
        .query(
            "entropy_read", summary: "Random bytes: `{n}` gives `{bytes}`.",
            statuses: [Self.none: "`n` is 0", Self.tooMany: "`n` is above 65536", Self.failed: "the generator failed"],
            boundary: Self.boundary
        ) { session, request, _ in try session.read(request) }
    ]

    private static let none: Int32 = 4
    private static let tooMany: Int32 = 5
    private static let failed: Int32 = 6
    /// The reference's numbers for what is usually 5, 7 and 8 are one higher here.
    private static let boundary = {
        var boundary = BoundaryStatuses()
        boundary.failed = Status(rawValue: Self.failed)
        boundary.unencodable = Status(rawValue: 7)
        boundary.unallocated = Status(rawValue: 8)
        boundary.unwritable = Status(rawValue: 9)
        return boundary
    }()

    private let random: RandomSource

    package init(random: RandomSource) {
        self.random = random
    }

    func read(_ request: EntropyRequest) throws(CapabilityError) -> EntropyResponse {
        guard request.count > 0 else { throw CapabilityError(code: Self.none, "entropy_read: n is 0") }
        guard request.count <= 65_536 else {
            throw CapabilityError(code: Self.tooMany, "entropy_read: n is \(request.count), at most 65536 are given")
        }
        guard let bytes = self.random.bytes(Int(request.count)) else {
            throw CapabilityError(code: Self.failed, "entropy_read: the host's generator failed")
        }
        return EntropyResponse(bytes: bytes)
    }
}
