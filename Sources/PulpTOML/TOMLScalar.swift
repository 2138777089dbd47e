/// What a word without quotes means: a boolean, a number, a date or a time.
enum TOMLScalar {
    /// Longer numbers are refused: nobody needs them, and converting them takes more than linear time.
    private static let longestNumber = 1024

    static func value(of token: ArraySlice<UInt8>) throws(TOMLMistake) -> TOMLValue {
        if token.elementsEqual("true".utf8) { return .boolean(true) }
        if token.elementsEqual("false".utf8) { return .boolean(false) }
        let isNegative = token.first == UInt8(ascii: "-")
        let magnitude = isNegative || token.first == UInt8(ascii: "+") ? token.dropFirst() : token
        if magnitude.elementsEqual("inf".utf8) { return .float(isNegative ? -.infinity : .infinity) }
        if magnitude.elementsEqual("nan".utf8) { return .float(.nan) }
        guard token.count <= longestNumber else {
            throw TOMLMistake("the number has more than \(longestNumber) characters", remedy: "round it")
        }
        if isDateLike(token) {
            var reader = TOMLDateReader(token)
            return try reader.read()
        }
        guard let first = magnitude.first, first.isDigit || first == UInt8(ascii: ".") else {
            throw mistake(in: token)
        }
        var reader = TOMLNumberReader(token)
        return try reader.read()
    }

    /// What is most likely wrong with a word that is no value.
    static func mistake(in token: ArraySlice<UInt8>) -> TOMLMistake {
        let word = String(decoding: token.prefix(16), as: UTF8.self).lowercased()
        switch word {
        case "true", "false", "yes", "no", "on", "off":
            return TOMLMistake("this is not a boolean", remedy: "write true or false, in lower case")
        case "null", "nil", "none", "undefined":
            return TOMLMistake("there is no null in TOML", remedy: "leave the key out, or comment the line out with #")
        case "inf", "+inf", "-inf", "infinity", "nan", "+nan", "-nan":
            return TOMLMistake("this is not a float", remedy: "write inf, -inf or nan, in lower case")
        default:
            return TOMLMistake("this is not a value", remedy: "put strings in quotes: \"...\"")
        }
    }

    /// Whether a word is meant as a date or a time: a digit first, and a colon or a minus that no exponent explains.
    private static func isDateLike(_ token: ArraySlice<UInt8>) -> Bool {
        guard token.first?.isDigit == true, token.dropFirst().first?.isLetter != true else { return false }
        var previous = UInt8(ascii: "e")
        for byte in token {
            let isMinus = byte == UInt8(ascii: "-") && previous | 0x20 != UInt8(ascii: "e")
            if isMinus || byte == UInt8(ascii: ":") { return true }
            previous = byte
        }
        return false
    }
}

/// Reads one number. Source: toml.io/en/v1.0.0, "Integer" and "Float".
struct TOMLNumberReader {
    private let token: [UInt8]
    private var index = 0
    /// The number without underscores, as the standard library reads it.
    private var digits = ""

    init(_ token: ArraySlice<UInt8>) {
        self.token = Array(token)
    }

    mutating func read() throws(TOMLMistake) -> TOMLValue {
        let isNegative = token.first == UInt8(ascii: "-")
        if isNegative || token.first == UInt8(ascii: "+") {
            index = 1
        } else if let radix = prefixedRadix() {
            index = 2
            try readDigits(radix: radix)
            try expectEnd()
            return try .integer(integer(radix: Int(radix)))
        }
        try readDigits(radix: 10)
        if digits.utf8.count > 1, digits.utf8.first == UInt8(ascii: "0") {
            throw TOMLMistake(
                "a number cannot start with zeros", remedy: "remove them, or write octal numbers as 0o755")
        }
        if isNegative {
            digits = "-" + digits
        }
        guard index < token.count else { return try .integer(integer(radix: 10)) }
        return try .float(readFloat())
    }

    private func prefixedRadix() -> UInt8? {
        guard token.count >= 2, token[0] == UInt8(ascii: "0") else { return nil }
        switch token[1] {
        case UInt8(ascii: "x"): return 16
        case UInt8(ascii: "o"): return 8
        case UInt8(ascii: "b"): return 2
        default: return nil
        }
    }

    private func integer(radix: Int) throws(TOMLMistake) -> Int64 {
        guard let value = Int64(digits, radix: radix) else {
            throw TOMLMistake(
                "the integer does not fit into 64 bits",
                remedy: "use a value from \(Int64.min) to \(Int64.max), or a string")
        }
        return value
    }

    private mutating func readFloat() throws(TOMLMistake) -> Double {
        if skip(".") {
            digits += "."
            try readDigits(radix: 10)
        }
        if skip("e") || skip("E") {
            digits += "e"
            if skip("-") {
                digits += "-"
            } else {
                _ = skip("+")
            }
            try readDigits(radix: 10)
        }
        try expectEnd()
        guard let value = Double(digits), value.isFinite else {
            throw TOMLMistake("the float is too large for 64 bits", remedy: "use a smaller exponent, or write inf")
        }
        return value
    }

    /// Reads at least one digit; underscores may stand between two digits only.
    private mutating func readDigits(radix: UInt8) throws(TOMLMistake) {
        var wasDigit = false
        while index < token.count {
            let byte = token[index]
            if byte == UInt8(ascii: "_") {
                let next = index + 1 < token.count ? token[index + 1].digitValue(radix: radix) : nil
                guard wasDigit, next != nil else {
                    throw TOMLMistake(
                        "an underscore in a number must stand between two digits", remedy: "move or remove it")
                }
                wasDigit = false
            } else if byte.digitValue(radix: radix) != nil {
                digits.unicodeScalars.append(Unicode.Scalar(byte))
                wasDigit = true
            } else {
                break
            }
            index += 1
        }
        guard wasDigit else { throw malformed }
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard index < token.count, token[index] == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private func expectEnd() throws(TOMLMistake) {
        guard index == token.count else { throw malformed }
    }

    private var malformed: TOMLMistake {
        TOMLMistake(
            "this is not a number", remedy: "write one like 42, -7, 0xff, 3.14 or 6.0e23, and put strings in quotes")
    }
}
