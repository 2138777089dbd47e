import PulpWire

/// An answer to a request.
public struct Response {
    public var status: UInt32
    /// Header fields, in order.
    public var headers: FieldList
    public var body: [UInt8]
    private(set) var comesLater = false

    /// An answer of these bytes.
    public init(
        _ body: [UInt8], status: UInt32 = 200, headers: FieldList = ["Content-Type": "application/octet-stream"]
    ) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// An answer of plain text, in UTF-8.
    public static func text(_ text: String, status: UInt32 = 200) -> Response {
        Response([UInt8](text.utf8), status: status, headers: ["Content-Type": "text/plain; charset=utf-8"])
    }

    /// No answer yet: the plugin keeps the request's id, and calls ``Host/respond(to:_:)`` in a later step.
    public static var later: Response {
        var response = Response([])
        response.comesLater = true
        return response
    }
}
