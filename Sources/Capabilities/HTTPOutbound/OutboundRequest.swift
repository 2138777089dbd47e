import NIOCore
import NIOHTTP1
import PulpWire

/// A request that has been checked: what one hop of a fetch sends.
struct OutboundRequest: Sendable {
    private(set) var method: String
    private(set) var url: OutboundURL
    /// Without what belongs to the connection, and without `Host`.
    private(set) var headers: HTTPHeaders
    private(set) var body: ByteBuffer

    /// Header fields that a request may have, and their bytes in all.
    private static let maximumFields = 500
    private static let maximumHeaderBytes = 64 * 1024
    private static let maximumMethodBytes = 32

    /// - Throws: What a guest may not ask for: ``FetchFailure/Code/badRequest``.
    init(_ request: HTTPFetchRequest) throws(FetchFailure) {
        self.url = try OutboundURL(request.url)
        self.method = request.method.isEmpty ? "GET" : request.method.uppercased()
        guard self.method.utf8.count <= Self.maximumMethodBytes, self.method.utf8.allSatisfy(Self.isToken) else {
            throw FetchFailure(.badRequest, "the method is not a token")
        }
        guard self.method != "CONNECT" else {
            throw FetchFailure(.badRequest, "CONNECT would make a tunnel: only whole requests are sent")
        }
        self.headers = try Self.checked(request.headers)
        self.body = ByteBuffer(bytes: request.body)
        if let credentials = self.url.credentials, !self.headers.contains(name: "Authorization") {
            self.headers.add(name: "Authorization", value: "Basic " + Self.base64(credentials))
        }
        if !self.headers.contains(name: "User-Agent") { self.headers.add(name: "User-Agent", value: "pulp") }
    }

    private static func checked(_ fields: FieldList) throws(FetchFailure) -> HTTPHeaders {
        guard fields.count <= Self.maximumFields else {
            throw FetchFailure(.badRequest, "the request has more than \(Self.maximumFields) header fields")
        }
        var headers = HTTPHeaders()
        var byteCount = 0
        for field in fields.fields {
            guard !field.name.isEmpty, field.name.utf8.allSatisfy(Self.isToken) else {
                throw FetchFailure(.badRequest, "a header name is not a token")
            }
            guard field.value.utf8.allSatisfy({ ($0 >= 0x20 && $0 != 0x7f) || $0 == 0x09 }) else {
                throw FetchFailure(
                    .badRequest, "the value of \(field.name) holds a line break or another control character")
            }
            byteCount += field.name.utf8.count + field.value.utf8.count
            guard byteCount <= Self.maximumHeaderBytes else {
                throw FetchFailure(.badRequest, "the header fields have more than \(Self.maximumHeaderBytes) bytes")
            }
            if !Self.isOurs(field.name.lowercased()) { headers.add(name: field.name, value: field.value) }
        }
        return headers
    }

    /// What the connection, the framing or the URL decides, never the guest: dropped, and set right.
    private static func isOurs(_ name: String) -> Bool {
        switch name {
        case "host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade",
            "expect", "http2-settings":
            true
        default: name.hasPrefix("proxy-")
        }
    }

    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x5f, 0x2e: true
        default: "!#$%&'*+^`|~".utf8.contains(byte)
        }
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for digit in 0..<4 {
                text.append(digit <= group.count ? alphabet[Int(bits >> UInt32(18 - 6 * digit)) & 63] : 0x3d)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}

// MARK: Redirects

extension OutboundRequest {
    /// Redirects that are followed, as in the reference's clients.
    static let maximumRedirects = 10

    /// Fields that are for one origin only.
    private static let confidential = ["Authorization", "Cookie", "Cookie2", "Www-Authenticate"]
    /// Fields that describe a body.
    private static let aboutBody = [
        "Content-Type", "Content-Encoding", "Content-Language", "Content-Location",
    ]

    /// The request that an answer asks for instead of this one; nil when the answer is no redirect.
    ///
    /// As Go's client does: 301, 302 and 303 make any method but GET and HEAD a GET without a body, 307 and 308 repeat
    /// the request. Credentials stay behind when the origin changes, and do not come back.
    func redirected(status: Int, location: String?) throws(FetchFailure) -> OutboundRequest? {
        guard [301, 302, 303, 307, 308].contains(status), let location, !location.isEmpty else { return nil }
        var next = self
        next.url = try self.url.resolving(location)
        if status < 307, self.method != "GET", self.method != "HEAD" {
            next.method = "GET"
            next.body = ByteBuffer()
            for name in Self.aboutBody { next.headers.remove(name: name) }
        }
        if !next.url.isSameOrigin(as: self.url) {
            for name in Self.confidential { next.headers.remove(name: name) }
        }
        return next
    }
}
