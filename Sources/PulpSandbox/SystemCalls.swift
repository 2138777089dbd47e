#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Calls of the operating system that Swift does not import, or not alike everywhere; each tells its failure by throwing.
enum SystemCalls {
    /// Repeats `body` while a signal interrupts it; its result, or the error number.
    static func checked(_ body: () -> CInt) throws(SandboxError) -> CInt {
        while true {
            let result = body()
            if result >= 0 { return result }
            let code = errno
            guard code == EINTR else { throw SandboxError(code) }
        }
    }

    /// As ``checked(_:)`` for calls that return a count.
    static func counted(_ body: () -> Int) throws(SandboxError) -> Int {
        while true {
            let result = body()
            if result >= 0 { return result }
            let code = errno
            guard code == EINTR else { throw SandboxError(code) }
        }
    }

    /// Opens a directory for lookups below it; on Linux that takes no right to list it.
    static var lookup: CInt {
        #if os(Linux)
            Self.pathOnly | O_DIRECTORY | O_CLOEXEC
        #else
            O_RDONLY | O_DIRECTORY | O_CLOEXEC
        #endif
    }
}

#if os(Linux)
    /// `syscall(2)`. Swift cannot call variadic functions; on Linux's calling conventions words are passed alike.
    @_extern(c, "syscall")
    private func systemCall(_ number: Int, _ a: Int, _ b: Int, _ c: Int, _ d: Int) -> Int

    @_extern(c, "preadv2")
    private func readVector(
        _ file: CInt, _ parts: UnsafePointer<iovec>, _ count: CInt, _ offset: Int64, _ flags: CInt
    ) -> Int

    extension SystemCalls {
        // The generic values; the same on x86-64 and arm64. glibc hides them from Swift.
        /// `O_PATH`: a descriptor to look up from and to ask, not to read or write.
        static let pathOnly: CInt = 0x20_0000
        /// `O_NOATIME`: reading leaves no trace.
        static let noAccessTime: CInt = 0x4_0000

        /// How `openat2` looks a path up. From `linux/openat2.h`, part of the kernel's fixed interface.
        struct Resolve: OptionSet {
            let rawValue: UInt64

            static let noMagicLinks = Self(rawValue: 0x02)
            static let noLinks = Self(rawValue: 0x04)
            static let beneath = Self(rawValue: 0x08)
            /// Only what is in memory; EAGAIN otherwise. Linux 5.12.
            static let cached = Self(rawValue: 0x20)
        }

        private struct OpenHow {
            var flags: UInt64
            var mode: UInt64
            var resolve: UInt64
        }

        // The generic numbers; the same on x86-64 and arm64.
        private static let openat2Number = 437
        private static let fchmodat2Number = 452
        private static let emptyPath = 0x1000
        private static let noWait: CInt = 0x8

        /// Opens `path`, looked up by the kernel, which sees to it that nothing leaves `directory`.
        static func openBeneath(
            _ directory: CInt, _ path: SandboxPath, flags: CInt, mode: mode_t, _ resolve: Resolve
        ) throws(SandboxError) -> Descriptor {
            let how = OpenHow(flags: UInt64(flags), mode: UInt64(mode), resolve: resolve.rawValue)
            let number = unsafe path.withPointer { name in
                unsafe withUnsafePointer(to: how) { how in
                    systemCall(
                        Self.openat2Number, Int(directory), Int(bitPattern: name), Int(bitPattern: how),
                        MemoryLayout<OpenHow>.size)
                }
            }
            guard number >= 0 else { throw SandboxError(errno) }
            return Descriptor(CInt(number))
        }

        /// Whether this kernel has `openat2` and lets us call it; some sandboxes of containers do not.
        static let hasOpenBeneath: Bool = {
            guard let here = try? SandboxPath([0x2e]) else { return false }
            let opened = (try? Self.openBeneath(AT_FDCWD, here, flags: Self.lookup, mode: 0, .beneath)) != nil
            return opened
        }()

        /// Reads what is in memory, without waiting for a disk: EAGAIN when it is not, EOPNOTSUPP when the file system
        /// cannot tell.
        static func readCached(
            _ file: CInt, into buffer: UnsafeMutableRawBufferPointer, at offset: Int64
        ) throws(SandboxError) -> Int {
            var part = unsafe iovec(iov_base: buffer.baseAddress, iov_len: buffer.count)
            return try Self.counted { unsafe readVector(file, &part, 1, offset, Self.noWait) }
        }

        /// Sets the permissions of what a lookup descriptor stands for: by the newer call, else through `/proc`.
        static func changeMode(of descriptor: borrowing Descriptor, to mode: mode_t) throws(SandboxError) {
            let number = descriptor.number
            let empty: [UInt8] = [0]
            let result = unsafe empty.withUnsafeBytes { empty in
                systemCall(
                    Self.fchmodat2Number, Int(number), Int(bitPattern: empty.baseAddress), Int(mode),
                    Self.emptyPath)
            }
            if result == 0 { return }
            guard errno == ENOSYS else { throw SandboxError(errno) }
            _ = try Self.checked { unsafe chmod("/proc/self/fd/\(number)", mode) }
        }
    }
#endif
