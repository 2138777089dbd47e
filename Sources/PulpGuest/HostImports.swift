import PulpWire

// The host's functions, as the module `pulp` imports them; each answers a status.
// - SeeAlso: `docs/abi.md`.

@_extern(c)
func pulp_free(_ block: UnsafeMutableRawPointer?, _ size: UInt32)

extension WireEncodable {
    /// Hands the record to one of the host's functions.
    func send(to call: (UnsafeRawPointer?, UInt32) -> Int32) -> Status {
        let bytes = self.encodedBytes()
        return unsafe bytes.withUnsafeBytes { buffer in
            unsafe Status(rawValue: call(buffer.baseAddress, UInt32(buffer.count)))
        }
    }

    /// Hands the record to one of the host's functions and lends its answer.
    func query<Answer: WireDecodable>(
        _ call: (
            UnsafeRawPointer?, UInt32, UnsafeMutablePointer<UnsafeMutableRawPointer?>, UnsafeMutablePointer<UInt32>
        ) -> Int32,
        answer: Answer.Type
    ) -> Result<Answer, HostError> {
        var block: UnsafeMutableRawPointer? = nil
        var length: UInt32 = 0
        let status = unsafe self.send { bytes, count in unsafe call(bytes, count, &block, &length) }
        // The host had the answer's memory allocated here: it is ours to free.
        defer { unsafe pulp_free(block, length) }
        guard status == .ok else { return .failure(HostError(status: status)) }
        let bytes = unsafe UnsafeRawBufferPointer(start: block, count: Int(length))
        do throws(WireError) {
            return .success(try unsafe Answer(decoding: bytes.bytes))
        } catch {
            return .failure(HostError(status: .decodeFailed))
        }
    }
}

/// A host function that answered another status than `ok`.
public struct HostError: Error, Hashable, Sendable {
    /// 99 when the manifest does not grant the capability.
    public let status: Status

    public init(status: Status) {
        self.status = status
    }
}

/// What `pulp_init` could not do, for the host's report; copied, cut where it is too long.
@_extern(c)
func pulp_refuse(_ sentence: UnsafeRawPointer?, _ length: UInt32)

/// Tells the exports, which `C/runtime.c` holds, what they are to call.
@_extern(c)
func pulp_install(
    _ initialize: @convention(c) (UnsafeRawPointer?, UInt32) -> Int32,
    _ step: @convention(c) (UnsafeRawPointer?, UInt32) -> Int32,
    _ shutdown: @convention(c) () -> Int32
)
