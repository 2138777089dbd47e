/// Keys: bare, quoted and dotted.
extension TOMLParser {
    /// Reads a key and the blanks behind it.
    /// - Returns: Its parts, at least one and at most ``TOMLLimits/keyParts``.
    mutating func parseKey() throws(Abandoned) -> [TOMLKey] {
        var parts: [TOMLKey] = []
        repeat {
            guard parts.count < limits.keyParts else {
                throw abandon(
                    TOMLMistake(
                        "the key has more than \(limits.keyParts) parts",
                        remedy: "nest less, or quote a name that contains dots"))
            }
            cursor.skipBlanks()
            parts.append(try parseSimpleKey())
            cursor.skipBlanks()
        } while cursor.skip(UInt8(ascii: "."))
        return parts
    }

    private mutating func parseSimpleKey() throws(Abandoned) -> TOMLKey {
        let start = cursor.position
        let name: String
        if let quote = cursor.current, quote == .quotationMark || quote == .apostrophe {
            guard !cursor.isAtTriple(quote) else {
                throw abandon(
                    TOMLMistake(
                        "a key cannot be a multi-line string", remedy: "write it with one quotation mark on each side"))
            }
            name = try parseLineString(quote)
        } else {
            let first = cursor.offset
            cursor.skip(while: \.isBareKey)
            guard cursor.offset > first else { throw abandon(missingKey()) }
            name = String(decoding: cursor.bytes[first..<cursor.offset], as: UTF8.self)
        }
        return TOMLKey(name: name, span: SourceSpan(start: start, end: cursor.position))
    }

    private func missingKey() -> TOMLMistake {
        switch cursor.current {
        case _ where cursor.isAtLineEnd:
            TOMLMistake("a key is missing before the end of the line", remedy: "complete the line or remove it")
        case UInt8(ascii: "="):
            TOMLMistake("a key is missing before the =", remedy: "name the value, or write \"\" for an empty name")
        case UInt8(ascii: "."), UInt8(ascii: "]"):
            TOMLMistake("a part of the key is missing", remedy: "name it, or write \"\" for an empty name")
        case UInt8(ascii: "}"), UInt8(ascii: ","):
            TOMLMistake("a key is missing before the comma or brace", remedy: "remove the comma that is too many")
        default:
            TOMLMistake(
                "a key cannot start with this character",
                remedy: "keys without quotes have only A-Za-z0-9_-; write others as \"key\"")
        }
    }
}
