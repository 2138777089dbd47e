import PulpWire

/// What a plugin sees of its host: its configuration, the routes that it serves, ticks, shutdown, randomness.
public final class Host {
    // A guest runs on one thread, and one step at a time: neither is ever touched by two at once.
    nonisolated(unsafe) static var start: (Host) -> Void = { _ in }
    nonisolated(unsafe) static var current = Host(config: Config(bytes: []))

    /// The manifest's `[config]`.
    public let config: Config
    /// The first import that failed while the plugin started; makes `pulp_init` fail.
    var failure: Status?
    private var routes: [Route] = []
    private var tick: (() -> Void)?
    private var end: (() -> Void)?
    var subscribed: ((ServerSentEventSubscribeRecord) -> Void)?
    var unsubscribed: ((ServerSentEventUnsubscribeRecord) -> Void)?
    var webSockets: WebSocketHandlers?

    init(config: Config) {
        self.config = config
    }

    /// Serves GET requests whose path matches `pattern`.
    ///
    /// - Parameters:
    ///   - pattern: Such as `/users/:name` (one segment) or `/files/*path` (the rest).
    ///   - answer: Runs in the step that brings the request.
    public func get(_ pattern: String, _ answer: @escaping (borrowing Request) -> Response) {
        self.serve("GET", pattern, answer)
    }

    /// Serves POST requests whose path matches `pattern`.
    public func post(_ pattern: String, _ answer: @escaping (borrowing Request) -> Response) {
        self.serve("POST", pattern, answer)
    }

    /// Serves requests of `method` whose path matches `pattern`.
    ///
    /// A route that the host refuses makes the plugin's start fail, and the log say why.
    public func serve(_ method: String, _ pattern: String, _ answer: @escaping (borrowing Request) -> Response) {
        let status = unsafe HTTPRegisterRequest(method: method, path: pattern).send(to: http_register)
        guard status == .ok else {
            if self.failure == nil { self.failure = status }
            Log.error(
                status == .notGranted
                    ? "routes need transport.http.inbound among the manifest's capabilities"
                    : "the host refused the route \(method) \(pattern) with status \(status.rawValue)")
            return
        }
        self.routes.append(Route(method: method, pattern: pattern, answer: answer))
    }

    /// Makes the plugin's start fail, with a line in the log that says why.
    ///
    /// - Parameter error: The refusal; `pulp_init` returns its status.
    public func fail(_ message: String, _ error: PluginError) {
        if self.failure == nil { self.failure = error.status }
        Log.error(message, ["status": "\(error.status.rawValue)"])
    }

    /// Answers a request whose handler returned ``Response/later``.
    ///
    /// - Parameters:
    ///   - id: The request's ``Request/id``.
    ///   - response: An answer that is not ``Response/later`` itself.
    /// - Returns: Status 4 when nobody waits any more: the client is gone, or the deadline has passed.
    @discardableResult
    public func respond(to id: UInt64, _ response: Response) -> Status {
        let record = HTTPResponseRecord(
            id: id, status: response.status, headers: response.headers, body: response.body)
        return unsafe record.send(to: http_respond)
    }

    /// Calls `body` at each tick: a step without an event, for which the manifest asks with `tick_interval_ms`.
    public func onTick(_ body: @escaping () -> Void) {
        self.tick = body
    }

    /// Calls `body` once, before the plugin ends in good order.
    public func onShutdown(_ body: @escaping () -> Void) {
        self.end = body
    }

    /// Random bytes from the host's secure generator.
    ///
    /// - Parameter count: 1 to 65,536.
    public func random(_ count: UInt32) -> Result<[UInt8], PluginError> {
        unsafe EntropyRequest(count: count).query(entropy_read, answer: EntropyResponse.self).map { $0.bytes }
    }
}

// What the exports do.
extension Host {
    /// Begins the plugin's life; 0, or the status of the first import that failed.
    static func initialize(_ config: UnsafeRawBufferPointer) -> Int32 {
        let host = unsafe Host(config: Config(bytes: [UInt8](config)))
        unsafe Self.current = host
        unsafe Self.start(host)
        return host.failure?.rawValue ?? 0
    }

    /// One step; 0, or the status of the import that refused the answer.
    func step(_ envelope: UnsafeRawBufferPointer) -> Int32 {
        do throws(WireError) {
            return unsafe try self.step(envelope.bytes)
        } catch {
            return Status.decodeFailed.rawValue
        }
    }

    /// Ends the plugin's life.
    func shutdown() -> Int32 {
        self.end?()
        return Status.ok.rawValue
    }

    private func step(_ bytes: RawSpan) throws(WireError) -> Int32 {
        let envelope = try StepEnvelopeView(reading: bytes)
        guard !envelope.payload.isEmpty else {
            self.tick?()
            return Status.ok.rawValue
        }
        let event = try StepEventView(reading: envelope.payload)
        switch event.kind {
        case StepEventKind.httpRequest: return try self.answer(event.payload).rawValue
        case StepEventKind.serverSentEventSubscribe:
            self.subscribed?(try ServerSentEventSubscribeRecord(decoding: event.payload))
            return Status.ok.rawValue
        case StepEventKind.serverSentEventUnsubscribe:
            self.unsubscribed?(try ServerSentEventUnsubscribeRecord(decoding: event.payload))
            return Status.ok.rawValue
        case StepEventKind.webSocketOpen:
            self.webSockets?.opened(try WebSocketOpenRecord(decoding: event.payload))
            return Status.ok.rawValue
        case StepEventKind.webSocketFrame:
            self.webSockets?.received(try WebSocketFrameRecord(decoding: event.payload))
            return Status.ok.rawValue
        case StepEventKind.webSocketClose:
            self.webSockets?.closed(try WebSocketCloseRecord(decoding: event.payload))
            return Status.ok.rawValue
        default: return Status.ok.rawValue
        }
    }

    private func answer(_ payload: RawSpan) throws(WireError) -> Status {
        let request = try Request(reading: payload)
        var best: Route?
        for route in self.routes where route.matches(request) && best?.isMoreSpecific(than: route) != true {
            best = route
        }
        let response = best?.answer(request) ?? .text("404 page not found", status: 404)
        if response.comesLater {
            return Status(
                rawValue: http_defer(
                    UInt32(truncatingIfNeeded: request.id), UInt32(truncatingIfNeeded: request.id >> 32)))
        }
        return self.respond(to: request.id, response)
    }
}
