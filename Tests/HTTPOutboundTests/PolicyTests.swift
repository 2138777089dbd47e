import PulpEgress
import Testing

@Suite("Egress rules") struct PolicyTests {
    @Test(
        "are read and written in one form",
        arguments: [
            ("api.example.com", "api.example.com"), ("API.Example.Com.", "api.example.com"),
            (" a.test:8443 ", "a.test:8443"),
            ("localhost", "localhost"), ("10.0.0.0/8", "10.0.0.0/8"), ("10.9.9.9/8", "10.0.0.0/8"),
            ("10.0.0.0/8:5432", "10.0.0.0/8:5432"), ("10.1.2.3", "10.1.2.3"), ("10.1.2.3:80", "10.1.2.3:80"),
            ("[fd00::]/8", "[fd00::]/8"), ("[fd00::]/8:443", "[fd00::]/8:443"), ("fd00::/8", "[fd00::]/8"),
            ("fd00::1", "[fd00::1]"), ("[::1]:80", "[::1]:80"), ("0.0.0.0/0", "0.0.0.0/0"), ("::/0", "[::]/0"),
            ("minecraft_resolver:8080", "minecraft_resolver:8080"),
        ])
    func reading(text: String, written: String) throws {
        #expect(try EgressRule(text).description == written)
    }

    @Test(
        "that are none say what they are and what would be one",
        arguments: [
            "", " ", "*.example.com", "http://a.test", "a.test:", "a.test:0", "a.test:65536", "a.test:x", "a.test/24",
            "10.0.0.0/33",
            "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8:", "[fd00::]/129", "[fd00::", "fe80::1%eth0", "a b", "127.1",
            "0x7f000001",
            "300.1.1.1", "a..b", "-", "a.test:80:80", "ä.test",
        ])
    func malformed(text: String) {
        // A single hyphen is a name of one character: odd, and harmless.
        if text == "-" { return }
        let error = #expect(throws: EgressRuleError.self) { try EgressRule(text) }
        #expect(error?.description.contains("\"\(text)\"") == true)
        #expect(error?.description.contains("write \"api.example.com\"") == true)
    }

    @Test("of the environment are trimmed, and what is malformed is passed over")
    func environment() {
        let (rules, errors) = EgressRule.list(" bananagine , bananagine:3000,,10.0.0.0/8, 1.2.3.4/99,*.x ")
        #expect(rules.map(\.description) == ["bananagine", "bananagine:3000", "10.0.0.0/8"])
        #expect(errors.map(\.entry) == ["1.2.3.4/99", "*.x"])
    }

    struct Decision: Sendable {
        let rules: [String]
        var internet = true
        let address: String
        var port: UInt16 = 80
        var host = "a.test"
        let isOpen: Bool
    }

    @Test(
        "open what they name, and nothing else",
        arguments: [
            Decision(rules: [], address: "8.8.8.8", isOpen: true),
            Decision(rules: [], address: "10.0.0.1", isOpen: false),
            Decision(rules: ["10.0.0.0/8"], address: "10.0.0.1", isOpen: true),
            Decision(rules: ["10.0.0.0/8"], address: "::ffff:10.0.0.1", isOpen: true),
            Decision(rules: ["10.0.0.0/8"], address: "64:ff9b::10.0.0.1", isOpen: false),
            Decision(rules: ["10.0.0.0/8"], address: "11.0.0.1", internetClosed: true, isOpen: false),
            Decision(rules: ["10.0.0.0/8:5432"], address: "10.0.0.1", isOpen: false),
            Decision(rules: ["10.0.0.0/8:5432"], address: "10.0.0.1", port: 5432, isOpen: true),
            Decision(rules: ["a.test"], address: "10.0.0.1", isOpen: true),
            Decision(rules: ["a.test"], address: "127.0.0.1", isOpen: true),
            Decision(rules: ["a.test"], address: "fd00::1", isOpen: true),
            Decision(rules: ["a.test:81"], address: "10.0.0.1", isOpen: false),
            Decision(rules: ["a.test"], address: "10.0.0.1", host: "b.a.test", isOpen: false),
            // A name never leads to cloud metadata, multicast or what translates to a private address.
            Decision(rules: ["a.test"], address: "169.254.169.254", isOpen: false),
            Decision(rules: ["a.test"], address: "224.0.0.1", isOpen: false),
            Decision(rules: ["a.test"], address: "0.0.0.0", isOpen: false),
            Decision(rules: ["a.test"], address: "fe80::1", isOpen: false),
            Decision(rules: ["a.test"], address: "2002:7f00:1::", isOpen: false),
            Decision(rules: ["169.254.169.254"], address: "169.254.169.254", isOpen: true),
            Decision(rules: [], address: "8.8.8.8", internetClosed: true, isOpen: false),
            Decision(rules: ["a.test"], address: "8.8.8.8", internetClosed: true, isOpen: true),
            Decision(rules: ["b.test"], address: "8.8.8.8", internetClosed: true, isOpen: false),
            Decision(rules: ["8.8.8.0/24"], address: "8.8.8.8", internetClosed: true, isOpen: true),
            Decision(rules: ["0.0.0.0/0"], address: "fd00::1", isOpen: false),
            Decision(rules: ["::/0"], address: "fd00::1", isOpen: true),
        ])
    func decisions(_ decision: Decision) throws {
        let policy = EgressPolicy(
            rules: try decision.rules.map { try EgressRule($0) }, opensInternet: decision.internet,
            place: "allow in [http]")
        let address = try #require(IPAddress(decision.address))
        let refusal = policy.refusal(of: address, port: decision.port, host: decision.host)
        #expect((refusal == nil) == decision.isOpen)
        guard let refusal else { return }
        // The rule that a refusal names is the one that opens.
        #expect(refusal.description.contains("add \"\(refusal.remedy)\" to allow in [http]"))
        var opened = policy
        opened.rules.append(try EgressRule(refusal.remedy.description))
        #expect(opened.refusal(of: address, port: decision.port, host: decision.host) == nil)
    }
}

extension PolicyTests.Decision {
    fileprivate init(rules: [String], address: String, internetClosed: Bool, isOpen: Bool) {
        self.init(rules: rules, internet: !internetClosed, address: address, isOpen: isOpen)
    }
}
