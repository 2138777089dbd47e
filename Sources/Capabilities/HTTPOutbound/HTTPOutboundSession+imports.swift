import NIOCore
import NIOHTTP1
import PulpCapability
import PulpWire

/// The imports: requests are read on the guest's fiber, everything else happens in turns of the loop.
extension HTTPOutboundSession {
    private static let boundary = BoundaryStatuses()

    func fetch(_ call: inout GuestCall) -> SuspendedImport {
        self.run(&call, .call) { session, fetch, request, answer in
            var head: HTTPResponseHead?
            let timeout = min(
                request.timeout > 0 ? .nanoseconds(request.timeout) : HTTPOutboundLimits.defaultTimeout,
                session.limits.maximumTimeout)
            fetch.outlet = .collector(
                BodyCollector(limit: session.limits.maximumBodyBytes, budget: session.budget) { body in
                    // Without a head the failure has been told.
                    guard let head else { return }
                    answer(body.map { session.response(head, body: $0) })
                })
            fetch.start(within: timeout) { result in
                switch result {
                case .success(let received): head = received
                case .failure(let failure): answer(.failure(failure))
                }
            } onOver: {
                session.ended(fetch, .call)
            }
        }
    }

    func begin(_ call: inout GuestCall) -> SuspendedImport {
        let instance = call.caller.instance
        return self.run(&call, .stream) { session, fetch, request, answer in
            fetch.start(within: request.timeout > 0 ? .nanoseconds(request.timeout) : nil) { result in
                answer(
                    result.flatMap { head in
                        guard let id = session.register(fetch, of: instance) else {
                            return .failure(FetchFailure(.closed, "the plugin is stopping"))
                        }
                        session.watch(id)
                        return .success(session.response(head, id: id))
                    })
            } onOver: {
                session.ended(fetch, .stream)
            }
        }
    }

    private func response(_ head: HTTPResponseHead, id: UInt64 = 0, body: [UInt8]? = nil) -> HTTPFetchResponse {
        HTTPFetchResponse(
            id: id, status: UInt32(head.status.code), headers: ResponseHeaders.list(head.headers), body: body,
            joinsCookies: self.scope.dialect == .cell)
    }

    /// Reads the request, makes a fetch of it, and lets the guest sleep until it is answered.
    private func run(
        _ call: inout GuestCall, _ kind: Kind,
        _ body: (
            HTTPOutboundSession, Fetch, HTTPFetchRequest, @escaping (Result<HTTPFetchResponse, FetchFailure>) -> Void
        ) -> Void
    ) -> SuspendedImport {
        let caller = call.caller
        let request: HTTPFetchRequest
        switch Self.request(&call) {
        case .success(let decoded): request = decoded
        case .failure(let error): return SuspendedImport(caller: caller, result: error.status.rawValue)
        }
        let fetch: Fetch
        do throws(FetchFailure) {
            fetch = try self.makeFetch(OutboundRequest(request), kind, on: caller.eventLoop)
        } catch {
            self.note(error, for: caller.instance)
            return SuspendedImport(caller: caller, result: Self.boundary.failed.rawValue)
        }
        var isGone = false
        let suspended = SuspendedImport(caller: caller) {
            isGone = true
            fetch.loop.execute { fetch.cancel() }
        }
        let instance = caller.instance
        let isolated = caller.eventLoop.assumeIsolated()
        body(self, fetch, request) { result in
            if case .failure(let failure) = result, !isGone { self.note(failure, for: instance) }
            // In a turn of its own: the guest goes on inside `resume`, and must not do so inside the client's calls.
            isolated.execute {
                guard !isGone else { return }
                suspended.resume { self.answer(result, &$0) }
            }
        }
        return suspended
    }

    private func answer(_ result: Result<HTTPFetchResponse, FetchFailure>, _ call: inout GuestCall) -> Int32 {
        guard case .success(let response) = result else { return Self.boundary.failed.rawValue }
        let status = call.answer(response, Self.boundary)
        // The guest never learned the stream's number.
        if status != Status.ok.rawValue { self.closeStream(response.id) }
        return status
    }

    private static func request(_ call: inout GuestCall) -> Result<HTTPFetchRequest, CapabilityError> {
        let count = call.word(1)
        guard count > 0 else { return .failure(CapabilityError(.emptyRequest, "")) }
        guard Int(count) <= call.caller.scope.maximumMessageBytes,
            let decoded = call.withBytes(
                at: call.word(0), count: count, { bytes in Result { try HTTPFetchRequest(decoding: bytes) } })
        else { return .failure(CapabilityError(.readFailed, "")) }
        return decoded.mapError { _ in CapabilityError(.decodeFailed, "") }
    }

    func read(_ call: inout GuestCall) -> SuspendedImport {
        let caller = call.caller
        let (id, count) = (call.splitWord(0), Int(call.word(2)))
        guard count > 0 else { return SuspendedImport(caller: caller, result: Status.emptyRequest.rawValue) }
        let loop = caller.eventLoop
        let fetch = self.stream(id)
        let suspended = SuspendedImport(caller: caller) {
            if let fetch { loop.execute { fetch.stopReading() } }
        }
        let bound = NIOLoopBound(suspended, eventLoop: loop)
        let answer: @Sendable (HTTPFetchPart) -> Void = { part in
            loop.execute { bound.value.resume { $0.answer(part.chunk, Self.boundary, pair: 3) } }
        }
        // Not at once: reading on makes the connection read, which is nothing for the guest's stack.
        loop.execute {
            guard let fetch else { return answer(HTTPFetchPart(error: "no such stream id \(id)")) }
            fetch.read(min(count, HTTPOutboundLimits.maximumChunkBytes), answer)
        }
        return suspended
    }

    func close(stream id: UInt64) -> Int32 {
        // Gone for the guest at once; the connection is closed in a turn of its loop.
        if let fetch = self.takeStream(id) { fetch.loop.execute { fetch.cancel() } }
        return Status.ok.rawValue
    }

    func lastError(_ call: inout GuestCall) -> Int32 {
        guard let failure = self.lastFailure(of: call.caller.instance) else {
            return call.answer([], Self.boundary, pair: 0)
        }
        return call.answer(
            HTTPFetchError(code: failure.code.rawValue, message: failure.message, allow: failure.allow), Self.boundary,
            pair: 0)
    }
}
