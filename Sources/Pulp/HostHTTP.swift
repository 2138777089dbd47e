import PulpCapability
import PulpHTTPInbound

/// What a program has to know of `transport.http.inbound` to look for it, or to stand in for it.
package enum HostHTTP {
    package static var capability: CapabilityID { HTTPInboundCapability.id }
    /// The functions that guests import.
    package static var signatures: [ImportSignature] { HTTPInboundCapability.imports.map(\.signature) }
}
