/// Why bytes could not be read or written, and where.
///
/// Small and without heap storage, so that throwing one on hostile input costs nothing. It never holds payload bytes
/// beyond the single marker byte that was met.
@frozen
public struct WireError: Error, Hashable, Sendable {
    /// What went wrong.
    public enum Code: UInt8, Hashable, Sendable {
        /// The input ends before the value does, or a declared length is larger than what follows.
        case truncated
        /// A value of another type stands where `expected` was wanted.
        case typeMismatch
        /// The byte 0xc1, which MessagePack never uses, a malformed extension, or bytes behind the only value.
        case invalidFormat
        /// Text that is not UTF-8, where strict text was asked for.
        case invalidUTF8
        /// A number that does not fit, or a word outside the set that is allowed.
        case outOfRange
        /// Nesting deeper than the reader's `maxDepth`.
        case tooDeep
        /// More values than the reader's `maxValues`, or more bytes than a length field can state.
        case tooLarge
        /// A field that has no default is absent.
        case missingKey
        /// A field that may appear once appears again.
        case duplicateKey
        /// The buffer to write into is too small.
        case spaceExhausted
    }

    /// What the reader or the writer wanted at the place of the error.
    public enum Expectation: UInt8, Hashable, Sendable {
        case value, bool, integer, number, string, binary, array, map, timestamp, `extension`
        case pair, logLevel, envelope, end, space
    }

    public var code: Code
    /// Bytes from the start of the input (or of the buffer written to) to the place of the error.
    public var offset: Int
    public var expected: Expectation
    /// The first byte of the value that was met; nil when there was none.
    public var found: UInt8?

    /// An error at `offset` bytes from the start.
    public init(_ code: Code, at offset: Int, expected: Expectation, found: UInt8? = nil) {
        self.code = code
        self.offset = offset
        self.expected = expected
        self.found = found
    }
}

extension WireError: CustomStringConvertible {
    /// One sentence: what, where, wanted, met.
    public var description: String {
        var text = "byte \(self.offset): "
        text += self.code.description
        text += ", expected "
        text += self.expected.description
        if let found {
            text += ", found "
            text += MessagePackKind(marker: found).description
            text += " (0x"
            text += hexadecimal(found)
            text += ")"
        }
        return text
    }
}

extension WireError.Code: CustomStringConvertible {
    /// What happened, in words.
    public var description: String {
        switch self {
        case .truncated: "input ends too early"
        case .typeMismatch: "wrong type"
        case .invalidFormat: "not MessagePack"
        case .invalidUTF8: "text is not UTF-8"
        case .outOfRange: "out of range"
        case .tooDeep: "nested too deeply"
        case .tooLarge: "too large"
        case .missingKey: "a required key is missing"
        case .duplicateKey: "a key appears twice"
        case .spaceExhausted: "the buffer is too small"
        }
    }
}

extension WireError.Expectation: CustomStringConvertible {
    /// What was wanted, with its article.
    public var description: String {
        switch self {
        case .value: "a value"
        case .bool: "a boolean"
        case .integer: "an integer that fits its field"
        case .number: "a number"
        case .string: "a string"
        case .binary: "bytes"
        case .array: "an array"
        case .map: "a map"
        case .timestamp: "a timestamp (extension -1)"
        case .extension: "an extension"
        case .pair: "an array of a name and a value"
        case .logLevel: "a log level, 0 to 6 or its name"
        case .envelope: "a step envelope of 20 bytes and its payload"
        case .end: "nothing behind the value"
        case .space: "room for the value"
        }
    }
}

/// Two lower-case hexadecimal digits.
func hexadecimal(_ byte: UInt8) -> String {
    func digit(_ value: UInt8) -> Unicode.Scalar { Unicode.Scalar(value < 10 ? 48 + value : 87 + value) }
    var text = String.UnicodeScalarView()
    text.append(digit(byte >> 4))
    text.append(digit(byte & 0x0f))
    return String(text)
}
