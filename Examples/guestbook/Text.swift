import PulpGuest

/// Text for pages.
enum HTML {
    /// `text` where a page shows text or an attribute's value in quotes.
    static func escaped(_ text: String) -> String {
        var result: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): result += "&amp;".utf8
            case UInt8(ascii: "<"): result += "&lt;".utf8
            case UInt8(ascii: ">"): result += "&gt;".utf8
            case UInt8(ascii: "\""): result += "&quot;".utf8
            case UInt8(ascii: "'"): result += "&#39;".utf8
            default: result.append(byte)
            }
        }
        return String(repairing: result.wireBytes)
    }
}

extension String {
    /// Whether both are the same bytes. What `==` does beyond that (one letter may be written in several ways) costs tens
    /// of kilobytes.
    func isSame(as other: String) -> Bool {
        [UInt8](self.utf8) == [UInt8](other.utf8)
    }

    /// The text without white space at both ends, and with at most `count` characters.
    func trimmed(to count: Int) -> String {
        let bytes = [UInt8](self.utf8)
        var (start, end) = (0, bytes.count)
        while start < end, bytes[start] <= 0x20 { start += 1 }
        while end > start, bytes[end - 1] <= 0x20 { end -= 1 }
        // A character begins with every byte that goes on with none.
        var (position, characters) = (start, 0)
        while position < end {
            if bytes[position] & 0xc0 != 0x80 {
                guard characters < count else { break }
                characters += 1
            }
            position += 1
        }
        return String(repairing: bytes.wireBytes.extracting(start..<position))
    }
}
