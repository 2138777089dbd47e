import PulpEgress
import Testing

@Suite("Addresses") struct AddressTests {
    @Test(
        "are read and written in one form",
        arguments: [
            ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"), ("10.1.2.3", "10.1.2.3"), ("::", "::"),
            ("::1", "::1"), ("1::", "1::"), ("fe80::1", "fe80::1"), ("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
            ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("::ffff:10.0.0.1", "::ffff:a00:1"),
            ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
            ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"), ("64:ff9b::192.0.2.1", "64:ff9b::c000:201"),
        ])
    func reading(text: String, written: String) {
        #expect(IPAddress(text)?.description == written)
    }

    @Test(
        "are nothing that is merely like one",
        arguments: [
            "", "1", "127.1", "0x7f.0.0.1", "0177.0.0.1", "01.2.3.4", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.+4",
            " 1.2.3.4",
            "1.2.3.4 ", "1..2.3", ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "g::1",
            "fe80::1%eth0",
            "::1%", "1:2:3:4:5:6:7:8::", ":1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8:", "::1.2.3", "1.2.3.4::", "::1.2.3.4:5",
            "1:2:3:4:5:6:7:1.2.3.4", "127.0.0.1\0", "\u{661}.1.1.1",
        ])
    func notAddresses(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(
        "embed IPv4 addresses in five ways",
        arguments: [
            ("::ffff:169.254.169.254", "169.254.169.254"), ("::10.0.0.1", "10.0.0.1"),
            ("64:ff9b::127.0.0.1", "127.0.0.1"),
            ("64:ff9b:1::127.0.0.1", "127.0.0.1"), ("2002:7f00:1::", "127.0.0.1"),
            ("2002:a9fe:a9fe::1", "169.254.169.254"),
            // Teredo stores the client's address inverted.
            ("2001:0:1234:5678:0:0:80ff:fffe", "127.0.0.1"),
        ])
    func embedded(text: String, inner: String) {
        #expect(IPAddress(text)?.embeddedV4 == IPAddress(inner))
    }

    @Test("of the internet embed none", arguments: ["8.8.8.8", "2606:4700::1", "::", "::1", "2001:4860:4860::8888"])
    func notEmbedded(text: String) {
        #expect(IPAddress(text)?.embeddedV4 == nil)
    }

    @Test("hostile.md: the registries of special addresses are closed, whole and at their edges")
    func registries() {
        let policy = EgressPolicy(place: "test")
        for row in SpecialAddresses.v4 + SpecialAddresses.v6 where row.reach != .global {
            for address in [row.block.base, row.block.last] where SpecialAddresses.block(of: address)?.reach != .global
            {
                #expect(policy.refusal(of: address, port: 80, host: "a.test") != nil, "\(address) in \(row.block)")
            }
        }
    }

    @Test(
        "hostile.md: what the reference's guard lets through is closed here",
        arguments: [
            "100.64.0.1", "100.100.100.200", "198.18.0.1", "198.19.255.255", "240.0.0.1", "0.1.2.3", "0.0.0.0",
            "255.255.255.255", "192.0.0.8", "64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b:1::8.8.8.8",
            "2002:a00:1::", "2002:808:808::", "2001::1", "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1",
            "::ffff:0:127.0.0.1",
            "fec0::1", "fd00:ec2::254", "ff02::1", "fe80::1", "168.63.129.16", "3fff::1", "5f00::1", "4000::1",
            "9000::1",
        ])
    func closed(text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(EgressPolicy(place: "test").refusal(of: address, port: 443, host: "a.test") != nil)
    }

    @Test(
        "of the internet are open",
        arguments: [
            "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0", "223.255.255.255", "192.0.0.9", "2606:4700:4700::1111", "2a00::1", "64:ff9b::8.8.8.8",
            "::ffff:8.8.8.8",
            "2001:4860:4860::8888", "2001:1::1", "2001:20::1", "2620:4f:8000::1",
        ])
    func open(text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(EgressPolicy(place: "test").refusal(of: address, port: 443, host: "a.test") == nil)
    }
}

extension AddressBlock {
    fileprivate var last: IPAddress {
        switch self.base {
        case .v4(let number): .v4(number | (UInt32.max >> self.prefixLength))
        case .v6(let number): .v6(number | (UInt128.max >> self.prefixLength))
        }
    }
}
