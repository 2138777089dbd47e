import Crypto
import NIOCore
import NIOHTTP1
import PulpListener

/// The opening handshake of RFC 6455, 4.2: what is wrong with a request, or the head that accepts it.
package struct WebSocketHandshake {
    /// What the client's key is hashed with: RFC 6455, 1.3.
    private static let suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    package let subprotocol: String
    private let accept: String

    /// - Parameters:
    ///   - exchange: A GET that asks for a WebSocket; the listener has seen to that.
    ///   - subprotocols: What the plugin speaks; the first that the client names is agreed on.
    package init(_ exchange: HTTPExchange, subprotocols: [String] = []) throws(HandshakeRefusal) {
        let headers = exchange.headers
        guard exchange.httpVersion == .http1_1, !exchange.expectsBody else {
            throw HandshakeRefusal(.problem(400, detail: "a WebSocket begins as a GET of HTTP/1.1 without a body"))
        }
        guard headers["Sec-WebSocket-Version"] == ["13"] else {
            var refusal = Refusal.problem(426, detail: "the version of WebSocket that is spoken here is 13")
            refusal.headers.append(("Sec-WebSocket-Version", "13"))
            throw HandshakeRefusal(refusal)
        }
        let keys = headers["Sec-WebSocket-Key"]
        guard keys.count == 1, let key = keys.first, Self.isKey(key) else {
            throw HandshakeRefusal(
                .problem(400, detail: "Sec-WebSocket-Key is there once, and is Base64 of 16 bytes"))
        }
        self.accept = Self.accept(key)
        self.subprotocol =
            subprotocols.isEmpty
            ? ""
            : headers[canonicalForm: "Sec-WebSocket-Protocol"].map(String.init).first(where: subprotocols.contains)
                ?? ""
    }

    /// `HTTP/1.1 101`, whole.
    package var response: ByteBuffer {
        var head =
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Accept: \(self.accept)\r\n"
        if !self.subprotocol.isEmpty { head += "Sec-WebSocket-Protocol: \(self.subprotocol)\r\n" }
        return ByteBuffer(string: head + "\r\n")
    }

    private static func isKey(_ key: String) -> Bool {
        let digits = key.utf8
        guard digits.count == 24, key.hasSuffix("==") else { return false }
        return digits.dropLast(2).allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
                true
            default: false
            }
        }
    }

    static func accept(_ key: String) -> String {
        let digest = Array(Insecure.SHA1.hash(data: Array((key + Self.suffix).utf8)))
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        // Twenty bytes: six groups of three and one of two.
        for start in stride(from: 0, to: digest.count, by: 3) {
            let group = digest[start..<min(start + 3, digest.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for digit in 0...group.count { text.append(alphabet[bits >> (18 - 6 * digit) & 0x3F]) }
            if group.count < 3 { text.append(UInt8(ascii: "=")) }
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// Why a handshake is refused: the answer that the client gets.
package struct HandshakeRefusal: Error {
    package let refusal: Refusal

    init(_ refusal: Refusal) {
        self.refusal = refusal
    }
}
