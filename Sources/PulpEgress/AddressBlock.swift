/// All addresses that begin with the same bits: `10.0.0.0/8`, `fd00::/8`, or one address.
package struct AddressBlock: Hashable, Sendable, CustomStringConvertible {
    /// The first address: every bit after the prefix is 0.
    package let base: IPAddress
    /// 0...32 or 0...128.
    package let prefixLength: Int

    /// - Parameter prefixLength: Clamped to the address's length.
    package init(_ address: IPAddress, prefixLength: Int) {
        let length = min(max(prefixLength, 0), address.bitCount)
        self.prefixLength = length
        // A shift by all bits gives 0, as it must here.
        self.base =
            switch address {
            case .v4(let number): .v4(number & ~(UInt32.max >> length))
            case .v6(let number): .v6(number & ~(UInt128.max >> length))
            }
    }

    package init(_ address: IPAddress) {
        self.init(address, prefixLength: address.bitCount)
    }

    /// - Parameter text: `ADDRESS/LENGTH`; bits after the prefix are taken as 0.
    package init?(_ text: String) {
        guard let slash = text.firstIndex(of: "/"), let address = IPAddress(String(text[..<slash])),
            let length = UInt8(ascii: text[text.index(after: slash)...].utf8), Int(length) <= address.bitCount
        else { return nil }
        self.init(address, prefixLength: Int(length))
    }

    package func contains(_ address: IPAddress) -> Bool {
        guard address.bitCount == self.base.bitCount else { return false }
        return AddressBlock(address, prefixLength: self.prefixLength).base == self.base
    }

    package var description: String { "\(self.base)/\(self.prefixLength)" }
}
