import NIOCore

/// Reads a request head line by line, in whatever pieces it comes, and refuses everything that two parsers could
/// read differently.
///
/// Stricter than the RFCs allow on purpose: lines end in CRLF, one space separates the parts of the request line, no
/// folded lines, no white space before a colon, one `Content-Length`, one `Transfer-Encoding` that is `chunked`, never both.
/// Every byte is looked at once; the state is a value.
/// - SeeAlso: RFC 9112, sections 2 to 6 and 11.2.
struct HTTPHeadParser: Sendable {
    struct Limits: Sendable, Equatable {
        /// Bytes of the whole head.
        var headBytes = 16 * 1024
        /// Bytes of the request line.
        var targetBytes = 8 * 1024
        var fields = 128
    }

    enum Outcome {
        case needsMore
        /// The head; `length` bytes of the buffer belong to it. `head.bytes` is not set yet.
        case complete(HTTPHead, length: Int)
        case malformed(RequestFault)
    }

    private let limits: Limits
    private var head = HTTPHead()
    private var scanned = 0
    private var lineStart = 0
    private var sawRequestLine = false
    private var sawTransferEncoding = false

    init(limits: Limits) {
        self.limits = limits
    }

    /// Whether part of a head was seen.
    var hasBegun: Bool { self.scanned > 0 }

    /// Continues with `bytes`, which start where the head starts and are at least as long as the last time.
    mutating func parse(_ bytes: Span<UInt8>) -> Outcome {
        do throws(RequestFault) {
            while self.scanned < bytes.count {
                let position = self.scanned
                self.scanned += 1
                if bytes[position] == HTTPSyntax.lineFeed, try self.line(bytes, feedAt: position) {
                    let head = self.head
                    let length = self.scanned
                    self = HTTPHeadParser(limits: self.limits)
                    return .complete(head, length: length)
                }
                if self.scanned >= self.limits.headBytes { throw self.tooLarge }
            }
            if !self.sawRequestLine, self.scanned > self.limits.targetBytes { throw self.tooLarge }
            return .needsMore
        } catch {
            return .malformed(error)
        }
    }

    private var tooLarge: RequestFault {
        self.sawRequestLine
            ? RequestFault(431, "the header section is larger than \(self.limits.headBytes) bytes")
            : RequestFault(414, "the request line is longer than \(self.limits.targetBytes) bytes")
    }

    /// True when this line was the empty one that ends the head.
    private mutating func line(_ bytes: Span<UInt8>, feedAt feed: Int) throws(RequestFault) -> Bool {
        guard feed > self.lineStart, bytes[feed - 1] == HTTPSyntax.carriageReturn else {
            throw RequestFault(400, "a line does not end in CR LF")
        }
        let line = ByteRange(start: self.lineStart, end: feed - 1)
        self.lineStart = feed + 1
        guard self.sawRequestLine else {
            // RFC 9112, 2.2: one empty line before the request line is passed over.
            if line.isEmpty, line.start == 0 { return false }
            try self.requestLine(bytes, line)
            self.sawRequestLine = true
            self.head.fieldsStart = self.lineStart
            return false
        }
        if line.isEmpty {
            try self.checkWhole()
            return true
        }
        try self.field(bytes, line)
        return false
    }

    private mutating func requestLine(_ bytes: Span<UInt8>, _ line: ByteRange) throws(RequestFault) {
        guard line.count <= self.limits.targetBytes else { throw self.tooLarge }
        var methodEnd = line.start
        while methodEnd < line.end, HTTPSyntax.isToken(bytes[methodEnd]) { methodEnd += 1 }
        let method = ByteRange(start: line.start, end: methodEnd)
        guard 1...32 ~= method.count, methodEnd < line.end, bytes[methodEnd] == HTTPSyntax.space else {
            throw RequestFault(400, "the method is not a token of at most 32 bytes followed by one space")
        }
        var targetEnd = methodEnd + 1
        while targetEnd < line.end, HTTPSyntax.isTarget(bytes[targetEnd]) { targetEnd += 1 }
        self.head.target = ByteRange(start: methodEnd + 1, end: targetEnd)
        guard !self.head.target.isEmpty, targetEnd < line.end, bytes[targetEnd] == HTTPSyntax.space else {
            throw RequestFault(400, "the request target is empty or holds a space or a control character")
        }
        try self.version(bytes, ByteRange(start: targetEnd + 1, end: line.end))
        self.head.method = HTTPMethodName.text(bytes, method)
    }

    private mutating func version(_ bytes: Span<UInt8>, _ range: ByteRange) throws(RequestFault) {
        let prefix: StaticString = "http/"
        guard range.count == 8,
            HTTPSyntax.equals(bytes, ByteRange(start: range.start, end: range.start + 5), prefix),
            bytes[range.start] == 0x48,
            HTTPSyntax.isDigit(bytes[range.start + 5]), bytes[range.start + 6] == 0x2E,
            HTTPSyntax.isDigit(bytes[range.start + 7])
        else { throw RequestFault(400, "the request line does not end in an HTTP version") }
        let minor = bytes[range.start + 7] &- 0x30
        guard bytes[range.start + 5] == 0x31, minor <= 1 else {
            throw RequestFault(505, "only HTTP/1.0 and HTTP/1.1 are spoken here, and HTTP/2 over TLS")
        }
        self.head.minorVersion = Int(minor)
    }

    private mutating func field(_ bytes: Span<UInt8>, _ line: ByteRange) throws(RequestFault) {
        self.head.fieldCount += 1
        guard self.head.fieldCount <= self.limits.fields else {
            throw RequestFault(431, "there are more than \(self.limits.fields) header fields")
        }
        var colon = line.start
        while colon < line.end, HTTPSyntax.isToken(bytes[colon]) { colon += 1 }
        guard colon > line.start, colon < line.end, bytes[colon] == HTTPSyntax.colon else {
            throw RequestFault(400, "a header name is not a token directly followed by a colon")
        }
        for position in (colon + 1)..<line.end where !HTTPSyntax.isFieldValue(bytes[position]) {
            throw RequestFault(400, "a header value holds a control character")
        }
        let name = ByteRange(start: line.start, end: colon)
        // Only these lengths can be a field that this parser reads.
        switch name.count {
        case 4, 6, 10, 14, 17:
            let value = FieldLine.trimmed(bytes, from: colon + 1, to: line.end)
            try self.known(bytes, name, value)
        default: break
        }
    }

    private mutating func known(_ bytes: Span<UInt8>, _ name: ByteRange, _ value: ByteRange) throws(RequestFault) {
        if HTTPSyntax.equals(bytes, name, "host") {
            guard self.head.host == nil else { throw RequestFault(400, "there is more than one Host") }
            for position in value.start..<value.end where !HTTPSyntax.isAuthority(bytes[position]) {
                throw RequestFault(400, "Host is not a host name with an optional port")
            }
            self.head.host = value
        } else if HTTPSyntax.equals(bytes, name, "content-length") {
            try self.contentLength(bytes, value)
        } else if HTTPSyntax.equals(bytes, name, "transfer-encoding") {
            guard !self.sawTransferEncoding else { throw RequestFault(400, "there is more than one Transfer-Encoding") }
            self.sawTransferEncoding = true
            guard HTTPSyntax.equals(bytes, value, "chunked") else {
                throw RequestFault(501, "the only transfer coding understood here is `chunked`")
            }
            self.head.isChunked = true
        } else if HTTPSyntax.equals(bytes, name, "connection") {
            self.connection(bytes, value)
        } else if HTTPSyntax.equals(bytes, name, "expect") {
            guard HTTPSyntax.equals(bytes, value, "100-continue") else {
                throw RequestFault(417, "the only expectation understood here is `100-continue`")
            }
            self.head.expectsContinue = true
        }
    }

    private mutating func contentLength(_ bytes: Span<UInt8>, _ value: ByteRange) throws(RequestFault) {
        guard self.head.contentLength == nil else { throw RequestFault(400, "there is more than one Content-Length") }
        // 18 digits always fit an Int.
        guard 1...18 ~= value.count else { throw RequestFault(400, "Content-Length is not a number of 1 to 18 digits") }
        var length = 0
        for position in value.start..<value.end {
            guard HTTPSyntax.isDigit(bytes[position]) else {
                throw RequestFault(400, "Content-Length is not a number of 1 to 18 digits")
            }
            length = length * 10 + Int(bytes[position] &- 0x30)
        }
        self.head.contentLength = length
    }

    private mutating func connection(_ bytes: Span<UInt8>, _ value: ByteRange) {
        var start = value.start
        while start < value.end {
            var end = start
            while end < value.end, bytes[end] != 0x2C { end += 1 }
            let option = FieldLine.trimmed(bytes, from: start, to: end)
            if HTTPSyntax.equals(bytes, option, "close") { self.head.connectionClose = true }
            if HTTPSyntax.equals(bytes, option, "keep-alive") { self.head.connectionKeepAlive = true }
            if HTTPSyntax.equals(bytes, option, "upgrade") { self.head.connectionUpgrade = true }
            start = end + 1
        }
    }

    private func checkWhole() throws(RequestFault) {
        if self.head.isChunked {
            guard self.head.contentLength == nil else {
                throw RequestFault(400, "Content-Length and Transfer-Encoding are both there")
            }
            guard self.head.minorVersion == 1 else {
                throw RequestFault(400, "Transfer-Encoding is not part of HTTP/1.0")
            }
        }
        if self.head.minorVersion == 1, self.head.host == nil {
            throw RequestFault(400, "Host is missing")
        }
    }
}

/// The text of a method; 15 bytes and fewer need no heap.
enum HTTPMethodName {
    static func text(_ bytes: Span<UInt8>, _ range: ByteRange) -> String {
        if range.count == 3, bytes[range.start] == 0x47, bytes[range.start + 1] == 0x45, bytes[range.start + 2] == 0x54
        {
            return "GET"
        }
        return String(lossy: bytes.extracting(range.start..<range.end))
    }
}
