import PulpListener
import PulpWire

/// Writes a guest's answer into the bytes that go to the socket, straight out of guest memory.
enum HTTPAnswer {
    /// - Throws: ``ResponseFault`` for a header that cannot be sent; nothing of the answer is sent then.
    static func write(_ view: borrowing HTTPResponseView, to exchange: HTTPExchange) throws(ResponseFault) {
        guard !exchange.isCancelled else { return }
        var response = try exchange.makeResponse(status: view.status == 0 ? 200 : Int(view.status))
        var headers = view.headers
        while headers.next() { try response.addHeader(name: headers.name, value: headers.value) }
        var cookies = view.cookies
        while cookies.next() { try response.addCookie(Span<UInt8>(_bytes: cookies.value)) }
        response.finish(body: view.body)
    }
}
