import PulpWire

/// An answer to a request.
///
/// ```swift
/// return .text("hello\n")
/// return .html(page, headers: ["Cache-Control": "no-store"])
/// return .status(204)
/// ```
public struct Response {
    /// 200 to 999.
    public var status: UInt32
    /// Header fields, in order, repeats kept.
    public var headers: FieldList
    /// Values of `Set-Cookie`, one field each.
    public var cookies: [String] = []
    public var body: [UInt8]
    /// How it reaches the host: a function, so that what a plugin never does is not linked.
    var delivery: (UInt64, borrowing Response) -> Status = Response.respond

    /// An answer of these bytes, without a `Content-Type` unless `headers` has one.
    public init(_ body: [UInt8] = [], status: UInt32 = 200, headers: FieldList = [:]) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    private init(_ type: String, _ body: [UInt8], _ status: UInt32, _ headers: FieldList) {
        self.status = status
        self.headers = headers
        self.headers.append(name: "Content-Type", value: type)
        self.body = body
    }

    /// An answer of plain text: a literal, with values in it or without.
    public static func text(_ text: Text, status: UInt32 = 200, headers: FieldList = [:]) -> Response {
        Response("text/plain; charset=utf-8", text.bytes, status, headers)
    }

    /// An answer of plain text, in UTF-8.
    @_disfavoredOverload
    public static func text(_ text: String, status: UInt32 = 200, headers: FieldList = [:]) -> Response {
        Response("text/plain; charset=utf-8", [UInt8](copying: text), status, headers)
    }

    /// An answer of HTML: a literal, with values in it or without. Nothing in it is escaped.
    public static func html(_ text: Text, status: UInt32 = 200, headers: FieldList = [:]) -> Response {
        Response("text/html; charset=utf-8", text.bytes, status, headers)
    }

    /// An answer of HTML, in UTF-8. Nothing in it is escaped.
    @_disfavoredOverload
    public static func html(_ text: String, status: UInt32 = 200, headers: FieldList = [:]) -> Response {
        Response("text/html; charset=utf-8", [UInt8](copying: text), status, headers)
    }

    /// An answer of JSON: text that is JSON already, as ``JSONWriter`` makes it.
    public static func json(_ text: String, status: UInt32 = 200, headers: FieldList = [:]) -> Response {
        Response("application/json", [UInt8](copying: text), status, headers)
    }

    /// An answer of bytes.
    public static func bytes(
        _ bytes: [UInt8], type: String = "application/octet-stream", status: UInt32 = 200, headers: FieldList = [:]
    ) -> Response {
        Response(type, bytes, status, headers)
    }

    /// An answer without a body.
    public static func status(_ status: UInt32, headers: FieldList = [:]) -> Response {
        Response(status: status, headers: headers)
    }

    /// Sends the client elsewhere: 303, "see other", unless told otherwise (301, 302, 307, 308).
    public static func redirect(to location: String, status: UInt32 = 303) -> Response {
        Response(status: status, headers: ["Location": location])
    }

    /// No answer yet: the plugin keeps the request's ``Request/reply``, and sends it in a later step.
    public static var later: Response {
        var response = Response()
        response.delivery = { id, _ in
            Status(rawValue: http_defer(UInt32(truncatingIfNeeded: id), UInt32(truncatingIfNeeded: id >> 32)))
        }
        return response
    }

    /// The same with a header field more.
    public func header(_ name: String, _ value: String) -> Response {
        var response = self
        response.headers.append(name: name, value: value)
        return response
    }

    /// The same with a cookie more: a value of `Set-Cookie`, such as `theme=dark; Path=/; HttpOnly`.
    public func cookie(_ value: String) -> Response {
        var response = self
        response.cookies.append(value)
        return response
    }
}
