#if !hasFeature(Embedded)
    /// Bytes as text of RFC 4648, section 4, with padding: what JSON can hold.
    enum Base64 {
        private static let alphabet = [UInt8]("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        private static let padding = UInt8(ascii: "=")

        static func encode(_ bytes: [UInt8]) -> String {
            var text: [UInt8] = []
            text.reserveCapacity((bytes.count + 2) / 3 * 4)
            for start in stride(from: 0, to: bytes.count, by: 3) {
                let group = bytes[start..<min(start + 3, bytes.count)]
                var bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
                bits <<= UInt32(8 * (3 - group.count))
                for digit in 0..<4 {
                    let index = Int(bits >> UInt32(18 - 6 * digit)) & 0x3f
                    text.append(digit <= group.count ? Self.alphabet[index] : Self.padding)
                }
            }
            return String(decoding: text, as: UTF8.self)
        }

        /// The bytes that `text` states; nil when it is not Base64 with its padding.
        static func decode(_ text: String) -> [UInt8]? {
            let digits = Array(text.utf8)
            guard digits.count.isMultiple(of: 4) else { return nil }
            let padded = digits.reversed().prefix { $0 == Self.padding }.count
            guard padded <= 2 else { return nil }
            var bytes: [UInt8] = []
            var bits: UInt32 = 0
            for (index, digit) in digits.dropLast(padded).enumerated() {
                guard let value = Self.value(of: digit) else { return nil }
                bits = bits << 6 | value
                guard index % 4 == 3 else { continue }
                bytes += [UInt8(bits >> 16 & 0xff), UInt8(bits >> 8 & 0xff), UInt8(bits & 0xff)]
                bits = 0
            }
            if padded == 1 { bytes += [UInt8(bits >> 10 & 0xff), UInt8(bits >> 2 & 0xff)] }
            if padded == 2 { bytes.append(UInt8(bits >> 4 & 0xff)) }
            return bytes
        }

        private static func value(of digit: UInt8) -> UInt32? {
            switch digit {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(digit - UInt8(ascii: "A"))
            case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(digit - UInt8(ascii: "a")) + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(digit - UInt8(ascii: "0")) + 52
            case UInt8(ascii: "+"): 62
            case UInt8(ascii: "/"): 63
            default: nil
            }
        }
    }
#endif
