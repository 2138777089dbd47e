/// Checks text that comes in pieces: each byte is looked at once, and the first that cannot be UTF-8 is told at once.
///
/// The automaton of Unicode 16, table 3-7: how many bytes must follow, and what range the next one has.
struct UTF8Check {
    private var missing = 0
    private var lowest: UInt8 = 0x80
    private var highest: UInt8 = 0xBF

    /// Whether the text may end here.
    var isComplete: Bool { self.missing == 0 }

    /// Looks at the next bytes; false when the text is not UTF-8, whatever follows.
    mutating func accepts(_ bytes: RawSpan) -> Bool {
        var offset = 0
        while offset < bytes.byteCount {
            if self.missing == 0 {
                offset = Self.asciiEnd(of: bytes, from: offset)
                guard offset < bytes.byteCount else { return true }
            }
            let byte = unsafe bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
            guard self.takes(byte) else { return false }
            offset += 1
        }
        return true
    }

    /// The first byte from `start` on that may not be ASCII: eight at a time, then one by one.
    private static func asciiEnd(of bytes: RawSpan, from start: Int) -> Int {
        var offset = start
        while offset + 8 <= bytes.byteCount,
            unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
        {
            offset += 8
        }
        while offset < bytes.byteCount, unsafe bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self) < 0x80 {
            offset += 1
        }
        return offset
    }

    private mutating func takes(_ byte: UInt8) -> Bool {
        guard self.missing == 0 else {
            guard self.lowest...self.highest ~= byte else { return false }
            self.expect(self.missing - 1)
            return true
        }
        switch byte {
        case 0x00...0x7F: break
        case 0xC2...0xDF: self.expect(1)
        case 0xE0: self.expect(2, from: 0xA0)
        case 0xE1...0xEC, 0xEE, 0xEF: self.expect(2)
        // No surrogates.
        case 0xED: self.expect(2, to: 0x9F)
        case 0xF0: self.expect(3, from: 0x90)
        case 0xF1...0xF3: self.expect(3)
        // Nothing above U+10FFFF.
        case 0xF4: self.expect(3, to: 0x8F)
        default: return false
        }
        return true
    }

    private mutating func expect(_ missing: Int, from lowest: UInt8 = 0x80, to highest: UInt8 = 0xBF) {
        self.missing = missing
        self.lowest = lowest
        self.highest = highest
    }
}
