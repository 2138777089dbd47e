/// A place in a document's bytes that only moves forward and always knows its line and column.
///
/// Reading past the end yields `nil`, never a trap.
struct TOMLCursor {
    let bytes: [UInt8]
    private(set) var offset = 0
    private var line = 1
    private var column = 1

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            offset = 3
        }
    }

    var position: SourcePosition { SourcePosition(line: line, column: column, offset: offset) }

    var isAtEnd: Bool { offset >= bytes.count }

    /// The byte at the cursor.
    var current: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    /// The byte `distance` behind the cursor; `distance` is small and not negative.
    func peek(_ distance: Int) -> UInt8? {
        let index = offset + distance
        return index < bytes.count ? bytes[index] : nil
    }

    /// Whether a line ends here: LF or CRLF. A lone CR ends no line in TOML.
    var isAtNewline: Bool {
        current == .lineFeed || (current == .carriageReturn && peek(1) == .lineFeed)
    }

    var isAtLineEnd: Bool { isAtEnd || isAtNewline }

    /// Whether the three bytes from here on are `quote`.
    func isAtTriple(_ quote: UInt8) -> Bool {
        current == quote && peek(1) == quote && peek(2) == quote
    }

    mutating func advance() {
        guard let byte = current else { return }
        offset += 1
        if byte == .lineFeed {
            line += 1
            column = 1
        } else if byte & 0xC0 != 0x80 {
            column += 1
        }
    }

    mutating func advance(by count: Int) {
        for _ in 0..<count {
            advance()
        }
    }

    /// Moves over `byte` if it is here.
    mutating func skip(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        advance()
        return true
    }

    /// Moves over one line end if it is here.
    mutating func skipNewline() -> Bool {
        guard isAtNewline else { return false }
        if current == .carriageReturn {
            advance()
        }
        advance()
        return true
    }

    /// Moves over spaces and tabs.
    mutating func skipBlanks() {
        skip(while: { $0 == .space || $0 == .tab })
    }

    /// Moves to the end of the line, not over it.
    mutating func skipToLineEnd() {
        while !isAtLineEnd {
            advance()
        }
    }

    mutating func skip(while predicate: (UInt8) -> Bool) {
        while let byte = current, predicate(byte) {
            advance()
        }
    }
}

extension UInt8 {
    static let tab: UInt8 = 0x09
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20
    static let quotationMark = UInt8(ascii: "\"")
    static let apostrophe = UInt8(ascii: "'")
    static let backslash = UInt8(ascii: "\\")

    var isDigit: Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= self }

    var isLetter: Bool { UInt8(ascii: "a")...UInt8(ascii: "z") ~= self | 0x20 }

    /// What may stand in a key without quotes: `A-Za-z0-9_-`.
    var isBareKey: Bool { isLetter || isDigit || self == UInt8(ascii: "_") || self == UInt8(ascii: "-") }

    /// The digit's worth in `radix`, which is at most 16.
    func digitValue(radix: UInt8) -> UInt8? {
        let value: UInt8
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): value = self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): value = self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): value = self - UInt8(ascii: "A") + 10
        default: return nil
        }
        return value < radix ? value : nil
    }
}
