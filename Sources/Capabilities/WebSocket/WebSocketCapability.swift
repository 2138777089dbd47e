import PulpCapability
import PulpListener
import PulpWire

/// `transport.ws.inbound`: a plugin registers paths, gets connections, messages and their ends as events, and sends.
///
/// - SeeAlso: `README.md` in this folder, and the reference's contract for the statuses.
package struct WebSocketCapability: Capability {
    package static let id: CapabilityID = "transport.ws.inbound"
    package static let section: String? = "ws"
    package static let settings = WebSocketLimits.settings
    package static let limits = WebSocketLimits.keys

    /// Where routes go.
    private let listeners: any HTTPListeners

    package init(listeners: any HTTPListeners) {
        self.listeners = listeners
    }

    package func open(_ scope: PluginScope) async throws -> WebSocketSession {
        WebSocketSession(scope, listeners: self.listeners, beside: nil, isStaged: false)
    }

    package func open(_ scope: PluginScope, beside former: WebSocketSession?) async throws -> WebSocketSession {
        WebSocketSession(scope, listeners: self.listeners, beside: former, isStaged: true)
    }

    package func replace(_ former: WebSocketSession?, by successor: WebSocketSession?) {
        if let successor { successor.commit() }
        former?.retire(successor)
    }

    package func close(_ session: WebSocketSession) async {
        session.close()
    }

    package func instanceEnded(_ instance: InstanceID, in session: WebSocketSession) {
        session.instanceEnded(instance)
    }

    package static let imports: [HostImport<WebSocketSession>] = [
        .textCommand(
            "ws_register", summary: "Takes WebSockets on a path: the bytes of the path or pattern.",
            statuses: [
                4: "not starting with `/`, not a pattern, ambiguous, or taken by another plugin",
                99: "not granted, or the host has no listener",
            ]
        ) { session, path, _ in try session.register(path) },
        .bytesCommand(
            "ws_send", summary: "Sends a message: `{conn_id, opcode, payload}`, opcode 1 text, 2 binary.",
            statuses: [
                4:
                    "no such connection of this plugin, or it is closing; the opcode is neither; text that is not UTF-8; "
                    + "too long; the client reads too slowly"
            ]
        ) { session, bytes, caller in try session.send(bytes, caller) },
        .query(
            "ws_send_many",
            summary:
                "Sends one message to many: `{conn_ids, opcode, payload}` gives `{failed}`, those it did not go to.",
            statuses: [4: "the opcode is neither; text that is not UTF-8; too long"]
        ) { (session, request: WebSocketSendManyRequest, caller) in try session.sendMany(request, caller) },
        .command(
            "ws_close", summary: "Closes a connection: `{conn_id, code, reason}`, code 0 is 1000.",
            statuses: [
                4:
                    "no such connection of this plugin, or it is closing; a code that may not be sent; a reason longer than "
                    + "123 bytes"
            ]
        ) { (session, request: WebSocketCloseRecord, caller) in try session.close(request, caller) },
    ]
}
