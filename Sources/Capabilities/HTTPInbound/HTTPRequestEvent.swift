import Logging
import NIOCore
import PulpCapability
import PulpListener
import PulpWire
import Synchronization

/// A request on its way through a plugin: the `http.request` event, and the one answer to it.
///
/// Touched on the loop of the instance that steps it. When the connection lives on another loop, the request is read
/// only, and the answer is handed over to that loop.
package final class HTTPRequestEvent: GuestEvent, @unchecked Sendable {
    // Mutable state is touched on the stepping instance's loop only; the flag that the connection's loop sets is atomic.
    let exchange: HTTPExchange
    let session: HTTPInboundSession
    private(set) var instance: InstanceID?
    private(set) var isAnswered = false
    var isDeferred = false
    private var loop: (any EventLoop)?
    private let clientIsGone = Atomic<Bool>(false)
    private var awaitsFlush = false
    /// The answer's bytes, for a connection on another loop.
    private var copy: [UInt8]?
    /// An answer whose body comes from a stream.
    private var splice: HTTPSplice?

    init(_ exchange: HTTPExchange, session: HTTPInboundSession) {
        self.exchange = exchange
        self.session = session
        // The exchange drops its handlers when it ends, either way.
        exchange.onCancel = { self.cancelled() }
    }

    var id: UInt64 { self.exchange.id }

    // MARK: GuestEvent

    package var kind: StepEventKind { .httpRequest }
    package var isCancelled: Bool { self.clientIsGone.load(ordering: .relaxed) }
    package var payloadByteBound: Int { HTTPRequestEncoding.byteBound(self.exchange) }

    package func writePayload(into writer: inout MessagePackWriter) {
        HTTPRequestEncoding.write(self.exchange, into: &writer)
    }

    package func began(on instance: InstanceID) {
        self.instance = instance
    }

    package func flush() {
        guard self.awaitsFlush else { return }
        self.awaitsFlush = false
        if let splice = self.splice {
            self.splice = nil
            return self.onConnection { _ in splice.start() }
        }
        guard let copy = self.copy else { return self.exchange.releaseAnswer() }
        self.copy = nil
        self.exchange.eventLoop.execute {
            [exchange, filter = self.session.filter, logger = self.session.scope.logger] in
            do {
                try HTTPAnswer.write(HTTPResponseView(reading: copy.wireBytes), to: exchange, through: filter)
            } catch {
                logger.error("an answer could not be sent", metadata: ["reason": "\(error)"])
                exchange.fail(.problem(500, detail: "the plugin's answer could not be sent: \(error)"))
            }
        }
    }

    package func finished(_ outcome: StepOutcome) {
        self.flush()
        guard !self.isAnswered else { return }
        switch outcome {
        case .stepped where self.isDeferred:
            // A timer of the connection's loop: it ends an answer that never comes.
            self.onConnection { $0.expireLater() }
        case .stepped: self.fail(.text(500, "\(self.session.noun) did not respond"))
        case .failed(let failure): self.fail(failure)
        }
    }

    private func fail(_ failure: StepFailure) {
        switch failure {
        case .timedOut: self.fail(.text(504, "\(self.session.noun) timeout"))
        case .crashed: self.fail(.text(500, "\(self.session.noun) did not respond"))
        case .tooLarge: self.fail(.text(413, "request body too large"))
        case .notHandedOver(let why): self.fail(.problem(500, detail: "the plugin could not take the request: \(why)"))
        case .unavailable(let availability):
            if self.instance == nil, let successor = self.session.successor { return self.pass(to: successor) }
            self.fail(self.session.refusal(availability))
        case .cancelled: self.isAnswered = true
        }
    }

    func fail(_ refusal: Refusal) {
        self.isAnswered = true
        self.exchange.fail(refusal)
    }

    private func expireLater() {
        let limit = TimeAmount(self.session.scope.callTimeout)
        guard let timers = self.session.timers else { return self.exchange.expire(after: limit) { self.expired() } }
        _ = timers.schedule(in: limit, on: self.exchange.eventLoop) {
            if !self.exchange.isFinished, !self.isCancelled { self.expired() }
        }
    }

    /// The instance that put the answer off has gone. What is safe to ask twice is asked of the plugin's new version, if
    /// there is one: RFC 9110, 9.2.1.
    func orphaned(_ refusal: Refusal) {
        guard ["GET", "HEAD", "OPTIONS"].contains(self.exchange.method), let successor = self.session.successor else {
            return self.fail(refusal)
        }
        self.pass(to: successor)
    }

    /// Gives the request to the plugin's new version.
    private func pass(to successor: HTTPInboundSession) {
        self.isAnswered = true
        // Later in any case: an event may be refused while it is being delivered.
        self.exchange.eventLoop.execute { [exchange] in
            guard !exchange.isCancelled, !exchange.isAnswered else { return }
            successor.take(exchange)
        }
    }

    private func expired() {
        self.session.forget(self)
        self.exchange.fail(.text(504, "\(self.session.noun) timeout"))
    }

    private func cancelled() {
        self.clientIsGone.store(true, ordering: .relaxed)
        self.session.forget(self)
    }

    private func onConnection(_ body: @escaping @Sendable (HTTPRequestEvent) -> Void) {
        if self.exchange.eventLoop.inEventLoop {
            body(self)
        } else {
            self.exchange.eventLoop.execute { body(self) }
        }
    }

    // MARK: Answering

    /// Takes an answer whose body comes from a stream; it begins when the guest pauses or returns.
    func respond(_ splice: HTTPSplice) {
        self.splice = splice
        self.isAnswered = true
        self.awaitsFlush = true
    }

    /// Takes the guest's answer. On the connection's loop it is written into the outgoing bytes at once, elsewhere it is
    /// copied and handed over; it goes to the socket when the guest pauses or returns.
    func respond(_ view: borrowing HTTPResponseView, _ bytes: RawSpan) throws(CapabilityError) {
        guard !self.isAnswered else { throw CapabilityError(.operationFailed, "the request has its answer") }
        guard view.status == 0 || 200...999 ~= view.status else {
            throw CapabilityError(.operationFailed, "status \(view.status) is not in 200...999")
        }
        if self.exchange.eventLoop.inEventLoop {
            self.exchange.keepsAnswer = true
            do throws(ResponseFault) {
                try HTTPAnswer.write(view, to: self.exchange, through: self.session.filter)
            } catch {
                // Nothing is kept, and nothing would release the refusal that follows the step.
                self.exchange.keepsAnswer = false
                throw CapabilityError(.operationFailed, "the answer cannot be sent: \(error)")
            }
        } else {
            self.copy = [UInt8](copying: bytes)
        }
        self.isAnswered = true
        self.awaitsFlush = true
    }
}
