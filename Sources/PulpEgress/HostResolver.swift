import NIOCore
import NIOPosix

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Turns a host's name into addresses.
package protocol HostResolver: Sendable {
    /// The addresses of `name`, in the order in which they are to be tried; fails with ``ResolutionError``.
    ///
    /// - Parameter loop: Where the result is wanted.
    func addresses(of name: String, on loop: any EventLoop) -> EventLoopFuture<[IPAddress]>
}

/// A name without addresses.
package struct ResolutionError: Error, Hashable, CustomStringConvertible {
    package let name: String
    package let reason: String

    package init(name: String, reason: String) {
        self.name = name
        self.reason = reason
    }

    package var description: String { "\(self.name) cannot be resolved: \(self.reason)" }
}

/// The operating system's resolver, on threads of its own, since it blocks: a name server that hangs holds up look-ups,
/// and nothing else.
package struct SystemResolver: HostResolver {
    /// Look-ups at a time in the process; the others wait in line.
    private static let threads = 4

    /// Started by the first look-up, and never stopped.
    private static let pool: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: Self.threads)
        pool.start()
        return pool
    }()

    package init() {}

    package func addresses(of name: String, on loop: any EventLoop) -> EventLoopFuture<[IPAddress]> {
        Self.pool.runIfActive(eventLoop: loop) { try Self.lookUp(name) }
    }

    private static func lookUp(_ name: String) throws(ResolutionError) -> [IPAddress] {
        var hints = unsafe addrinfo()
        #if canImport(Darwin)
            unsafe hints.ai_socktype = SOCK_STREAM
        #else
            unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #endif
        unsafe hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        let status = unsafe getaddrinfo(name, nil, &hints, &list)
        guard status == 0 else {
            let reason = unsafe gai_strerror(status).map { unsafe String(cString: $0) }
            throw ResolutionError(name: name, reason: reason ?? "error \(status)")
        }
        defer { unsafe freeaddrinfo(list) }
        var addresses: [IPAddress] = []
        var next = unsafe list
        while let entry = unsafe next?.pointee {
            if let address = unsafe Self.address(entry), !addresses.contains(address) { addresses.append(address) }
            unsafe next = entry.ai_next
        }
        return addresses
    }

    /// Nil for what is no internet address, and for one with a zone: it means an interface of this machine.
    private static func address(_ entry: addrinfo) -> IPAddress? {
        guard let start = unsafe UnsafeRawPointer(entry.ai_addr) else { return nil }
        switch unsafe entry.ai_family {
        case AF_INET:
            let address = unsafe start.loadUnaligned(as: sockaddr_in.self)
            return .v4(UInt32(bigEndian: address.sin_addr.s_addr))
        case AF_INET6:
            let address = unsafe start.loadUnaligned(as: sockaddr_in6.self)
            guard address.sin6_scope_id == 0 else { return nil }
            let number = unsafe withUnsafeBytes(of: address.sin6_addr) { unsafe $0.loadUnaligned(as: UInt128.self) }
            return .v6(UInt128(bigEndian: number))
        default: return nil
        }
    }
}
