/// One thing that is allowed: a host by its name, or addresses; on one port or on all.
///
/// `api.example.com`, `api.example.com:8443`, `10.0.0.0/8`, `10.0.0.0/8:5432`, `10.1.2.3`, `[fd00::]/8`, `[fd00::1]:80`.
package struct EgressRule: Hashable, Sendable {
    package enum Destination: Hashable, Sendable {
        /// Lower case, without a final dot.
        case host(String)
        case block(AddressBlock)
    }

    package let destination: Destination
    /// Nil for every port.
    package let port: UInt16?

    package init(_ destination: Destination, port: UInt16? = nil) {
        self.destination = destination
        self.port = port
    }

    /// - Throws: What is wrong with `text`, naming it.
    package init(_ text: String) throws(EgressRuleError) {
        let entry = text.trimmingSpaces
        guard !entry.isEmpty, entry.utf8.count <= 300 else {
            throw EgressRuleError(entry: text, reason: "it is empty or too long")
        }
        guard !entry.contains("*") else {
            throw EgressRuleError(entry: text, reason: "wildcards are not taken: name each host")
        }
        guard !entry.contains("%") else {
            throw EgressRuleError(entry: text, reason: "an address may not have a zone")
        }
        let (address, rest) = Self.split(entry)
        var (length, port) = (Substring(), rest)
        if rest.first == "/" {
            let end = rest.firstIndex(of: ":") ?? rest.endIndex
            (length, port) = (rest[..<end], rest[end...])
        }
        self.port = try Self.port(port, of: text)
        if let ip = IPAddress(String(address)) {
            let count = length.isEmpty ? UInt8(ip.bitCount) : UInt8(ascii: length.dropFirst().utf8)
            guard let count, Int(count) <= ip.bitCount else {
                throw EgressRuleError(entry: text, reason: "the prefix length is not in 0...\(ip.bitCount)")
            }
            self.destination = .block(AddressBlock(ip, prefixLength: Int(count)))
        } else {
            guard length.isEmpty, let name = HostName(String(address)), !name.looksNumeric else {
                throw EgressRuleError(entry: text, reason: "this is neither a host's name nor an address block")
            }
            self.destination = .host(name.text)
        }
    }

    /// The host or address, and what follows: `/LENGTH`, `:PORT`, both or nothing.
    private static func split(_ entry: Substring) -> (Substring, Substring) {
        if entry.first == "[", let end = entry.firstIndex(of: "]") {
            return (entry[entry.index(after: entry.startIndex)..<end], entry[entry.index(after: end)...])
        }
        if let slash = entry.firstIndex(of: "/") { return (entry[..<slash], entry[slash...]) }
        // More than one colon and no brackets: an IPv6 address, which cannot have a port then.
        if entry.utf8.count(where: { $0 == UInt8(ascii: ":") }) > 1 { return (entry, "") }
        let colon = entry.firstIndex(of: ":") ?? entry.endIndex
        return (entry[..<colon], entry[colon...])
    }

    private static func port(_ text: Substring, of entry: String) throws(EgressRuleError) -> UInt16? {
        guard !text.isEmpty else { return nil }
        guard text.first == ":", let port = UInt16(ascii: text.dropFirst().utf8), port > 0 else {
            throw EgressRuleError(entry: entry, reason: "what follows the host is not a port in 1...65535")
        }
        return port
    }
}

extension EgressRule: CustomStringConvertible {
    /// As it may stand in a manifest.
    package var description: String {
        let port = self.port.map { ":\($0)" } ?? ""
        switch self.destination {
        case .host(let name): return name + port
        case .block(let block):
            let isWhole = block.prefixLength == block.base.bitCount
            let address = block.base.bitCount == 128 ? "[\(block.base)]" : "\(block.base)"
            return address + (isWhole ? "" : "/\(block.prefixLength)") + port
        }
    }
}

/// An entry that is no rule.
package struct EgressRuleError: Error, Hashable, CustomStringConvertible {
    package let entry: String
    package let reason: String

    package var description: String {
        "\"\(self.entry)\" is no rule: \(self.reason); write \"api.example.com\", \"api.example.com:8443\", "
            + "\"10.0.0.0/8\" or \"[fd00::]/8:443\""
    }
}

extension EgressRule {
    /// The rules of a list separated by commas, as in the environment variable `HTTP_FETCH_ALLOW`.
    ///
    /// - Returns: What can be read, and what is wrong with the others: the reference passes over those.
    package static func list(_ text: String) -> (rules: [EgressRule], errors: [EgressRuleError]) {
        var rules: [EgressRule] = []
        var errors: [EgressRuleError] = []
        for entry in text.split(separator: ",") where !entry.trimmingSpaces.isEmpty {
            do throws(EgressRuleError) {
                rules.append(try EgressRule(String(entry.trimmingSpaces)))
            } catch {
                errors.append(error)
            }
        }
        return (rules, errors)
    }
}

extension StringProtocol {
    fileprivate var trimmingSpaces: Substring {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        let front = Substring(self).drop(while: isSpace)
        guard let last = front.lastIndex(where: { !isSpace($0) }) else { return "" }
        return front[...last]
    }
}
