/// A name that may be looked up: letters, digits, hyphens and underscores in parts of up to 63, 253 in all.
///
/// Kept in lower case and without a final dot, so that one host has one spelling. Names in other scripts come in their
/// ASCII form (`xn--...`).
package struct HostName: Hashable, Sendable {
    package let text: String

    package init?(_ text: String) {
        var bytes = text.utf8.map { 0x41...0x5a ~= $0 ? $0 | 0x20 : $0 }
        if bytes.last == UInt8(ascii: ".") { bytes.removeLast() }
        guard 1...253 ~= bytes.count else { return nil }
        var partCount = 0
        for byte in bytes {
            if byte == UInt8(ascii: ".") {
                guard partCount > 0 else { return nil }
                partCount = 0
            } else {
                partCount += 1
                guard partCount <= 63, Self.isAllowed(byte) else { return nil }
            }
        }
        guard partCount > 0 else { return nil }
        self.text = String(decoding: bytes, as: UTF8.self)
    }

    /// Whether the last part is a number, as in `127.1` or `0x7f000001`, which resolvers take for an address.
    package var looksNumeric: Bool {
        guard let last = self.text.split(separator: ".").last else { return false }
        return last.utf8.allSatisfy { 0x30...0x39 ~= $0 } || last.hasPrefix("0x")
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x61...0x7a, 0x30...0x39, UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }
}
