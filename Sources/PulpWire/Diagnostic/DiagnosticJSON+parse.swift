#if !hasFeature(Embedded)
    extension DiagnosticJSON {
        /// Reads one JSON value, tagged forms included.
        ///
        /// - Parameters:
        ///   - text: JSON of RFC 8259.
        ///   - maxDepth: How deeply arrays and objects may nest.
        /// - Throws: The first mistake and its place.
        public static func value(
            of text: String,
            maxDepth: Int = 2 * MessagePackReader.defaultMaxDepth
        ) throws(DiagnosticJSONError) -> MessagePackValue {
            var parser = JSONParser(text: Array(text.utf8), maxDepth: maxDepth)
            let value = try parser.readValue(depth: 0)
            guard parser.peek() == nil else { throw parser.error("nothing may follow the value") }
            return value
        }
    }

    /// A cursor over JSON text. Total: each place is checked before it is read.
    private struct JSONParser {
        let text: [UInt8]
        let maxDepth: Int
        var position = 0

        init(text: [UInt8], maxDepth: Int) {
            self.text = text
            self.maxDepth = maxDepth
        }

        func error(_ message: String, at offset: Int? = nil) -> DiagnosticJSONError {
            DiagnosticJSONError(offset: offset ?? self.position, message: message)
        }

        /// The next byte that is no white space; nil at the end.
        mutating func peek() -> UInt8? {
            while let byte = self.current, [0x20, 0x09, 0x0a, 0x0d].contains(byte) { self.position += 1 }
            return self.current
        }

        var current: UInt8? { self.position < self.text.count ? self.text[self.position] : nil }

        /// Moves past `character` if it is next, after white space.
        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard self.peek() == UInt8(ascii: character) else { return false }
            self.position += 1
            return true
        }

        mutating func expect(_ character: Unicode.Scalar) throws(DiagnosticJSONError) {
            guard self.take(character) else { throw self.error("expected \"\(character)\"") }
        }

        mutating func readValue(depth: Int) throws(DiagnosticJSONError) -> MessagePackValue {
            guard depth <= self.maxDepth else { throw self.error("nested deeper than \(self.maxDepth)") }
            switch self.peek() {
            case UInt8(ascii: "{"): return try self.readObject(depth: depth)
            case UInt8(ascii: "["): return try self.readArray(depth: depth)
            case UInt8(ascii: "\""): return .string(try self.readString())
            case let byte? where byte == UInt8(ascii: "-") || 0x30...0x39 ~= byte: return try self.readNumber()
            default: return try self.readWord()
            }
        }

        mutating func readWord() throws(DiagnosticJSONError) -> MessagePackValue {
            let words: [(String, MessagePackValue)] = [("null", .nil), ("true", .bool(true)), ("false", .bool(false))]
            for (word, value) in words where self.text[self.position...].starts(with: word.utf8) {
                self.position += word.utf8.count
                return value
            }
            throw self.error("expected a JSON value")
        }

        mutating func readNumber() throws(DiagnosticJSONError) -> MessagePackValue {
            let start = self.position
            while let byte = self.current, "+-.0123456789eE".utf8.contains(byte) { self.position += 1 }
            let digits = self.text[start..<self.position]
            let word = String(decoding: digits, as: UTF8.self)
            guard Self.isNumber(digits) else { throw self.error("\"\(word)\" is not a JSON number", at: start) }
            if let value = Int64(word) { return .int(value) }
            if let value = UInt64(word) { return .uint(value) }
            let isReal = digits.contains { ".eE".utf8.contains($0) }
            guard isReal, let value = Double(word), value.isFinite else {
                throw self.error("\(word) is beyond 64 bits", at: start)
            }
            return .double(value)
        }

        /// Whether `text` is a number of JSON's grammar, which is narrower than Swift's.
        static func isNumber(_ text: ArraySlice<UInt8>) -> Bool {
            let isDigit = { (byte: UInt8) in 0x30...0x39 ~= byte }
            var rest = text.first == UInt8(ascii: "-") ? text.dropFirst() : text
            let whole = rest.prefix(while: isDigit)
            guard !whole.isEmpty, whole.count == 1 || whole.first != UInt8(ascii: "0") else { return false }
            rest = rest.dropFirst(whole.count)
            if rest.first == UInt8(ascii: ".") {
                let fraction = rest.dropFirst().prefix(while: isDigit)
                guard !fraction.isEmpty else { return false }
                rest = rest.dropFirst(1 + fraction.count)
            }
            guard let mark = rest.first else { return true }
            rest = rest.dropFirst()
            if let sign = rest.first, "+-".utf8.contains(sign) { rest = rest.dropFirst() }
            return "eE".utf8.contains(mark) && !rest.isEmpty && rest.allSatisfy(isDigit)
        }

        mutating func readArray(depth: Int) throws(DiagnosticJSONError) -> MessagePackValue {
            try self.expect("[")
            var values: [MessagePackValue] = []
            guard !self.take("]") else { return .array(values) }
            repeat { values.append(try self.readValue(depth: depth + 1)) } while self.take(",")
            try self.expect("]")
            return .array(values)
        }

        mutating func readObject(depth: Int) throws(DiagnosticJSONError) -> MessagePackValue {
            let start = self.position
            try self.expect("{")
            var pairs: [MessagePackValue.Pair] = []
            guard !self.take("}") else { return .map(pairs) }
            repeat {
                guard self.peek() == UInt8(ascii: "\"") else { throw self.error("expected a key in quotes") }
                let key = try self.readString()
                try self.expect(":")
                pairs.append(.init(key: .string(key), value: try self.readValue(depth: depth + 1)))
            } while self.take(",")
            try self.expect("}")
            guard pairs.count == 1, case .string(let tag) = pairs[0].key, tag.hasPrefix("$") else {
                return .map(pairs)
            }
            guard let value = DiagnosticTag(rawValue: tag)?.value(of: pairs[0].value) else {
                throw self.error("\"\(tag)\" is no tag, or its value is not of the tag's form", at: start)
            }
            return value
        }

        mutating func readString() throws(DiagnosticJSONError) -> String {
            let start = self.position
            try self.expect("\"")
            var bytes: [UInt8] = []
            while let byte = self.current {
                self.position += 1
                switch byte {
                case UInt8(ascii: "\""):
                    guard let text = String(validating: bytes, as: UTF8.self) else {
                        throw self.error("the string is not UTF-8", at: start)
                    }
                    return text
                case UInt8(ascii: "\\"): bytes += String(try self.readEscape()).utf8
                case 0..<0x20: throw self.error("a control character must be escaped", at: self.position - 1)
                default: bytes.append(byte)
                }
            }
            throw self.error("the string has no end", at: start)
        }

        /// Reads what follows a backslash.
        mutating func readEscape() throws(DiagnosticJSONError) -> Unicode.Scalar {
            let start = self.position - 1
            guard let letter = self.current else { throw self.error("the escape has no end", at: start) }
            self.position += 1
            switch letter {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
            case UInt8(ascii: "b"): return "\u{8}"
            case UInt8(ascii: "f"): return "\u{c}"
            case UInt8(ascii: "n"): return "\n"
            case UInt8(ascii: "r"): return "\r"
            case UInt8(ascii: "t"): return "\t"
            case UInt8(ascii: "u"): return try self.readUnicodeEscape(start: start)
            default: throw self.error("unknown escape", at: start)
            }
        }

        /// Reads the digits of one or two `\u` escapes, which make one scalar.
        mutating func readUnicodeEscape(start: Int) throws(DiagnosticJSONError) -> Unicode.Scalar {
            let unit = try self.readHexadecimal()
            if let scalar = Unicode.Scalar(unit) { return scalar }
            // The first half of a pair that states one scalar beyond 16 bits.
            guard unit < 0xdc00, self.text[self.position...].starts(with: "\\u".utf8) else {
                throw self.error("half of a surrogate pair", at: start)
            }
            self.position += 2
            let low = try self.readHexadecimal()
            guard 0xdc00...0xdfff ~= low, let scalar = Unicode.Scalar(0x10000 + (unit - 0xd800) << 10 + (low - 0xdc00))
            else { throw self.error("half of a surrogate pair", at: start) }
            return scalar
        }

        mutating func readHexadecimal() throws(DiagnosticJSONError) -> UInt32 {
            let digits = self.text[self.position...].prefix(4)
            let word = String(decoding: digits, as: UTF8.self)
            guard digits.count == 4, word.first?.isHexDigit == true, let value = UInt32(word, radix: 16) else {
                throw self.error("expected four hexadecimal digits")
            }
            self.position += 4
            return value
        }
    }

    /// The tags of ``DiagnosticJSON``.
    private enum DiagnosticTag: String {
        case binary = "$bin"
        case `extension` = "$ext"
        case timestamp = "$time"
        case uint = "$uint"
        case float = "$float"
        case double = "$double"
        case map = "$map"

        /// The value that the tag makes of its content; nil when the content has another form.
        func value(of content: MessagePackValue) -> MessagePackValue? {
            switch (self, content) {
            case (.binary, .string(let text)): Base64.decode(text).map { .binary($0) }
            case (.extension, .array(let parts)): Self.extensionValue(of: parts)
            case (.timestamp, .array(let parts)): Self.timestampValue(of: parts)
            case (.uint, .string(let text)): UInt64(text).map { Int64(exactly: $0).map { .int($0) } ?? .uint($0) }
            case (.float, .string(let text)): Float(text).map { .float($0) }
            case (.double, .string(let text)): Double(text).map { .double($0) }
            case (.map, .array(let entries)): Self.mapValue(of: entries)
            default: nil
            }
        }

        private static func extensionValue(of parts: [MessagePackValue]) -> MessagePackValue? {
            guard parts.count == 2, case .int(let number) = parts[0], let type = Int8(exactly: number),
                case .string(let text) = parts[1], let bytes = Base64.decode(text)
            else { return nil }
            return .extension(type: type, bytes: bytes)
        }

        private static func timestampValue(of parts: [MessagePackValue]) -> MessagePackValue? {
            guard parts.count == 2, case .int(let seconds) = parts[0], case .int(0..<1_000_000_000) = parts[1],
                case .int(let nanoseconds) = parts[1]
            else { return nil }
            return .timestamp(seconds: seconds, nanoseconds: UInt32(nanoseconds))
        }

        private static func mapValue(of entries: [MessagePackValue]) -> MessagePackValue? {
            var pairs: [MessagePackValue.Pair] = []
            for entry in entries {
                guard case .array(let parts) = entry, parts.count == 2 else { return nil }
                pairs.append(.init(key: parts[0], value: parts[1]))
            }
            return .map(pairs)
        }
    }
#endif
