import NIOCore
import PulpListener

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An address that a host has bound, as users read and open it.
package struct HostAddress: Sendable, Equatable, CustomStringConvertible {
    /// `address:port`, or `unix:PATH`.
    package let description: String
    /// 0 for a unix socket.
    package let port: Int
    private let host: String?

    /// - Parameter bound: What the system says; the address that was wanted stands for it where it says nothing.
    init(bound: SocketAddress?, wanted: ListenerConfiguration.Address) {
        guard case .tcp(let host, let port) = wanted else {
            self.description = "\(wanted)"
            self.port = 0
            self.host = nil
            return
        }
        let address = ListenerConfiguration.Address.tcp(host: bound?.ipAddress ?? host, port: bound?.port ?? port)
        self.description = "\(address)"
        self.port = bound?.port ?? port
        self.host = bound?.ipAddress ?? host
    }

    /// What to open in a browser; nil for a unix socket.
    package func url(isTLS: Bool) -> String? {
        guard let host else { return nil }
        let name = host.contains(":") ? "[\(host)]" : host
        return "\(isTLS ? "https" : "http")://\(self.isEverywhere ? "localhost" : name):\(self.port)"
    }

    /// Whether every interface of the machine is meant.
    package var isEverywhere: Bool { self.host == "0.0.0.0" || self.host == "::" }

    /// Why an address could not be bound, with what to do.
    static func explain(
        _ error: any Error, _ address: ListenerConfiguration.Address, option: String
    ) -> String {
        let text = "\(error)"
        func says(_ number: Int32) -> Bool { text.contains("(errno: \(number))") }
        if says(EADDRINUSE) {
            return
                "cannot listen on \(address): another program does; stop it, or choose another address with \(option)"
        }
        if says(EACCES), case .tcp = address {
            return "cannot listen on \(address): ports below 1024 need privileges; choose another with \(option)"
        }
        if says(ENOENT) || says(ENOTDIR), case .unix = address {
            return
                "cannot listen on \(address): there is no such folder; make it, or choose another address with \(option)"
        }
        if says(EADDRNOTAVAIL) {
            return "cannot listen on \(address): no interface of this machine has that address; change \(option)"
        }
        let isAboutAddress = text.hasPrefix("cannot listen")
        return isAboutAddress ? "\(text); or choose another address with \(option)" : text
    }
}
