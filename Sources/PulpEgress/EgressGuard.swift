import NIOCore

/// Resolves a name and gives only addresses that a policy allows: connect to those, and to nothing else.
///
/// Whoever connects to the addresses given here, without another look-up, cannot be led elsewhere by a name that changes
/// its mind (DNS rebinding).
package struct EgressGuard: Sendable {
    package let policy: EgressPolicy
    private let resolver: any HostResolver

    /// Addresses of one name that are tried at most.
    package static let maximumAddresses = 8

    package init(policy: EgressPolicy, resolver: any HostResolver) {
        self.policy = policy
        self.resolver = resolver
    }

    /// The addresses of `host` to which a connection may be made, in the order in which to try them; never none.
    ///
    /// Fails with ``EgressRefusal`` when the policy allows none of them, or ``ResolutionError`` when there are none.
    /// - Parameters:
    ///   - host: A name or a literal, in lower case, without brackets.
    ///   - port: Where the connection goes.
    ///   - loop: Where the result is wanted.
    package func addresses(of host: String, port: UInt16, on loop: any EventLoop) -> EventLoopFuture<[IPAddress]> {
        if let literal = IPAddress(host) {
            return loop.makeCompletedFuture { try self.allowed([literal], host: host, port: port) }
        }
        guard let name = HostName(host) else {
            return loop.makeFailedFuture(ResolutionError(name: host, reason: "it is not a host's name"))
        }
        return self.resolver.addresses(of: name.text, on: loop).flatMapThrowing { found in
            try self.allowed(found, host: name.text, port: port)
        }
    }

    private func allowed(_ found: [IPAddress], host: String, port: UInt16) throws -> [IPAddress] {
        var refusal: EgressRefusal?
        var allowed: [IPAddress] = []
        for address in found.prefix(Self.maximumAddresses) {
            if let why = self.policy.refusal(of: address, port: port, host: host) {
                refusal = refusal ?? why
            } else {
                allowed.append(address)
            }
        }
        guard allowed.isEmpty else { return allowed }
        if let refusal { throw refusal }
        throw ResolutionError(name: host, reason: "it has no address")
    }
}
