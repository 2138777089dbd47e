import PulpCapability
import PulpHTTPInbound
import PulpServerSentEvents
import PulpWebSocket

/// What a program has to know of `transport.http.inbound` to look for it, or to stand in for it.
package enum HostHTTP {
    package static var capability: CapabilityID { HTTPInboundCapability.id }
    /// The capabilities that need the host's listener; a plugin with one of them opens it.
    package static var served: [CapabilityID] {
        [HTTPInboundCapability.id, WebSocketCapability.id, ServerSentEventsCapability.id]
    }
    /// The functions that guests import.
    package static var signatures: [ImportSignature] { HTTPInboundCapability.imports.map(\.signature) }
}
