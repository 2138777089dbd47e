/// The i32 that a host import returns.
///
/// The names give the usual meaning; single functions of the reference assign some numbers otherwise, and those tables
/// are exact.
/// - SeeAlso: `docs/abi.md`, "Statuses".
@frozen
public struct Status: RawRepresentable, Hashable, Sendable {
    public var rawValue: Int32

    @inlinable
    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }

    /// Done.
    @inlinable public static var ok: Status { Status(rawValue: 0) }
    /// The request has no bytes.
    @inlinable public static var emptyRequest: Status { Status(rawValue: 1) }
    /// The request lies outside the guest's memory.
    @inlinable public static var readFailed: Status { Status(rawValue: 2) }
    /// The request is not the record that the function takes.
    @inlinable public static var decodeFailed: Status { Status(rawValue: 3) }
    /// The operation itself failed.
    @inlinable public static var operationFailed: Status { Status(rawValue: 4) }
    /// The answer cannot be encoded.
    @inlinable public static var encodeFailed: Status { Status(rawValue: 5) }
    /// What the request names does not exist.
    @inlinable public static var notFound: Status { Status(rawValue: 6) }
    /// The guest's allocator is missing, failed, or returned 0.
    @inlinable public static var allocationFailed: Status { Status(rawValue: 7) }
    /// The answer could not be written to the guest's memory.
    @inlinable public static var writeFailed: Status { Status(rawValue: 8) }
    /// The handle or registration does not exist.
    @inlinable public static var notRegistered: Status { Status(rawValue: 9) }
    /// What stands behind the capability is not available.
    @inlinable public static var unavailable: Status { Status(rawValue: 10) }
    /// The plugin may not do this, or does not own what it names.
    @inlinable public static var denied: Status { Status(rawValue: 11) }
    /// The manifest does not grant the capability.
    @inlinable public static var notGranted: Status { Status(rawValue: 99) }
}
