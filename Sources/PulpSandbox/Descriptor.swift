#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// An open descriptor of the operating system, closed when this ends.
package struct Descriptor: ~Copyable, Sendable {
    let number: CInt

    init(_ number: CInt) {
        self.number = number
    }

    deinit {
        _ = close(self.number)
    }

    /// The number, for somebody else to close.
    consuming func take() -> CInt {
        let number = self.number
        discard self
        return number
    }

    /// What it stands for.
    func status() throws(SandboxError) -> FileStatus {
        let number = self.number
        var status = stat()
        _ = try SystemCalls.checked { unsafe fstat(number, &status) }
        return FileStatus(status)
    }
}
