import NIOCore
import NIOHTTP1

/// Writes an answer once, into the bytes that go to the socket.
///
/// Header names and values come as spans, out of a guest's memory for instance, and are checked on the way; no string and
/// no array is made. The listener adds `Content-Length`, `Date` and `Connection`. Used on the exchange's loop, in one go.
package struct HTTPResponseBuilder: ~Copyable {
    package enum HeaderOutcome: Equatable, Sendable {
        case added
        /// The field belongs to the connection and not to the answer; the listener sets what is needed of it.
        case dropped
    }

    /// The largest header section that is accepted, in bytes.
    package static let maximumHeadBytes = 256 * 1024

    private let exchange: HTTPExchange
    private var buffer: ByteBuffer
    private var hasDate = false
    private let status: Int

    init(_ exchange: HTTPExchange, status: Int) throws(ResponseFault) {
        exchange.eventLoop.assertInEventLoop()
        guard 200...999 ~= status else {
            throw ResponseFault(.status, "status \(status) is not in 200...999: interim answers are the listener's")
        }
        guard !exchange.isAnswered, !exchange.isCancelled else {
            throw ResponseFault(.answered, "the request is answered already, or its client is gone")
        }
        self.exchange = exchange
        self.status = status
        self.buffer = exchange.transport.loop.takeBuffer()
        StatusLine.write(status, to: &self.buffer)
    }

    /// Adds a field. The order is kept; a name may come again.
    /// - Throws: ``ResponseFault/Code/header`` when it cannot be sent safely; nothing of it is added then.
    @discardableResult
    package mutating func addHeader(name: RawSpan, value: RawSpan) throws(ResponseFault) -> HeaderOutcome {
        let name = Span<UInt8>(_bytes: name)
        let value = Span<UInt8>(_bytes: value)
        return try self.addHeader(name: name, value: value)
    }

    @discardableResult
    package mutating func addHeader(name: Span<UInt8>, value: Span<UInt8>) throws(ResponseFault) -> HeaderOutcome {
        guard ResponseHeader.isName(name) else {
            throw ResponseFault(.header, "a header name is not a token")
        }
        guard ResponseHeader.isValue(value) else {
            throw ResponseFault(.header, "a header value holds a line break or another control character")
        }
        guard self.buffer.readableBytes + name.count + value.count < Self.maximumHeadBytes else {
            throw ResponseFault(.tooLarge, "the header section is larger than \(Self.maximumHeadBytes) bytes")
        }
        switch ResponseHeader.kind(name) {
        case .connection: return .dropped
        case .date: self.hasDate = true
        case .other: break
        }
        unsafe self.buffer.writeBytes(name.bytes)
        self.buffer.writeInteger(UInt16(0x3A20))
        unsafe self.buffer.writeBytes(value.bytes)
        self.buffer.writeInteger(UInt16(0x0D0A))
        return .added
    }

    @discardableResult
    package mutating func addHeader(name: String, value: String) throws(ResponseFault) -> HeaderOutcome {
        try self.addHeader(name: name.utf8.span, value: value.utf8.span)
    }

    /// Whether an answer may have these fields, for an answer that is sent later.
    package static func check(_ headers: HTTPHeaders) throws(ResponseFault) {
        var byteCount = 0
        for (name, value) in headers {
            guard ResponseHeader.isName(name.utf8.span) else {
                throw ResponseFault(.header, "a header name is not a token")
            }
            guard ResponseHeader.isValue(value.utf8.span) else {
                throw ResponseFault(.header, "a header value holds a line break or another control character")
            }
            byteCount += name.utf8.count + value.utf8.count + 4
        }
        guard byteCount < Self.maximumHeadBytes - 256 else {
            throw ResponseFault(.tooLarge, "the header section is larger than \(Self.maximumHeadBytes) bytes")
        }
    }

    /// Adds one `Set-Cookie`.
    package mutating func addCookie(_ cookie: Span<UInt8>) throws(ResponseFault) {
        let name: StaticString = "Set-Cookie"
        try self.addHeader(
            name: unsafe Span(_unsafeStart: name.utf8Start, count: name.utf8CodeUnitCount), value: cookie)
    }

    /// Sends the answer with a copy of `body`.
    package consuming func finish(body: Span<UInt8>) {
        unsafe self.finish(body: body.bytes)
    }

    /// Sends the answer with a copy of `body`.
    package consuming func finish(body: RawSpan) {
        let count = body.byteCount
        self.endHead(length: count)
        if self.sendsBody { self.buffer.writeBytes(body) }
        let (exchange, buffer) = (self.exchange, self.buffer)
        exchange.isFinished = true
        exchange.sendWhole(buffer)
    }

    /// Sends the answer; a large `body` is not copied.
    package consuming func finish(body: ByteBuffer) {
        self.endHead(length: body.readableBytes)
        let (exchange, sendsBody) = (self.exchange, self.sendsBody)
        var buffer = self.buffer
        exchange.isFinished = true
        guard sendsBody, body.readableBytes > 0 else {
            return exchange.sendWhole(buffer)
        }
        // Up to here a copy costs less than a second entry in the socket's list of writes.
        if body.readableBytes <= 16 * 1024 {
            buffer.writeImmutableBuffer(body)
            exchange.sendWhole(buffer)
        } else {
            exchange.transport.send(buffer, of: exchange, ends: false)
            exchange.transport.send(body, of: exchange, ends: true)
        }
    }

    /// Sends the head alone; the body follows through ``HTTPExchange/write(_:)`` and ends with ``HTTPExchange/end()``.
    package consuming func stream() {
        let exchange = self.exchange
        if !self.sendsBody {
            exchange.framing = .none
        } else if exchange.head.minorVersion == 1 {
            exchange.framing = .chunked
        } else {
            exchange.framing = .untilClose
            exchange.keepAlive = false
        }
        self.endHead(length: nil)
        exchange.transport.send(self.buffer, of: exchange, ends: false)
    }

    private var sendsBody: Bool { !self.isBodyless && self.exchange.method != "HEAD" }

    private var isBodyless: Bool { self.status == 204 || self.status == 304 }

    private mutating func endHead(length: Int?) {
        let exchange = self.exchange
        let loop = exchange.transport.loop
        exchange.isAnswered = true
        if !exchange.transport.keepsAlive(after: exchange) { exchange.keepAlive = false }
        if let length, !self.isBodyless {
            self.buffer.writeStaticString("Content-Length: ")
            ResponseHeader.writeDecimal(length, to: &self.buffer)
            self.buffer.writeInteger(UInt16(0x0D0A))
        } else if exchange.framing == .chunked, !exchange.isHTTP2 {
            self.buffer.writeStaticString("Transfer-Encoding: chunked\r\n")
        }
        if !self.hasDate { loop.writeDate(to: &self.buffer) }
        if self.status == 426, !exchange.isHTTP2 {
            // RFC 9110, 15.5.22: the answer says to what; there is one protocol that a connection here can change to.
            self.buffer.writeStaticString("Upgrade: websocket\r\nConnection: Upgrade\r\n")
        }
        if !exchange.keepAlive {
            self.buffer.writeStaticString("Connection: close\r\n\r\n")
        } else if exchange.head.minorVersion == 0 {
            self.buffer.writeStaticString("Connection: keep-alive\r\n\r\n")
        } else {
            self.buffer.writeInteger(UInt16(0x0D0A))
        }
    }
}

extension HTTPExchange {
    /// Starts the answer. Nothing is sent before one of the builder's `finish`, or `stream()`.
    /// - Throws: ``ResponseFault`` when `status` is not in 200...999 or there is an answer already.
    package func makeResponse(status: Int) throws(ResponseFault) -> HTTPResponseBuilder {
        try HTTPResponseBuilder(self, status: status)
    }
}
