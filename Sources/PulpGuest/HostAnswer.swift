import PulpWire

/// What a host function has put into memory of ours: lent to a reader, then freed.
@safe struct HostAnswer: ~Copyable {
    private var block: UnsafeMutableRawPointer? = nil
    private var length: UInt32 = 0

    /// Calls a host function that answers with bytes.
    ///
    /// - Parameter call: Gets the places for the answer's address and length; returns a status.
    init(
        _ call: (UnsafeMutablePointer<UnsafeMutableRawPointer?>, UnsafeMutablePointer<UInt32>) -> Int32
    ) throws(HostError) {
        let status = unsafe Status(rawValue: call(&self.block, &self.length))
        guard status == .ok else { throw HostError(status: status) }
    }

    deinit {
        unsafe pulp_free(self.block, self.length)
    }

    /// A copy of the bytes.
    var bytes: [UInt8] {
        unsafe [UInt8](UnsafeRawBufferPointer(start: self.block, count: Int(self.length)))
    }

    /// Reads the bytes as a record.
    func decode<Answer: WireDecodable>(_ type: Answer.Type) throws(HostError) -> Answer {
        do throws(WireError) {
            return try unsafe Answer(
                decoding: UnsafeRawBufferPointer(start: self.block, count: Int(self.length)).bytes)
        } catch {
            throw HostError(status: .decodeFailed)
        }
    }
}

extension String {
    /// Lends the text's UTF-8 to a host function.
    func lend<Result>(to body: (UnsafeRawPointer?, UInt32) -> Result) -> Result {
        unsafe [UInt8](self.utf8).lend(to: body)
    }
}

extension [UInt8] {
    /// Lends the bytes to a host function.
    func lend<Result>(to body: (UnsafeRawPointer?, UInt32) -> Result) -> Result {
        unsafe self.withUnsafeBytes { buffer in unsafe body(buffer.baseAddress, UInt32(buffer.count)) }
    }
}
