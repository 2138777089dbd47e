// Between arrays and text that own their bytes, and spans that lend them.
extension [UInt8] {
    /// The bytes, lent; every bit pattern of them is a value, so this is safe where `Span.bytes` in general is not.
    @inlinable public var wireBytes: RawSpan {
        @_lifetime(borrow self)
        get { unsafe self.span.bytes }
    }

    /// A copy of `bytes`.
    public init(copying bytes: RawSpan) {
        self = unsafe bytes.withUnsafeBytes { buffer in
            unsafe [UInt8](buffer)
        }
    }
}

extension String {
    /// The text that `bytes` hold, with U+FFFD in place of what is not UTF-8.
    public init(repairing bytes: RawSpan) {
        self = unsafe bytes.withUnsafeBytes { buffer in
            unsafe String(decoding: buffer, as: UTF8.self)
        }
    }
}
