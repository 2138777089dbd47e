import NIOCore
import NIOHTTP1

/// One request and its one response.
///
/// Confined to ``eventLoop``, the connection's: everything here is read and called there, but for
/// ``respond(status:headers:body:)`` and ``fail(_:)``, which may be called on any thread and go to the loop themselves.
///
/// `@unchecked Sendable`: what describes the request is immutable (`let`) or set before the exchange is handed to its
/// owner; the state of the answer and the head's buffer are touched on the event loop only, which the calls check in debug builds.
package final class HTTPExchange: @unchecked Sendable {
    /// Unique in the process and never 0.
    package let id: UInt64
    package let eventLoop: any EventLoop
    package let method: String
    /// Percent-decoded; `*` for the asterisk form.
    package let path: String
    /// `address:port` of the client, or `unix:`.
    package let remoteAddress: String
    package let isTLS: Bool
    package let isHTTP2: Bool
    /// The method of the route that matched: GET for a HEAD that a GET route answers, without its body.
    package internal(set) var routeMethod = ""
    /// The named segments of the route that matched, in the order of its pattern.
    package internal(set) var parameters: [(name: String, value: String)] = []
    /// The whole body, at most the owner's `maxBodyBytes`; empty until ``RouteOwner/serve(_:)``.
    package internal(set) var body = ByteBuffer()

    /// Called at most once, on the loop, when the client is gone before the answer was finished.
    package var onCancel: (() -> Void)?
    /// Called on the loop whenever a streamed answer may go on after ``isWritable`` was false.
    package var onWritable: (() -> Void)?
    /// Called at most once, on the loop, when the connection takes no further request: whoever streams an answer without
    /// an end of its own ends it now.
    package var onEnding: ((ConnectionEnding) -> Void)?
    package internal(set) var isCancelled = false
    /// Whether the head of the answer was given, by the owner or by the listener.
    package internal(set) var isAnswered = false

    private(set) var head: HTTPHead
    let query: ByteRange?
    let authority: ByteRange?
    let transport: any ExchangeTransport

    var owner: (any RouteOwner)?
    /// Whether the connection may carry another request after this one's answer.
    var keepAlive: Bool
    var framing = AnswerFraming.length
    /// Whether the whole answer was given.
    package internal(set) var isFinished = false
    /// Parts of the answer that wait for the answers of earlier requests.
    var held: [ByteBuffer] = []
    /// Keeps a whole answer back until ``releaseAnswer()``: for an owner that gives it in the middle of something that
    /// must not be re-entered, since sending may read on and serve the next request.
    package var keepsAnswer = false
    private var keptAnswer: ByteBuffer?
    private(set) var expiry: (deadline: NIODeadline, handler: () -> Void)?

    init(
        id: UInt64, head: consuming HTTPHead, target: RequestTarget?, transport: any ExchangeTransport,
        origin: ConnectionOrigin
    ) {
        self.id = id
        self.eventLoop = origin.eventLoop
        self.method = head.method
        self.path = target?.path ?? ""
        self.query = target?.query
        self.authority = target?.authority
        self.remoteAddress = origin.remoteAddress
        self.isTLS = origin.isTLS
        self.isHTTP2 = origin.isHTTP2
        self.keepAlive = head.keepAlive
        self.transport = transport
        self.head = head
    }

    /// The request target as the client sent it.
    package var target: String { self.head.text(self.head.target) }

    /// The host asked for, with its port if one was named: of an absolute-form target, otherwise of `Host`.
    package var host: String {
        guard let range = self.authority ?? self.head.host else { return "" }
        return self.head.text(range)
    }

    package var httpVersion: HTTPVersion {
        if self.isHTTP2 { return .http2 }
        return self.head.minorVersion == 1 ? .http1_1 : .http1_0
    }

    /// Every header field in the order received, repeated ones too, `Host` among them. Built at each call.
    package var headers: HTTPHeaders {
        var headers = HTTPHeaders()
        headers.reserveCapacity(self.head.fieldCount)
        self.head.forEachField { headers.add(name: String(lossy: $0), value: String(lossy: $1)) }
        return headers
    }

    /// Bytes of the request line and all fields, as received.
    package var headByteCount: Int { self.head.bytes.readableBytes }

    /// Whether a body follows the head; ``body`` has all of it once the exchange is served.
    package var expectsBody: Bool { self.head.hasBody }

    /// The number of header fields.
    package var headerCount: Int { self.head.fieldCount }

    /// Calls `body` with every header field as bytes: what the hot path encodes from, without strings.
    ///
    /// Names are tokens in the client's case (HTTP/2: lower case); values have no control but a tab, and may hold bytes
    /// that are not UTF-8.
    package func forEachHeader(_ body: (_ name: Span<UInt8>, _ value: Span<UInt8>) -> Void) {
        self.head.forEachField(body)
    }

    /// The pairs of the query string, decoded one by one.
    package var queryItems: QueryItems {
        guard let query = self.query else { return QueryItems() }
        return self.head.queryItems(query)
    }

    /// Whether the target has a query string with something in it.
    package var hasQuery: Bool { self.query.map { !$0.isEmpty } ?? false }

    /// Whether the client asks to leave HTTP (`Connection: upgrade`). No later request is read until the answer.
    package var wantsUpgrade: Bool { self.head.connectionUpgrade && !self.isHTTP2 }

    /// Whether the listener is stopping.
    package var isDraining: Bool { self.transport.loop.isDraining }

    /// Says which route matched instead of the one before: whoever had the request gives it to another. On the loop.
    package func reroute(method: String, parameters: [(name: String, value: String)]) {
        self.eventLoop.assertInEventLoop()
        self.routeMethod = method
        self.parameters = parameters
    }

    /// Keeps only as much memory for the head as it has bytes, where it held the buffer that the socket was read into:
    /// for answers that last. On the loop.
    package func trimHead() {
        self.eventLoop.assertInEventLoop()
        var bytes = ByteBufferAllocator().buffer(capacity: self.head.bytes.readableBytes)
        bytes.writeImmutableBuffer(self.head.bytes)
        self.head.bytes = bytes
    }

    /// Calls `handler` once on the loop when the answer is not finished `delay` from now.
    ///
    /// Checked by the loop's sweep, so up to two intervals late (a second each by default), and never early. Nil removes it.
    package func expire(after delay: TimeAmount?, _ handler: @escaping () -> Void) {
        self.eventLoop.assertInEventLoop()
        self.expiry = delay.map { (self.eventLoop.now + $0, handler) }
    }

    /// Whether the whole answer has gone to the connection: a finished one may still be kept back.
    var isGivenAway: Bool { self.isFinished && self.keptAnswer == nil }

    /// Sends a whole answer, or keeps it.
    func sendWhole(_ answer: ByteBuffer) {
        if self.keepsAnswer {
            self.keptAnswer = answer
        } else {
            self.transport.send(answer, of: self, ends: true)
        }
    }

    /// Sends what was kept back. On the loop.
    package func releaseAnswer() {
        self.eventLoop.assertInEventLoop()
        self.keepsAnswer = false
        guard let answer = self.keptAnswer else { return }
        self.keptAnswer = nil
        self.transport.send(answer, of: self, ends: true)
    }

    func expireIfDue(_ now: NIODeadline) {
        guard let expiry = self.expiry, now >= expiry.deadline, !self.isFinished else { return }
        self.expiry = nil
        expiry.handler()
    }

    func connectionEnds(_ ending: ConnectionEnding) {
        let handler = self.onEnding
        self.onEnding = nil
        handler?(ending)
    }

    func cancel() {
        guard !self.isFinished, !self.isCancelled else { return }
        self.isCancelled = true
        let handler = self.onCancel
        self.clearHandlers()
        handler?()
    }

    /// Handlers hold what the owner holds; an ended exchange keeps none of it.
    func clearHandlers() {
        self.onCancel = nil
        self.onWritable = nil
        self.onEnding = nil
        self.expiry = nil
    }
}

/// Why a connection takes no further request.
package enum ConnectionEnding: Sendable {
    /// The listener stops.
    case draining
    /// The client sends no more. It may still read, but one that waits for events would not do so.
    case inputEnded
}

/// Where a connection comes from: worked out once for all of its requests.
struct ConnectionOrigin {
    let eventLoop: any EventLoop
    let remoteAddress: String
    let isTLS: Bool
    let isHTTP2: Bool
}

/// How the end of an answer's body is told.
enum AnswerFraming {
    case length
    case chunked
    case untilClose
    /// No body follows, whatever the head says: HEAD, 204, 304.
    case none
}

/// What carries the answers of exchanges: one HTTP/1 connection, or one HTTP/2 stream. Called on the loop only.
protocol ExchangeTransport: AnyObject {
    var loop: ListenerLoop { get }
    /// Whether the connection goes on after the answer of an exchange that wishes so.
    func keepsAlive(after exchange: HTTPExchange) -> Bool

    /// One part of the answer, already serialised; the first one starts with the head. `ends` is the last part.
    func send(_ part: ByteBuffer, of exchange: HTTPExchange, ends: Bool)
    /// Whether a part given now would be sent rather than stored.
    func isWritable(_ exchange: HTTPExchange) -> Bool
    /// Gives up on the exchange: nothing more is sent, the client sees the connection or the stream break.
    func abort(_ exchange: HTTPExchange)
    func takeOver(
        _ exchange: HTTPExchange, _ body: @escaping (any Channel, ByteBuffer) throws -> Void
    ) throws(ResponseFault)
}
