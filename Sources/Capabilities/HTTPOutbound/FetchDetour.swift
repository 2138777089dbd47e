import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// Sends every request that the guard lets pass to one server of this machine, whatever host it is for: how tests answer
/// fetches. What may be fetched is decided as ever, before.
package struct FetchDetour: Sendable {
    /// Names the URL that was meant; the server takes it off the request.
    package static let urlHeader = "Pulp-Test-URL"

    private let socketPath: String

    /// - Parameter socketPath: The server's socket file.
    package init(socketPath: String) {
        self.socketPath = socketPath
    }

    func message(for request: OutboundRequest) throws -> HTTPClient.Request {
        guard let path = self.socketPath.addingPercentEncoding(withAllowedCharacters: .alphanumerics) else {
            throw FetchFailure(.badRequest, "the test's server has an unusable socket path")
        }
        var headers = request.headers
        headers.replaceOrAdd(name: Self.urlHeader, value: request.url.text)
        headers.replaceOrAdd(name: "Host", value: request.url.host)
        let body = request.body
        return try HTTPClient.Request(
            url: "http+unix://\(path)/", method: HTTPMethod(rawValue: request.method), headers: headers,
            body: body.readableBytes == 0 ? nil : .byteBuffer(body))
    }
}
