import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL
import PulpEgress

/// Why a fetch failed: what `http_fetch_error` tells the guest, and what the log says.
struct FetchFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The words of `http_fetch_error`'s `code`.
    enum Code: String, Hashable, Sendable {
        case badRequest = "bad_request"
        case blocked
        case nameNotFound = "name_not_found"
        case connectFailed = "connect_failed"
        case timeout
        case tls
        case tooLarge = "too_large"
        case redirects
        case invalidAnswer = "invalid_answer"
        case broken
        case limit
        case closed
    }

    let code: Code
    /// What is wrong and what to do.
    let message: String
    /// The rule that would allow what was blocked; otherwise empty.
    var allow = ""

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    var description: String { self.message }
}

extension FetchFailure {
    /// What an error of the guard, the client or the network means.
    init(_ error: any Error) {
        switch error {
        case let failure as FetchFailure: self = failure
        case let refusal as EgressRefusal:
            self.init(.blocked, "\(refusal)")
            self.allow = "\(refusal.remedy)"
        case let error as ResolutionError: self.init(.nameNotFound, "\(error)")
        case let error as HTTPClientError: self.init(error)
        case HTTPParserError.invalidEOFState: self.init(.broken, Self.cutOff)
        case let error as HTTPParserError: self.init(.invalidAnswer, "the server's answer is not HTTP: \(error)")
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError:
            self.init(.tls, "the TLS connection failed: \(error)")
        case ChannelError.connectTimeout: self.init(.timeout, "the connection was not made in time")
        case let error as IOError: self.init(.broken, "the connection failed: \(error)")
        default: self.init(.broken, "the connection failed: \(error)")
        }
    }

    private static let cutOff = "the server closed the connection before its answer was whole"

    private init(_ error: HTTPClientError) {
        switch error {
        case .connectTimeout: self.init(.timeout, "the connection was not made in time")
        case .tlsHandshakeTimeout: self.init(.timeout, "the TLS handshake was not finished in time")
        case .deadlineExceeded, .getConnectionFromPoolTimeout: self.init(.timeout, "no connection was free in time")
        case .remoteConnectionClosed: self.init(.broken, Self.cutOff)
        case .traceRequestWithBody:
            self.init(.badRequest, "the request cannot be sent: \(error)")
        case .alreadyShutdown, .cancelled: self.init(.closed, "the plugin is stopping")
        default: self.init(.broken, "the request failed: \(error)")
        }
    }
}
