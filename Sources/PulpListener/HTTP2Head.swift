import NIOCore
import NIOHPACK

/// Turns header blocks of HTTP/2 into HTTP/1.1 heads and back.
enum HTTP2Head {
    /// The header block as a checked head. Cookie crumbs are joined (RFC 9113, 8.2.3).
    static func parse(
        _ headers: HPACKHeaders, limits: ListenerConfiguration.Limits
    ) throws(RequestFault) -> HTTPHead {
        var buffer = ByteBuffer()
        var authority: String?
        var host: String?
        var cookies: [String] = []
        try Self.writeRequestLine(headers, to: &buffer)
        for (name, value, _) in headers {
            guard ResponseHeader.isValue(value.utf8.span) else {
                throw RequestFault(400, "a header value holds a control character")
            }
            switch name {
            case ":authority": authority = value
            case "host": host = value
            case "cookie": cookies.append(value)
            default:
                guard !name.hasPrefix(":") else { continue }
                guard name == "content-length" || ResponseHeader.kind(name.utf8.span) != .connection else { continue }
                Self.writeField(name, value, to: &buffer)
            }
        }
        if let authority, let host, authority != host { throw RequestFault(400, ":authority and host differ") }
        if let host = authority ?? host { Self.writeField("host", host, to: &buffer) }
        if !cookies.isEmpty { Self.writeField("cookie", cookies.joined(separator: "; "), to: &buffer) }
        buffer.writeStaticString("\r\n")
        return try Self.check(buffer, limits: limits)
    }

    private static func writeRequestLine(_ headers: HPACKHeaders, to buffer: inout ByteBuffer) throws(RequestFault) {
        guard let method = headers.first(name: ":method"), let path = headers.first(name: ":path") else {
            guard headers.first(name: ":method") != "CONNECT" else {
                throw RequestFault(501, "this server is no proxy: CONNECT is not done")
            }
            throw RequestFault(400, "the request has no :method or no :path")
        }
        let isClean = path.utf8.allSatisfy(HTTPSyntax.isTarget) && method.utf8.allSatisfy(HTTPSyntax.isToken)
        guard isClean, path.utf8.first == HTTPSyntax.slash || path == "*" else {
            throw RequestFault(400, ":method is no token or :path is no path")
        }
        buffer.writeString(method)
        buffer.writeStaticString(" ")
        buffer.writeString(path)
        buffer.writeStaticString(" HTTP/1.1\r\n")
    }

    private static func writeField(_ name: String, _ value: String, to buffer: inout ByteBuffer) {
        buffer.writeString(name)
        buffer.writeStaticString(": ")
        buffer.writeString(value)
        buffer.writeStaticString("\r\n")
    }

    private static func check(
        _ buffer: ByteBuffer, limits: ListenerConfiguration.Limits
    ) throws(RequestFault) -> HTTPHead {
        var parser = HTTPHeadParser(
            limits: .init(
                headBytes: limits.headerBytes, targetBytes: limits.requestLineBytes, fields: limits.headerFields))
        switch parser.parse(buffer.readableBytesUInt8Span) {
        case .complete(var head, _):
            head.bytes = buffer
            return head
        case .malformed(let fault): throw fault
        case .needsMore: throw RequestFault(431, "the header section is larger than \(limits.headerBytes) bytes")
        }
    }

    /// Takes the head of an answer off the front of its bytes.
    static func answer(_ bytes: inout ByteBuffer) -> HPACKHeaders {
        var headers = HPACKHeaders()
        let whole = bytes
        let view = whole.readableBytesUInt8Span
        // `HTTP/1.1 200 ...`: written by us, so the digits are there.
        var status = ""
        var cursor = 9
        while cursor < view.count, HTTPSyntax.isDigit(view[cursor]) {
            status.unicodeScalars.append(Unicode.Scalar(view[cursor]))
            cursor += 1
        }
        headers.add(name: ":status", value: status)
        while cursor < view.count, view[cursor] != HTTPSyntax.lineFeed { cursor += 1 }
        cursor += 1
        while cursor < view.count, view[cursor] != HTTPSyntax.carriageReturn,
            let line = FieldLine(in: view, from: cursor)
        {
            let name = String(lossy: view.extracting(line.name.start..<line.name.end)).lowercased()
            if name == "content-length" || ResponseHeader.kind(name.utf8.span) != .connection {
                headers.add(
                    name: name, value: String(lossy: view.extracting(line.value.start..<line.value.end)))
            }
            cursor = line.next
        }
        bytes.moveReaderIndex(forwardBy: min(cursor + 2, bytes.readableBytes))
        return headers
    }
}
