/// The byte classes of RFC 9110 and RFC 3986, as bit sets: one shift and one mask per byte, no table to initialise.
enum HTTPSyntax {
    static let carriageReturn: UInt8 = 0x0D
    static let lineFeed: UInt8 = 0x0A
    static let space: UInt8 = 0x20
    static let tab: UInt8 = 0x09
    static let colon: UInt8 = 0x3A
    static let slash: UInt8 = 0x2F
    static let percent: UInt8 = 0x25
    static let questionMark: UInt8 = 0x3F

    /// `tchar`: what methods and header names are made of.
    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool {
        Self.contains(byte, low: 0x03FF_6CFA_0000_0000, high: 0x57FF_FFFF_C7FF_FFFE)
    }

    /// What may stand in `Host` or an authority: a registered name, an address, brackets, a port.
    @inline(__always)
    static func isAuthority(_ byte: UInt8) -> Bool {
        Self.contains(byte, low: 0x2FFF_7FF2_0000_0000, high: 0x47FF_FFFE_AFFF_FFFE)
    }

    /// What a path may hold without being percent-encoded.
    @inline(__always)
    static func isPath(_ byte: UInt8) -> Bool {
        Self.contains(byte, low: 0x2FFF_FFD2_0000_0000, high: 0x47FF_FFFE_87FF_FFFF)
    }

    /// A byte that may stand in a header value: visible, space, tab, or above ASCII; no other control.
    @inline(__always)
    static func isFieldValue(_ byte: UInt8) -> Bool {
        (byte >= 0x20 && byte != 0x7F) || byte == Self.tab
    }

    /// A byte that may stand in a request target: no space, no control. Above ASCII is checked as UTF-8 later.
    @inline(__always)
    static func isTarget(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte != 0x7F
    }

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10
    }

    /// The value of a hexadecimal digit, or nil.
    @inline(__always)
    static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte &- 0x30
        case 0x41...0x46: byte &- 0x37
        case 0x61...0x66: byte &- 0x57
        default: nil
        }
    }

    /// Whether `bytes[range]` is `lowercase`, letters compared without case.
    @inline(__always)
    static func equals(_ bytes: Span<UInt8>, _ range: ByteRange, _ lowercase: StaticString) -> Bool {
        guard range.count == lowercase.utf8CodeUnitCount else { return false }
        return lowercase.withUTF8Buffer { wanted in
            for offset in 0..<wanted.count {
                let byte = bytes[range.start + offset]
                let folded = byte &- 0x41 < 26 ? byte | 0x20 : byte
                if unsafe folded != wanted[offset] { return false }
            }
            return true
        }
    }

    @inline(__always)
    private static func contains(_ byte: UInt8, low: UInt64, high: UInt64) -> Bool {
        let set = byte < 64 ? low : (byte < 128 ? high : 0)
        return (set >> UInt64(byte & 63)) & 1 == 1
    }
}

/// A half-open range of offsets into the bytes of one head; never empty the wrong way round.
struct ByteRange: Equatable, Sendable {
    var start: Int
    var end: Int

    var count: Int { self.end - self.start }
    var isEmpty: Bool { self.start == self.end }
}
