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
    ) -> Result<Answer, PluginError> {
        var block: UnsafeMutableRawPointer? = nil
        var length: UInt32 = 0
        let status = unsafe self.send { bytes, count in unsafe call(bytes, count, &block, &length) }
        // The host had the answer's memory allocated here: it is ours to free.
        defer { unsafe pulp_free(block, length) }
        guard status == .ok else { return .failure(PluginError(status: status)) }
        let bytes = unsafe UnsafeRawBufferPointer(start: block, count: Int(length))
        do throws(WireError) {
            return .success(try unsafe Answer(decoding: bytes.bytes))
        } catch {
            return .failure(PluginError(status: .decodeFailed))
        }
    }
}

extension PluginError {
    /// The host's refusal of a call that is not known here.
    init(status: Status) {
        self.init(status: status, call: HostCall("the host", ""))
    }
}

extension String {
    /// Lends the text's UTF-8 to a host function.
    func lend<Result>(to body: (UnsafeRawPointer?, UInt32) -> Result) -> Result {
        unsafe [UInt8](self.utf8).lend(to: body)
    }
}

/// Tells the exports, which `C/runtime.c` holds, what they are to call.
@_extern(c)
func pulp_install(
    _ initialize: @convention(c) (UnsafeRawPointer?, UInt32) -> Int32,
    _ step: @convention(c) (UnsafeRawPointer?, UInt32) -> Int32,
    _ shutdown: @convention(c) () -> Int32
)
