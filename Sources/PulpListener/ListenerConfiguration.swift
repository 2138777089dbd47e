import NIOCore

/// Where a listener listens and what it puts up with. Every limit has a default that is safe on the open internet.
package struct ListenerConfiguration: Sendable {
    package enum Address: Sendable, Equatable, CustomStringConvertible {
        /// Port 0 takes a free one.
        case tcp(host: String, port: Int)
        case unix(path: String)

        package var description: String {
            switch self {
            case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
            case .unix(let path): "unix:\(path)"
            }
        }
    }

    /// PEM files: the certificate with its chain, and the key.
    package struct TLS: Sendable, Equatable {
        package var certificateChainPath: String
        package var privateKeyPath: String

        package init(certificateChainPath: String, privateKeyPath: String) {
            self.certificateChainPath = certificateChainPath
            self.privateKeyPath = privateKeyPath
        }
    }

    package var address: Address
    package var tls: TLS?
    package var limits = Limits()

    package init(address: Address, tls: TLS? = nil, limits: Limits = Limits()) {
        self.address = address
        self.tls = tls
        self.limits = limits
    }

    /// Times are checked by one sweep per loop, so they end up to two ``sweepInterval`` later than they say.
    package struct Limits: Sendable {
        /// Open connections; one more is closed at once.
        package var connections = 10_000
        /// Length of the kernel's queue of connections not yet accepted.
        package var backlog: Int32 = 1024
        /// Bytes of a request head, and of all the framing of a chunked body.
        package var headerBytes = 16 * 1024
        /// Bytes of the request line.
        package var requestLineBytes = 8 * 1024
        package var headerFields = 128
        /// From the first byte of a head to its last.
        package var headerDeadline: TimeAmount = .seconds(10)
        /// A body may be this slow from its start...
        package var bodyGrace: TimeAmount = .seconds(10)
        /// ...and has to come at this many bytes a second from then on.
        package var bodyBytesPerSecond = 1024
        /// A connection without a request is closed after this time.
        package var idleTimeout: TimeAmount = .seconds(60)
        /// A client that takes none of its answer for this long is gone.
        package var writeStall: TimeAmount = .seconds(30)
        package var handshakeDeadline: TimeAmount = .seconds(10)
        /// How long the rest of a refused request is read and dropped, so that the client sees the answer.
        package var linger: TimeAmount = .seconds(2)
        /// Requests of one connection that are read before the first one is answered.
        package var pipelineDepth = 16
        /// HTTP/2 streams of one connection.
        package var concurrentStreams = 128
        /// The pause after `accept` failed for want of file descriptors or memory.
        package var acceptPause: TimeAmount = .milliseconds(100)
        package var sweepInterval: TimeAmount = .seconds(1)

        package init() {}
    }
}
