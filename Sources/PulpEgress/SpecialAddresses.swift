/// What an address is for, when it is not an ordinary one of the public internet.
package struct SpecialBlock: Hashable, Sendable {
    /// Who may be behind it.
    package enum Reach: Hashable, Sendable {
        /// The internet: an exception inside a larger special block.
        case global
        /// This machine, this site or this provider: services of one's own. A rule that names a host opens it.
        case site
        /// Nothing that a name should lead to. Only a rule that states the block opens it.
        case none
    }

    package let block: AddressBlock
    package let reach: Reach
    /// For messages, with its source.
    package let name: String
}

/// The registries of special-purpose addresses, and what is special without standing there.
///
/// - SeeAlso: IANA "IPv4 Special-Purpose Address Registry" and "IPv6 Special-Purpose Address Registry" (RFC 6890, 8190),
///   as of 2025-10; RFC 5771 and RFC 4291 for multicast.
package enum SpecialAddresses {
    /// The smallest special block that `address` is in; nil for an ordinary address of the public internet.
    package static func block(of address: IPAddress) -> SpecialBlock? {
        var best: SpecialBlock?
        let rows = address.bitCount == 32 ? Self.v4 : Self.v6
        for row in rows where row.block.contains(address) {
            if row.block.prefixLength >= best?.block.prefixLength ?? 0 { best = row }
        }
        return best
    }

    package static let v4: [SpecialBlock] = Self.table([
        ("0.0.0.0/8", .none, "\"this network\" (RFC 791)"),
        ("10.0.0.0/8", .site, "private use (RFC 1918)"),
        ("100.64.0.0/10", .site, "shared address space (RFC 6598)"),
        ("127.0.0.0/8", .site, "loopback (RFC 1122)"),
        ("168.63.129.16/32", .none, "a cloud's platform service"),
        ("169.254.0.0/16", .none, "link-local, cloud metadata (RFC 3927)"),
        ("172.16.0.0/12", .site, "private use (RFC 1918)"),
        ("192.0.0.0/24", .none, "IETF protocol assignments (RFC 6890)"),
        ("192.0.0.9/32", .global, "Port Control Protocol anycast (RFC 7723)"),
        ("192.0.0.10/32", .global, "TURN anycast (RFC 8155)"),
        ("192.0.2.0/24", .none, "documentation (RFC 5737)"),
        ("192.31.196.0/24", .global, "AS112 (RFC 7535)"),
        ("192.52.193.0/24", .global, "AMT (RFC 7450)"),
        ("192.88.99.0/24", .none, "6to4 relay anycast (RFC 7526)"),
        ("192.168.0.0/16", .site, "private use (RFC 1918)"),
        ("192.175.48.0/24", .global, "AS112 (RFC 7534)"),
        ("198.18.0.0/15", .site, "benchmarking (RFC 2544)"),
        ("198.51.100.0/24", .none, "documentation (RFC 5737)"),
        ("203.0.113.0/24", .none, "documentation (RFC 5737)"),
        ("224.0.0.0/4", .none, "multicast (RFC 5771)"),
        ("240.0.0.0/4", .none, "reserved (RFC 1112)"),
        ("255.255.255.255/32", .none, "limited broadcast (RFC 8190)"),
    ])

    /// Of IPv6 only 2000::/3 is given out as global unicast: the first three rows close all the rest.
    package static let v6: [SpecialBlock] = Self.table([
        ("::/3", .none, "not global unicast (RFC 4291)"),
        ("4000::/2", .none, "not global unicast (RFC 4291)"),
        ("8000::/1", .none, "not global unicast (RFC 4291)"),
        ("::/128", .none, "unspecified (RFC 4291)"),
        ("::1/128", .site, "loopback (RFC 4291)"),
        ("::/96", .none, "IPv4-compatible (RFC 4291)"),
        ("::ffff:0:0/96", .none, "IPv4-mapped (RFC 4291)"),
        ("64:ff9b::/96", .global, "NAT64 (RFC 6052)"),
        ("64:ff9b:1::/48", .none, "local NAT64 (RFC 8215)"),
        ("100::/64", .none, "discard (RFC 6666)"),
        ("100:0:0:1::/64", .none, "dummy prefix (RFC 9780)"),
        ("2001::/23", .none, "IETF protocol assignments (RFC 2928)"),
        ("2001::/32", .none, "Teredo (RFC 4380)"),
        ("2001:1::1/128", .global, "Port Control Protocol anycast (RFC 7723)"),
        ("2001:1::2/128", .global, "TURN anycast (RFC 8155)"),
        ("2001:1::3/128", .global, "DNS-SD registration anycast (RFC 9665)"),
        ("2001:2::/48", .none, "benchmarking (RFC 5180)"),
        ("2001:3::/32", .global, "AMT (RFC 7450)"),
        ("2001:4:112::/48", .global, "AS112 (RFC 7535)"),
        ("2001:10::/28", .none, "ORCHID (RFC 4843)"),
        ("2001:20::/28", .global, "ORCHIDv2 (RFC 7343)"),
        ("2001:30::/28", .global, "drone remote ID (RFC 9374)"),
        ("2001:db8::/32", .none, "documentation (RFC 3849)"),
        ("2002::/16", .none, "6to4 (RFC 3056)"),
        ("2620:4f:8000::/48", .global, "AS112 (RFC 7534)"),
        ("3fff::/20", .none, "documentation (RFC 9637)"),
        ("5f00::/16", .none, "segment routing (RFC 9602)"),
        ("fc00::/7", .site, "unique local (RFC 4193)"),
        ("fe80::/10", .none, "link-local (RFC 4291)"),
        ("fec0::/10", .none, "site-local (RFC 3879)"),
        ("ff00::/8", .none, "multicast (RFC 4291)"),
    ])

    private static func table(_ rows: [(block: String, reach: SpecialBlock.Reach, name: String)]) -> [SpecialBlock] {
        rows.map { row in
            guard let block = AddressBlock(row.block) else { preconditionFailure("\(row.block) is no block") }
            return SpecialBlock(block: block, reach: row.reach, name: row.name)
        }
    }
}
