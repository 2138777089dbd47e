import PulpWire

extension RawSpan {
    /// The byte at `offset`, which must lie inside.
    func byte(at offset: Int) -> UInt8 {
        unsafe self.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }

    func isEqual(to other: RawSpan, ignoringCase: Bool = false) -> Bool {
        guard self.byteCount == other.byteCount else { return false }
        for offset in 0..<self.byteCount {
            var (left, right) = (self.byte(at: offset), other.byte(at: offset))
            if ignoringCase { (left, right) = (lowercased(left), lowercased(right)) }
            if left != right { return false }
        }
        return true
    }

    func isEqual(to other: [UInt8]) -> Bool {
        self.isEqual(to: other.wireBytes)
    }

    func isEqual(to text: String, ignoringCase: Bool = false) -> Bool {
        unsafe self.isEqual(to: text.utf8.span.bytes, ignoringCase: ignoringCase)
    }
}

func lowercased(_ byte: UInt8) -> UInt8 {
    UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte ? byte | 0x20 : byte
}

extension [UInt8] {
    /// The UTF-8 of `text`: what the standard library has for it is general, and large.
    init(copying text: String) {
        unsafe self.init(copying: text.utf8.span.bytes)
    }
}
