import NIOCore
import PulpListener
import PulpWire

/// Writes a guest's answer into the bytes that go to the socket, straight out of guest memory.
enum HTTPAnswer {
    /// - Parameter filter: Has a look at the answer before; nil, but in development.
    /// - Throws: ``ResponseFault`` for a header that cannot be sent; nothing of the answer is sent then.
    static func write(
        _ view: borrowing HTTPResponseView, to exchange: HTTPExchange, through filter: (any HTTPAnswerFilter)?
    ) throws(ResponseFault) {
        guard !exchange.isCancelled else { return }
        var response = try exchange.makeResponse(status: view.status == 0 ? 200 : Int(view.status))
        var headers = view.headers
        while headers.next() { try response.addHeader(name: headers.name, value: headers.value) }
        var cookies = view.cookies
        while cookies.next() { try response.addCookie(Span<UInt8>(_bytes: cookies.value)) }
        if let filter, let body = Self.filtered(view, of: exchange, by: filter) {
            response.finish(body: body)
        } else {
            response.finish(body: view.body)
        }
    }

    private static func filtered(
        _ view: borrowing HTTPResponseView, of exchange: HTTPExchange, by filter: any HTTPAnswerFilter
    ) -> ByteBuffer? {
        var fields: [(name: String, value: String)] = []
        var headers = view.headers
        while headers.next() {
            fields.append(
                (
                    String(decoding: [UInt8](copying: headers.name), as: UTF8.self),
                    String(decoding: [UInt8](copying: headers.value), as: UTF8.self)
                ))
        }
        return filter.body(
            status: view.status == 0 ? 200 : Int(view.status), headers: fields, body: view.body, of: exchange)
    }
}
