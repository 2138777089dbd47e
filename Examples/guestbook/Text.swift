import PulpGuest

/// Text for scripts.
enum JSON {
    /// A string with its quotes; what could end a script or a string early is escaped.
    static func string(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "<": result += "\\u003c"
            case "\u{0}"..<"\u{20}", "\u{7F}", "\u{2028}", "\u{2029}": result += Self.escaped(scalar.value)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// The elements of an array, without its brackets.
    static func list(_ values: [String]) -> String {
        var result = ""
        for value in values { result += (result.isEmpty ? "" : ",") + value }
        return result
    }

    private static func escaped(_ value: UInt32) -> String {
        let digits: [UInt8] = Array("0123456789abcdef".utf8)
        var bytes: [UInt8] = Array("\\u".utf8)
        for shift in [12, 8, 4, 0] as [UInt32] { bytes.append(digits[Int(value >> shift & 15)]) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Text for pages.
enum HTML {
    /// `text` where a page shows text or an attribute's value in quotes.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

extension Response {
    static func html(_ text: String) -> Response {
        Response(
            [UInt8](text.utf8),
            headers: [
                "Content-Type": "text/html; charset=utf-8",
                "Content-Security-Policy": "default-src 'self'; script-src 'unsafe-inline'; style-src 'unsafe-inline'",
            ])
    }

    static func json(_ text: String) -> Response {
        Response([UInt8](text.utf8), headers: ["Content-Type": "application/json"])
    }
}
