/// Where a plugin may connect: the public internet, unless that is closed, and what its rules open.
///
/// A pure value. It decides about one concrete address, never about a name alone: ask it for every address to which a
/// connection is about to be made, after resolution and again after each redirect.
package struct EgressPolicy: Hashable, Sendable {
    package var rules: [EgressRule]
    /// Whether every address of the public internet is open without a rule.
    package var opensInternet: Bool
    /// What would hold another rule, for messages: `allow in [http]`.
    package var place: String

    package init(rules: [EgressRule] = [], opensInternet: Bool = true, place: String) {
        self.rules = rules
        self.opensInternet = opensInternet
        self.place = place
    }

    /// Why a connection may not be made; nil when it may.
    ///
    /// - Parameters:
    ///   - address: Where the connection would go.
    ///   - port: Its port.
    ///   - host: The name or the literal that led there, in lower case.
    package func refusal(of address: IPAddress, port: UInt16, host: String) -> EgressRefusal? {
        let target = address.unmapped
        let embedded = target.embeddedV4
        // The worst of what the address says it is and where a translator would carry it.
        let special = [Self.special(target), embedded.flatMap(Self.special)].compactMap { $0 }
        let reaches = special.map(\.reach)
        for rule in self.rules where rule.port == nil || rule.port == port {
            switch rule.destination {
            case .block(let block) where block.contains(target): return nil
            case .host(let name) where name == host && !reaches.contains(.none): return nil
            default: continue
            }
        }
        if special.isEmpty, self.opensInternet { return nil }
        let worst = special.first { $0.reach == .none } ?? special.first
        let isNameEnough = !reaches.contains(.none) && IPAddress(host) == nil
        let remedy = EgressRule(isNameEnough ? .host(host) : .block(AddressBlock(target)), port: port)
        return EgressRefusal(
            host: host, address: target, embedded: embedded, port: port, what: worst?.name, remedy: remedy,
            place: self.place)
    }

    private static func special(_ address: IPAddress) -> SpecialBlock? {
        guard let block = SpecialAddresses.block(of: address), block.reach != .global else { return nil }
        return block
    }
}

/// A connection that may not be made, and the rule that would allow it.
package struct EgressRefusal: Error, Hashable, CustomStringConvertible {
    package let host: String
    package let address: IPAddress
    /// Where a translator would carry it.
    package let embedded: IPAddress?
    package let port: UInt16
    /// What is special about the address; nil when nothing is, and the internet is closed.
    package let what: String?
    /// The rule that would allow it.
    package let remedy: EgressRule
    /// Where that rule belongs.
    package let place: String

    package var description: String {
        let name = IPAddress(self.host) == nil ? "\(self.host) is \(self.address)" : "\(self.address)"
        let inner = self.embedded.map { " for \($0)" } ?? ""
        let why = self.what.map { "\(inner), \($0)" } ?? "\(inner), and only what is listed is open"
        return "\(name)\(why); to allow it, add \"\(self.remedy)\" to \(self.place)"
    }
}
