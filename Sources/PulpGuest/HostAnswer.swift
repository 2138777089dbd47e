import PulpWire

/// A host function that takes bytes: `ptr, len`.
typealias HostFunction = @convention(c) (UnsafeRawPointer?, UInt32) -> Int32
/// A host function that takes bytes and answers with bytes.
typealias HostQuestion =
    @convention(c) (
        UnsafeRawPointer?, UInt32, UnsafeMutablePointer<UnsafeMutableRawPointer?>, UnsafeMutablePointer<UInt32>
    ) -> Int32

// The one way in and out: what a wrapper has is lent to the host for the call, what the host answers is lent to us
// until it has been read. The functions are pointers, not closures, so that there is one copy of this and not one for
// each function.
extension HostCall {
    /// Throws unless `status` is 0.
    @inline(never)
    func check(_ status: Int32, detail: [UInt8] = []) throws(PluginError) {
        guard status == 0 else { throw PluginError(status: Status(rawValue: status), call: self, detail: detail) }
    }

    /// Hands bytes to the host.
    @inline(never)
    func send(_ request: [UInt8], to function: HostFunction) throws(PluginError) {
        try self.check(unsafe request.lend { unsafe function($0, $1) })
    }

    /// Hands bytes to the host and takes its answer.
    @inline(never)
    func ask(_ request: [UInt8], _ function: HostQuestion) throws(PluginError) -> HostAnswer {
        var answer = HostAnswer()
        let status = unsafe request.lend { start, count in
            unsafe answer.fill { unsafe function(start, count, $0, $1) }
        }
        try self.check(status)
        return answer
    }
}

/// What a host function has put into memory of ours: lent to a reader, then freed.
@safe struct HostAnswer: ~Copyable {
    private var block: UnsafeMutableRawPointer? = nil
    private var length: UInt32 = 0

    deinit {
        unsafe pulp_free(self.block, self.length)
    }

    init() {}

    /// Whether the host answered without bytes.
    var isEmpty: Bool { self.length == 0 }

    /// Lends `body` the places for the answer's address and length; to be called once.
    mutating func fill(
        _ body: (UnsafeMutablePointer<UnsafeMutableRawPointer?>, UnsafeMutablePointer<UInt32>) -> Int32
    ) -> Int32 {
        unsafe body(&self.block, &self.length)
    }

    /// The bytes, lent.
    var span: RawSpan {
        @_lifetime(borrow self)
        get {
            unsafe _overrideLifetime(
                UnsafeRawBufferPointer(start: self.block, count: Int(self.length)).bytes, borrowing: self)
        }
    }

    /// A copy of the bytes.
    var bytes: [UInt8] {
        unsafe [UInt8](UnsafeRawBufferPointer(start: self.block, count: Int(self.length)))
    }

    /// Reads the bytes as a record.
    ///
    /// - Parameter call: Whose answer this is, for the error.
    func decode<Answer: WireDecodable>(_ type: Answer.Type, of call: HostCall) throws(PluginError) -> Answer {
        do throws(WireError) {
            return try Answer(decoding: self.span)
        } catch {
            throw PluginError(status: .decodeFailed, call: call)
        }
    }
}

extension [UInt8] {
    /// Lends the bytes to a host function.
    func lend<Result>(to body: (UnsafeRawPointer?, UInt32) -> Result) -> Result {
        unsafe self.withUnsafeBytes { buffer in unsafe body(buffer.baseAddress, UInt32(buffer.count)) }
    }
}
