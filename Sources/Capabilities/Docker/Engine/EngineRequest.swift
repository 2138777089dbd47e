import Foundation
import NIOCore
import NIOHTTP1

/// A request to the engine's API.
struct EngineRequest: Sendable {
    enum Body: Sendable {
        case none
        case bytes(String, ByteBuffer)
        /// Chunks that are made while they are sent; nil is the end.
        case stream(String, @Sendable () async throws -> ByteBuffer?)
    }

    enum Method: String, Sendable {
        case delete = "DELETE"
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
    }

    let method: Method
    let path: String
    var query: [(name: String, value: String)] = []
    var body = Body.none

    /// The oldest version of the API that has all that is used here.
    static let apiVersion = "1.41"

    init(_ method: Method, _ path: String, query: [(name: String, value: String)] = [], body: Body = .none) {
        self.method = method
        self.path = path
        self.query = query
        self.body = body
    }

    /// A request with a JSON body.
    init(_ method: Method, _ path: String, query: [(name: String, value: String)] = [], json: some Encodable) throws {
        let bytes = try JSONEncoder().encode(json)
        self.init(method, path, query: query, body: .bytes("application/json", ByteBuffer(bytes: bytes)))
    }

    var uri: String {
        let query = self.query.map { "\(Self.escaped($0.name))=\(Self.escaped($0.value))" }.joined(separator: "&")
        return "/v\(Self.apiVersion)\(self.path)" + (query.isEmpty ? "" : "?\(query)")
    }

    var head: HTTPRequestHead {
        var headers: HTTPHeaders = ["Host": "docker", "Connection": "close"]
        switch self.body {
        case .none:
            if self.method == .post { headers.add(name: "Content-Length", value: "0") }
        case .bytes(let type, let bytes):
            headers.add(name: "Content-Type", value: type)
            headers.add(name: "Content-Length", value: "\(bytes.readableBytes)")
        case .stream(let type, _):
            headers.add(name: "Content-Type", value: type)
            headers.add(name: "Transfer-Encoding", value: "chunked")
        }
        return HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: self.method.rawValue), uri: self.uri, headers: headers)
    }

    /// Percent-encoded: nothing that a guest says can leave its place in the request.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                escaped.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                escaped += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return escaped
    }
}
