/// An address without a port and without a zone, as a number.
///
/// Text is read strictly: four decimal parts for IPv4, RFC 4291 for IPv6. `127.1`, `0x7f.0.0.1`, `010.0.0.1` and
/// `fe80::1%eth0` are no addresses here; whoever connects to such a name gets it resolved, and the result is looked at.
package enum IPAddress: Hashable, Sendable {
    case v4(UInt32)
    case v6(UInt128)

    package init?(_ text: String) {
        // An array, since the parts below are slices of it: fast, and one type.
        self.init(Array(text.utf8)[...])
    }

    init?(_ text: ArraySlice<UInt8>) {
        if text.contains(UInt8(ascii: ":")) {
            guard let number = Self.v6Number(text) else { return nil }
            self = .v6(number)
        } else {
            guard let number = Self.v4Number(text) else { return nil }
            self = .v4(number)
        }
    }

    /// 32 or 128.
    package var bitCount: Int {
        switch self {
        case .v4: 32
        case .v6: 128
        }
    }

    /// The IPv4 address for `::ffff:a.b.c.d`, which is the same destination; any other address as it is.
    package var unmapped: IPAddress {
        guard case .v6(let number) = self, number >> 32 == 0xffff else { return self }
        return .v4(UInt32(truncatingIfNeeded: number))
    }

    /// The IPv4 address to which a translator or a tunnel would carry what is sent to this IPv6 address.
    ///
    /// IPv4-mapped and IPv4-compatible (RFC 4291), NAT64 (RFC 6052, RFC 8215), 6to4 (RFC 3056) and Teredo (RFC 4380,
    /// whose client address is stored inverted).
    package var embeddedV4: IPAddress? {
        guard case .v6(let number) = self else { return nil }
        let low = UInt32(truncatingIfNeeded: number)
        if number >> 32 == 0xffff || (number >> 32 == 0 && low > 1) { return .v4(low) }
        if number >> 32 == 0x0064_ff9b << 64 { return .v4(low) }
        if number >> 80 == 0x0064_ff9b_0001 { return .v4(low) }
        if number >> 112 == 0x2002 { return .v4(UInt32(truncatingIfNeeded: number >> 80)) }
        if number >> 96 == 0x2001_0000 { return .v4(~low) }
        return nil
    }
}

extension IPAddress: CustomStringConvertible {
    /// The shortest form, RFC 5952 but for its dotted quads.
    package var description: String {
        switch self {
        case .v4(let number):
            return [24, 16, 8, 0].map { String(number >> UInt32($0) & 0xff) }.joined(separator: ".")
        case .v6(let number):
            let groups = stride(from: 112, through: 0, by: -16).map { UInt16(truncatingIfNeeded: number >> $0) }
            let texts = groups.map { String($0, radix: 16) }
            guard let zeros = Self.longestZeros(groups) else { return texts.joined(separator: ":") }
            return texts[..<zeros.lowerBound].joined(separator: ":") + "::"
                + texts[zeros.upperBound...].joined(separator: ":")
        }
    }

    private static func longestZeros(_ groups: [UInt16]) -> Range<Int>? {
        var best: Range<Int>?
        var start = 0
        while start < groups.count {
            let end = groups[start...].firstIndex { $0 != 0 } ?? groups.count
            if end - start > max(best?.count ?? 0, 1) { best = start..<end }
            start = end + 1
        }
        return best
    }
}

extension IPAddress {
    private static func v4Number(_ text: ArraySlice<UInt8>) -> UInt32? {
        guard let first = text.first, 0x30...0x39 ~= first else { return nil }
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var number: UInt32 = 0
        for part in parts {
            guard 1...3 ~= part.count, part.allSatisfy({ 0x30...0x39 ~= $0 }), let value = UInt8(ascii: part),
                part.count == 1 || part.first != UInt8(ascii: "0")
            else { return nil }
            number = number << 8 | UInt32(value)
        }
        return number
    }

    private static func v6Number(_ text: ArraySlice<UInt8>) -> UInt128? {
        guard 2...45 ~= text.count else { return nil }
        let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard 3...9 ~= parts.count else { return nil }
        // `::` makes one empty part in the middle, two at an end.
        let empties = parts.indices.filter { parts[$0].isEmpty }
        let last = parts.count - 1
        switch empties {
        case []:
            guard let groups = Self.groups(parts[...], mayEndInV4: true), groups.count == 8 else { return nil }
            return groups.reduce(0) { $0 << 16 | UInt128($1) }
        case [0, 1, 2] where parts.count == 3: return 0
        case [0, 1]: return Self.v6Number(front: [], back: parts[2...])
        case [last - 1, last]: return Self.v6Number(front: parts[..<(last - 1)], back: [])
        case let middle where middle.count == 1 && middle[0] > 0 && middle[0] < last:
            return Self.v6Number(front: parts[..<middle[0]], back: parts[(middle[0] + 1)...])
        default: return nil
        }
    }

    /// The groups before and after `::`, which stands for at least one.
    private static func v6Number(front: ArraySlice<ArraySlice<UInt8>>, back: ArraySlice<ArraySlice<UInt8>>) -> UInt128?
    {
        guard let high = Self.groups(front, mayEndInV4: false), let low = Self.groups(back, mayEndInV4: true)
        else { return nil }
        guard high.count + low.count < 8 else { return nil }
        let all = high + [UInt16](repeating: 0, count: 8 - high.count - low.count) + low
        return all.reduce(0) { $0 << 16 | UInt128($1) }
    }

    private static func groups(_ parts: ArraySlice<ArraySlice<UInt8>>, mayEndInV4: Bool) -> [UInt16]? {
        var groups: [UInt16] = []
        for (index, part) in zip(parts.indices, parts) {
            if mayEndInV4, index == parts.endIndex - 1, let v4 = Self.v4Number(part) {
                groups += [UInt16(v4 >> 16), UInt16(v4 & 0xffff)]
                continue
            }
            guard 1...4 ~= part.count, let group = UInt16(ascii: part, radix: 16) else { return nil }
            groups.append(group)
        }
        return groups
    }
}

extension FixedWidthInteger {
    /// The number that ASCII digits state; nil for none, for anything else among them, and for one that is too large.
    init?(ascii digits: some Collection<UInt8>, radix: Self = 10) {
        guard !digits.isEmpty else { return nil }
        var number: Self = 0
        for digit in digits {
            let value: UInt8
            switch digit {
            case 0x30...0x39: value = digit - 0x30
            case 0x41...0x46 where radix == 16: value = digit - 0x41 + 10
            case 0x61...0x66 where radix == 16: value = digit - 0x61 + 10
            default: return nil
            }
            let (product, isOver) = number.multipliedReportingOverflow(by: radix)
            let (sum, isBeyond) = product.addingReportingOverflow(Self(value))
            guard !isOver, !isBeyond else { return nil }
            number = sum
        }
        self = number
    }
}
