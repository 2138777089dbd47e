import Logging
import NIOCore
import NIOHTTP1
import PulpCapability
import PulpListener
import PulpWire
import Synchronization

/// Passes a body on to a client, part by part, without the guest: `http_respond_stream`.
///
/// As much is on its way as the two sockets and one window hold: a part is taken from the source only while the client
/// reads. Either side's end is the other's.
///
/// `@unchecked Sendable`: the exchange is touched on its own loop only, and `unsent` is atomic; all else is immutable.
final class HTTPSplice: BodySink, @unchecked Sendable {
    /// Bytes that may be between the source's loop and the client's, where these differ.
    private static let window = 512 * 1024

    private let source: any BodySource
    private let exchange: HTTPExchange
    private let head: Head
    private let logger: Logger
    /// Bytes that have left the source's loop and were not taken by the socket.
    private let unsent = Atomic<Int>(0)
    /// Of these, the ones that were written while the socket was full. On the exchange's loop.
    private var stuck = 0

    init(_ source: any BodySource, to exchange: HTTPExchange, _ head: Head, logger: Logger) {
        self.source = source
        self.exchange = exchange
        self.head = head
        self.logger = logger
    }

    /// Sends the head and begins. On the exchange's loop.
    func start() {
        guard !self.exchange.isCancelled else { return self.source.cancel() }
        do throws(ResponseFault) {
            try self.exchange.respondHead(status: self.head.status, headers: self.head.fields)
        } catch {
            self.logger.error("an answer could not be sent", metadata: ["reason": "\(error)"])
            self.exchange.fail(.problem(500, detail: "the plugin's answer could not be sent: \(error)"))
            return self.source.cancel()
        }
        guard self.exchange.method != "HEAD", self.head.status != 204, self.head.status != 304 else {
            self.exchange.end()
            return self.source.cancel()
        }
        self.exchange.onCancel = { [source] in source.cancel() }
        self.exchange.onWritable = { self.writable() }
        self.source.splice(to: self)
    }

    // MARK: BodySink

    func receive(_ part: ByteBuffer) -> Bool {
        guard !self.exchange.eventLoop.inEventLoop else {
            self.exchange.write(part)
            return self.exchange.isWritable
        }
        let count = part.readableBytes
        let unsent = self.unsent.add(count, ordering: .acquiringAndReleasing).newValue
        self.exchange.eventLoop.execute {
            self.exchange.write(part)
            if self.exchange.isWritable { self.sent(count) } else { self.stuck += count }
        }
        return unsent < Self.window
    }

    func end(failure: String?) {
        guard !self.exchange.eventLoop.inEventLoop else { return self.ended(failure) }
        self.exchange.eventLoop.execute { self.ended(failure) }
    }

    // MARK: On the exchange's loop

    private func ended(_ failure: String?) {
        guard let failure else { return self.exchange.end() }
        if !self.exchange.isCancelled {
            self.logger.debug("a stream that is passed on broke off", metadata: ["reason": "\(failure)"])
        }
        self.exchange.abort()
    }

    private func writable() {
        let stuck = self.stuck
        self.stuck = 0
        if stuck > 0 { self.sent(stuck) } else { self.source.resume() }
    }

    private func sent(_ count: Int) {
        let (before, after) = self.unsent.subtract(count, ordering: .acquiringAndReleasing)
        if before >= Self.window, after < Self.window { self.source.resume() }
    }
}

extension HTTPSplice {
    /// The head of an answer, checked: it can be sent.
    struct Head: Sendable {
        let status: Int
        let fields: HTTPHeaders

        init(_ response: HTTPStreamResponse) throws(CapabilityError) {
            self.status = response.status == 0 ? 200 : Int(response.status)
            guard 200...999 ~= self.status else {
                throw CapabilityError(.operationFailed, "status \(self.status) is not in 200...999")
            }
            var fields = HTTPHeaders()
            for field in response.headers.fields { fields.add(name: field.name, value: field.value) }
            for cookie in response.cookies { fields.add(name: "Set-Cookie", value: cookie) }
            do throws(ResponseFault) {
                try HTTPResponseBuilder.check(fields)
            } catch {
                throw CapabilityError(.operationFailed, "the answer cannot be sent: \(error)")
            }
            self.fields = fields
        }
    }
}
