/// Bytes as the hexadecimal text that goldens are written in.
func bytes(hex text: String) -> [UInt8] {
    let digits = text.filter { !$0.isWhitespace && $0 != "-" }
    return stride(from: 0, to: digits.count, by: 2).compactMap { start in
        UInt8(digits.dropFirst(start).prefix(2), radix: 16)
    }
}

/// Text as the hexadecimal digits of its UTF-8.
func hex(utf8 text: String) -> String {
    hex(Array(text.utf8))
}

/// Lower-case digits without separators.
func hex(_ bytes: [UInt8]) -> String {
    bytes.map { byte in
        let digits = String(byte, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
    }.joined()
}
