import NIOCore

/// The rules for a header field of an answer.
enum ResponseHeader {
    enum Kind {
        /// About the connection or the framing: the listener's business.
        case connection
        case date
        case other
    }

    static func isName(_ name: Span<UInt8>) -> Bool {
        for position in 0..<name.count where !HTTPSyntax.isToken(name[position]) { return false }
        return !name.isEmpty
    }

    static func isValue(_ value: Span<UInt8>) -> Bool {
        for position in 0..<value.count where !HTTPSyntax.isFieldValue(value[position]) { return false }
        return true
    }

    static func kind(_ name: Span<UInt8>) -> Kind {
        let whole = ByteRange(start: 0, end: name.count)
        switch name.count {
        case 2: return HTTPSyntax.equals(name, whole, "te") ? .connection : .other
        case 4: return HTTPSyntax.equals(name, whole, "date") ? .date : .other
        case 7:
            let isOurs = HTTPSyntax.equals(name, whole, "upgrade") || HTTPSyntax.equals(name, whole, "trailer")
            return isOurs ? .connection : .other
        case 10:
            let isOurs = HTTPSyntax.equals(name, whole, "connection") || HTTPSyntax.equals(name, whole, "keep-alive")
            return isOurs ? .connection : .other
        case 14: return HTTPSyntax.equals(name, whole, "content-length") ? .connection : .other
        case 16: return HTTPSyntax.equals(name, whole, "proxy-connection") ? .connection : .other
        case 17: return HTTPSyntax.equals(name, whole, "transfer-encoding") ? .connection : .other
        default: return .other
        }
    }

    static func writeDecimal(_ number: Int, to buffer: inout ByteBuffer) {
        if number < 10 {
            buffer.writeInteger(UInt8(0x30 + number))
        } else {
            buffer.writeString(String(number))
        }
    }
}

/// The first line of an answer.
enum StatusLine {
    static func write(_ status: Int, to buffer: inout ByteBuffer) {
        if status == 200 {
            buffer.writeStaticString("HTTP/1.1 200 OK\r\n")
            return
        }
        buffer.writeStaticString("HTTP/1.1 ")
        ResponseHeader.writeDecimal(status, to: &buffer)
        buffer.writeStaticString(" ")
        buffer.writeStaticString(Self.reason(status))
        buffer.writeStaticString("\r\n")
    }

    /// The registered phrase; empty for a status that has none here.
    static func reason(_ status: Int) -> StaticString {
        switch status {
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        case 206: "Partial Content"
        case 301: "Moved Permanently"
        case 302: "Found"
        case 303: "See Other"
        case 304: "Not Modified"
        case 307: "Temporary Redirect"
        case 308: "Permanent Redirect"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 410: "Gone"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 417: "Expectation Failed"
        case 422: "Unprocessable Content"
        case 429: "Too Many Requests"
        case 426: "Upgrade Required"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        default: ""
        }
    }
}
