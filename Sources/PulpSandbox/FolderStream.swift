#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// An open folder whose names are read one by one, in the system's order. For one thread at a time.
@safe final class FolderStream {
    #if canImport(Darwin)
        private typealias Handle = UnsafeMutablePointer<DIR>
    #else
        private typealias Handle = OpaquePointer
    #endif

    private let handle: Handle
    /// For operations on the names; open as long as this lives.
    let descriptor: CInt

    /// - Parameter folder: Open for reading; taken over.
    init(_ folder: consuming Descriptor) throws(SandboxError) {
        let number = folder.take()
        guard let handle = unsafe fdopendir(number) else {
            let code = errno
            _ = close(number)
            throw SandboxError(code)
        }
        unsafe self.handle = unsafe handle
        self.descriptor = number
    }

    deinit {
        _ = unsafe closedir(self.handle)
    }

    /// The next name, but for `.` and `..`; nil at the end.
    func next() throws(SandboxError) -> FileName? {
        while true {
            errno = 0
            guard let entry = unsafe readdir(self.handle) else {
                guard errno == 0 else { throw SandboxError(errno) }
                return nil
            }
            let bytes = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe name.withMemoryRebound(to: UInt8.self, capacity: 1) { start in
                    unsafe Array(
                        UnsafeBufferPointer(start: start, count: strlen(UnsafePointer<CChar>(OpaquePointer(start)))))
                }
            }
            if bytes.elementsEqual(".".utf8) || bytes.elementsEqual("..".utf8) { continue }
            return FileName(bytes)
        }
    }
}
