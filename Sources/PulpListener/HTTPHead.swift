import NIOCore

/// A request head that was checked once and is kept as the bytes that came: the fields are found again when asked for.
///
/// Most answers need two or three of a request's fields, and the plugin's event is encoded straight from the bytes, so
/// no array of strings is made. Offsets count from the first byte of the request line.
struct HTTPHead: Sendable {
    /// Request line, field lines and the empty line, as received.
    var bytes = ByteBuffer()
    var method = ""
    var target = ByteRange(start: 0, end: 0)
    var host: ByteRange?
    /// 1 for HTTP/1.1, 0 for HTTP/1.0.
    var minorVersion = 1
    /// Where the first field line starts.
    var fieldsStart = 0
    var fieldCount = 0
    var contentLength: Int?
    var isChunked = false
    var connectionClose = false
    var connectionKeepAlive = false
    var connectionUpgrade = false
    var expectsContinue = false

    /// Whether a body follows; an empty one counts as none.
    var hasBody: Bool { self.isChunked || (self.contentLength ?? 0) > 0 }

    /// Whether the connection may carry another request after this one, as far as the client is concerned.
    var keepAlive: Bool {
        guard !self.connectionClose else { return false }
        return self.minorVersion == 1 || self.connectionKeepAlive
    }

    /// Calls `body` with every field in the order received; the value without the white space around it.
    func forEachField(_ body: (_ name: Span<UInt8>, _ value: Span<UInt8>) -> Void) {
        let bytes = self.bytes.readableBytesUInt8Span
        var cursor = self.fieldsStart
        for _ in 0..<self.fieldCount {
            guard let line = FieldLine(in: bytes, from: cursor) else { return }
            body(bytes.extracting(line.name.start..<line.name.end), bytes.extracting(line.value.start..<line.value.end))
            cursor = line.next
        }
    }

    func queryItems(_ range: ByteRange) -> QueryItems {
        let bytes = self.bytes.readableBytesUInt8Span
        return QueryItems(bytes.extracting(range.start..<range.end))
    }

    func text(_ range: ByteRange) -> String {
        let bytes = self.bytes.readableBytesUInt8Span
        return String(lossy: bytes.extracting(range.start..<range.end))
    }
}

/// Where the name and the value of one well-formed field line are.
struct FieldLine {
    let name: ByteRange
    let value: ByteRange
    /// The first byte of the line after it.
    let next: Int

    /// Nil at the end of the bytes or when there is no colon; both cannot be for a head that was checked.
    init?(in bytes: Span<UInt8>, from start: Int) {
        var colon = start
        while colon < bytes.count, bytes[colon] != HTTPSyntax.colon { colon += 1 }
        var end = colon
        while end < bytes.count, bytes[end] != HTTPSyntax.lineFeed { end += 1 }
        guard end < bytes.count, end > colon else { return nil }
        self.name = ByteRange(start: start, end: colon)
        self.value = Self.trimmed(bytes, from: colon + 1, to: end - 1)
        self.next = end + 1
    }

    static func trimmed(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> ByteRange {
        var range = ByteRange(start: start, end: max(start, end))
        while !range.isEmpty, Self.isBlank(bytes[range.start]) { range.start += 1 }
        while !range.isEmpty, Self.isBlank(bytes[range.end - 1]) { range.end -= 1 }
        return range
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == HTTPSyntax.space || byte == HTTPSyntax.tab
    }
}

extension String {
    /// The text of `bytes`; what is not UTF-8 becomes U+FFFD.
    init(lossy bytes: Span<UInt8>) {
        if let valid = try? UTF8Span(validating: bytes) {
            self = String(copying: valid)
        } else {
            self = unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
        }
    }
}
