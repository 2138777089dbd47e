import Logging
import PulpListener
import PulpWire

/// Writes a guest's answer into the bytes that go to the socket, straight out of guest memory.
enum HTTPAnswer {
    /// A header that cannot be sent makes the answer a 500: the client never gets a part of it.
    static func write(_ view: borrowing HTTPResponseView, status: Int, to exchange: HTTPExchange, logger: Logger) {
        guard !exchange.isCancelled else { return }
        do throws(ResponseFault) {
            var response = try exchange.makeResponse(status: status)
            var headers = view.headers
            while headers.next() { try response.addHeader(name: headers.name, value: headers.value) }
            var cookies = view.cookies
            while cookies.next() { try response.addCookie(Span<UInt8>(_bytes: cookies.value)) }
            response.finish(body: view.body)
        } catch {
            logger.error("an answer could not be sent", metadata: ["reason": "\(error)"])
            exchange.fail(.problem(500, detail: "the plugin's answer could not be sent: \(error)"))
        }
    }
}
