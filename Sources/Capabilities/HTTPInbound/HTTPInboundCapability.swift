import PulpCapability
import PulpListener
import PulpWire

/// `transport.http.inbound`: a plugin registers routes, gets requests as events, and answers them.
///
/// - SeeAlso: `README.md` in this folder, and the reference's contract for the statuses.
package struct HTTPInboundCapability: Capability {
    package static let id: CapabilityID = "transport.http.inbound"

    /// Where routes go: the host's listener, and those that plugins ask for.
    private let listeners: any HTTPListeners
    /// Where `http_respond_stream` finds the streams that other capabilities have open.
    private let streams: BodyStreams
    /// What ends answers that are put off and do not come; nil for the listener's own clock.
    private let timers: (any PluginTimers)?

    package init(listeners: any HTTPListeners, streams: BodyStreams, timers: (any PluginTimers)? = nil) {
        self.listeners = listeners
        self.streams = streams
        self.timers = timers
    }

    package func open(_ scope: PluginScope) async throws -> HTTPInboundSession {
        HTTPInboundSession(scope, listeners: self.listeners, streams: self.streams, timers: self.timers)
    }

    package func open(_ scope: PluginScope, beside former: HTTPInboundSession?) async throws -> HTTPInboundSession {
        HTTPInboundSession(
            scope, listeners: self.listeners, streams: self.streams, timers: self.timers,
            routes: .staged(insteadOf: former))
    }

    package func replace(_ former: HTTPInboundSession?, by successor: HTTPInboundSession?) {
        if let successor { successor.commit() }
        former?.retire(successor)
    }

    package func isBusy(_ session: HTTPInboundSession) -> Bool { session.isBusy }

    package func close(_ session: HTTPInboundSession) async {
        await session.close()
    }

    package func instanceEnded(_ instance: InstanceID, in session: HTTPInboundSession) {
        session.instanceEnded(instance)
    }

    package static let imports: [HostImport<HTTPInboundSession>] = [
        .suspendingCommand(
            "http_listen", summary: "Moves this plugin's routes to a listener on another address.",
            statuses: [
                4: "empty address", 5: "the address cannot be bound",
                6: "a route is registered already, or another address is bound",
            ]
        ) { (session, request: HTTPListenRequest, _) in try await session.listen(request) },
        .command(
            "http_register", summary: "Registers a route: `{method, path}`.",
            statuses: [4: "invalid, or taken by another plugin", 5: "the host has no listener"]
        ) { (session, request: HTTPRegisterRequest, _) in try session.register(request) },
        .bytesCommand(
            "http_respond", summary: "Answers a request: `{id, status, headers, cookies, header_list, body}`.",
            statuses: [4: "no request with this id waits for this plugin, or its status or a header cannot be sent"]
        ) { session, bytes, caller in try session.respond(bytes, caller) },
        .words(
            ImportSignature(
                "http_defer", [.init("id_lo"), .init("id_hi")],
                summary: "Lets the answer to the request that is being stepped come later; the call's deadline holds.",
                statuses: [0: "done", 4: "this request is not being stepped, or has its answer", 99: "not granted"])
        ) { session, call in session.deferAnswer(call.splitWord(0), call.caller).rawValue },
        .command(
            "http_respond_stream",
            summary:
                "Answers with the body of an open stream: `{id, stream_id, status, headers, cookies, header_list}`.",
            statuses: [
                4: "unknown stream id, or the status or a header cannot be sent",
                5: "no request with this id waits for this plugin; the stream is closed",
            ]
        ) { (session, request: HTTPStreamResponse, caller) in try session.respondStream(request, caller) },
    ]
}
