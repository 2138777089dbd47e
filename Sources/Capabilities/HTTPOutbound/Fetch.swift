import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import PulpCapability
import PulpEgress

/// One fetch: from its request, over addresses and redirects, to the end of its answer's body.
///
/// `@unchecked Sendable`: everything runs on ``loop``, the loop of the guest that asked. What other threads may call
/// (``cancel()``, ``splice(to:)``, ``resume()``, ``read(_:_:)``) goes there itself.
final class Fetch: @unchecked Sendable {
    /// What a fetch needs of its plugin.
    struct Services: Sendable {
        let egress: EgressGuard
        let clients: FetchClients
        let maximumStreamBytes: Int
        /// How long a server may send nothing while something is wanted of it.
        let readTimeout: TimeAmount
        let detour: FetchDetour?
    }

    let loop: any EventLoop
    private let services: Services
    private var request: OutboundRequest
    private var redirects = 0
    private var addresses: ArraySlice<IPAddress> = []
    private var lastError: (any Error)?
    private var hop: FetchHop?
    private var pinned: FetchClients.Pinned?
    private var isKnownAddress = false
    private var isRetried = false
    private var onHead: ((Result<HTTPResponseHead, FetchFailure>) -> Void)?
    private var onOver: (() -> Void)?
    private var deadline = NIODeadline.distantFuture
    /// When the server last sent something.
    private var progress: NIODeadline
    private var timer: Scheduled<Void>?
    private(set) var isOver = false

    // The body: what came and is not taken, and whoever takes it.
    var outlet = Outlet.none
    var pending = ByteBuffer()
    private var demand: EventLoopPromise<Void>?
    private var byteCount = 0
    /// Set when nothing more will come; `.some(nil)` is a complete body.
    private(set) var ending: FetchFailure??
    private(set) var lastUse: NIODeadline

    init(_ request: OutboundRequest, on loop: any EventLoop, _ services: Services) {
        self.request = request
        self.loop = loop
        self.services = services
        self.lastUse = loop.now
        self.progress = self.lastUse
    }

    /// Begins, in a turn of the loop of its own.
    ///
    /// - Parameters:
    ///   - timeout: For everything up to the end of the body; nil for none.
    ///   - onHead: Called once, with the head of the answer that is no redirect, or why there is none.
    ///   - onOver: Called once, when the connection is given back, however it went.
    func start(
        within timeout: TimeAmount?, onHead: @escaping (Result<HTTPResponseHead, FetchFailure>) -> Void,
        onOver: @escaping () -> Void
    ) {
        self.loop.assertInEventLoop()
        self.onHead = onHead
        self.onOver = onOver
        self.progress = self.loop.now
        if let timeout { self.deadline = self.progress + timeout }
        self.armTimer()
        self.loop.execute { self.connect() }
    }

    /// One timer for both limits, set anew when it fires and not at each part.
    private func armTimer() {
        let due = min(self.deadline, self.progress + self.services.readTimeout)
        self.timer = self.loop.scheduleTask(deadline: due) { self.timerFired() }
    }

    private func timerFired() {
        guard !self.isOver else { return }
        let now = self.loop.now
        guard now < self.deadline else {
            return self.fail(FetchFailure(.timeout, "the fetch was not finished within its time"))
        }
        // A server that is held back cannot send.
        if self.demand != nil { self.progress = now }
        guard now < self.progress + self.services.readTimeout else {
            let message = "the server sent nothing for too long; read_timeout_ms in the limits says how long"
            return self.fail(FetchFailure(.timeout, message))
        }
        self.armTimer()
    }

    func fail(_ failure: FetchFailure) {
        self.loop.assertInEventLoop()
        guard !self.isOver else { return }
        self.hop?.drop()
        self.finish(failure)
    }

    // MARK: One hop

    private func connect() {
        guard !self.isOver else { return }
        let url = self.request.url
        self.addresses = []
        self.lastError = nil
        if let known = self.services.clients.known(url.host, on: self.loop) {
            if self.services.egress.policy.refusal(of: known.address, port: url.port, host: url.host) == nil {
                self.isKnownAddress = true
                return self.send(with: known)
            }
            self.services.clients.giveBack(known)
        }
        self.isKnownAddress = false
        self.services.egress.addresses(of: url.host, port: url.port, on: self.loop).whenComplete { result in
            guard !self.isOver else { return }
            switch result {
            case .success(let addresses):
                self.addresses = addresses[...]
                self.tryNextAddress()
            case .failure(let error): self.fail(FetchFailure(error))
            }
        }
    }

    private func tryNextAddress() {
        let error = self.lastError ?? ResolutionError(name: self.request.url.host, reason: "it has no address")
        guard let address = self.addresses.popFirst() else { return self.fail(Self.unconnected(error)) }
        guard let client = self.services.clients.client(self.request.url.host, at: address, on: self.loop) else {
            return self.fail(FetchFailure(.closed, "the plugin is stopping"))
        }
        self.send(with: client)
    }

    private func send(with pinned: FetchClients.Pinned) {
        let url = self.request.url
        do {
            let message = try self.services.detour?.message(for: self.request) ?? self.message(to: url)
            let hop = FetchHop(self, pinned)
            self.hop = hop
            self.pinned = pinned
            hop.run(message, on: self.loop, of: self.services.clients)
        } catch {
            self.services.clients.giveBack(pinned)
            self.fail((error as? FetchFailure) ?? FetchFailure(.badRequest, "the request cannot be sent: \(error)"))
        }
    }

    private func message(to url: OutboundURL) throws -> HTTPClient.Request {
        let body = self.request.body
        let message = try HTTPClient.Request(
            url: url.text, method: HTTPMethod(rawValue: self.request.method), headers: self.request.headers,
            body: body.readableBytes == 0 ? nil : .byteBuffer(body))
        // The client reads the URL once more, and must find in it what was checked.
        guard message.host == url.host || message.host == "[\(url.host)]", message.port == Int(url.port) else {
            throw FetchFailure(.badRequest, "the URL can be read in two ways")
        }
        return message
    }

    /// The hop's request has ended, well or not.
    func completed(_ hop: FetchHop, _ result: Result<Void, any Error>) {
        guard hop === self.hop, !self.isOver else { return }
        self.hop = nil
        guard case .failure(let error) = result else { return self.finish(nil) }
        guard !hop.isAnswered else { return self.finish(FetchFailure(error)) }
        if !hop.isSent {
            if let pinned = self.pinned { self.services.clients.distrust(pinned) }
            self.lastError = error
            return self.isKnownAddress ? self.connect() : self.tryNextAddress()
        }
        // A connection that was kept alive may be closed by the server just as it is used again.
        if self.request.isRepeatable, !self.isRetried, (error as? HTTPClientError) == .remoteConnectionClosed {
            self.isRetried = true
            return self.connect()
        }
        self.finish(FetchFailure(error))
    }

    private static func unconnected(_ error: any Error) -> FetchFailure {
        let failure = FetchFailure(error)
        guard failure.code == .broken else { return failure }
        return FetchFailure(.connectFailed, "no connection could be made: \(error)")
    }

    func received(_ head: HTTPResponseHead, _ hop: FetchHop) -> EventLoopFuture<Void> {
        do throws(FetchFailure) {
            let location = head.headers.first(name: "Location")
            if let next = try self.request.redirected(status: Int(head.status.code), location: location) {
                guard self.redirects < OutboundRequest.maximumRedirects else {
                    throw FetchFailure(.redirects, "stopped after \(OutboundRequest.maximumRedirects) redirects")
                }
                self.redirects += 1
                self.request = next
                hop.drop()
                self.hop = nil
                self.loop.execute { self.connect() }
                return self.loop.makeFailedFuture(HTTPClientError.cancelled)
            }
        } catch {
            self.fail(error)
            return self.loop.makeFailedFuture(error)
        }
        let handler = self.onHead
        self.onHead = nil
        self.progress = self.loop.now
        self.lastUse = self.progress
        handler?(.success(head))
        return self.loop.makeSucceededVoidFuture()
    }

    // MARK: The body

    func received(_ part: ByteBuffer) -> EventLoopFuture<Void> {
        self.byteCount += part.readableBytes
        self.progress = self.loop.now
        let limit = self.services.maximumStreamBytes
        guard limit == 0 || self.byteCount <= limit else {
            return self.refuse(
                FetchFailure(.tooLarge, "the body has more than \(limit) bytes; max_stream_bytes in the limits says so")
            )
        }
        switch self.outlet {
        case .none:
            self.pending = part
            return self.pause()
        case .reader(let count, let completion):
            var part = part
            self.outlet = .none
            self.lastUse = self.loop.now
            let bytes = part.readBytes(length: min(count, part.readableBytes)) ?? []
            self.pending = part
            completion(HTTPFetchPart(bytes: bytes))
            return part.readableBytes > 0 ? self.pause() : self.loop.makeSucceededVoidFuture()
        case .collector(let collector):
            if let failure = collector.add(part) { return self.refuse(failure) }
            return self.loop.makeSucceededVoidFuture()
        case .sink(let sink):
            return sink.receive(part) ? self.loop.makeSucceededVoidFuture() : self.pause()
        }
    }

    private func refuse(_ failure: FetchFailure) -> EventLoopFuture<Void> {
        self.fail(failure)
        return self.loop.makeFailedFuture(failure)
    }

    private func pause() -> EventLoopFuture<Void> {
        // What came while a part was being taken may have ended it all.
        guard !self.isOver else { return self.loop.makeFailedFuture(HTTPClientError.cancelled) }
        let demand = self.loop.makePromise(of: Void.self)
        self.demand = demand
        return demand.futureResult
    }

    /// Lets the next part come.
    func proceed() {
        guard let demand = self.demand else { return }
        self.demand = nil
        demand.succeed()
    }

    func used() {
        self.lastUse = self.loop.now
    }

    private func finish(_ failure: FetchFailure?) {
        self.isOver = true
        self.ending = .some(failure)
        self.hop = nil
        self.pinned = nil
        self.timer?.cancel()
        self.demand?.fail(HTTPClientError.cancelled)
        self.demand = nil
        if failure != nil { self.pending.clear() }
        let (onHead, onOver, outlet) = (self.onHead, self.onOver, self.outlet)
        (self.onHead, self.onOver, self.outlet) = (nil, nil, .none)
        onHead?(.failure(failure ?? FetchFailure(.broken, "the server sent no answer")))
        switch outlet {
        case .none: break
        case .reader(_, let completion): completion(HTTPFetchPart(ending: failure))
        case .collector(let collector): collector.end(failure)
        case .sink(let sink): sink.end(failure: failure?.message)
        }
        onOver?()
    }
}

extension OutboundRequest {
    /// Whether sending it twice does no more than sending it once, and needs no body again.
    fileprivate var isRepeatable: Bool {
        self.body.readableBytes == 0 && ["GET", "HEAD", "OPTIONS"].contains(self.method)
    }
}
