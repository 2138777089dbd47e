extension TOMLTable {
    /// The table as the tagged JSON of the toml-test suite, where each scalar is `{"type": ..., "value": "..."}`.
    package func taggedJSON() -> String {
        var text = ""
        Self.write(self, to: &text)
        return text
    }

    private static func write(_ table: TOMLTable, to text: inout String) {
        text += "{"
        for (position, entry) in table.entries.enumerated() {
            text += position == 0 ? "" : ", "
            writeString(entry.key.name, to: &text)
            text += ": "
            write(entry.node.value, to: &text)
        }
        text += "}"
    }

    private static func write(_ value: TOMLValue, to text: inout String) {
        switch value {
        case .string(let string): writeScalar("string", string, to: &text)
        case .integer(let integer): writeScalar("integer", String(integer), to: &text)
        case .float(let float): writeScalar("float", float.isNaN ? "nan" : "\(float)", to: &text)
        case .boolean(let boolean): writeScalar("bool", String(boolean), to: &text)
        case .offsetDateTime(let time): writeScalar("datetime", time.description, to: &text)
        case .localDateTime(let time): writeScalar("datetime-local", time.description, to: &text)
        case .localDate(let date): writeScalar("date-local", date.description, to: &text)
        case .localTime(let time): writeScalar("time-local", time.description, to: &text)
        case .table(let table): write(table, to: &text)
        case .array(let nodes):
            text += "["
            for (position, node) in nodes.enumerated() {
                text += position == 0 ? "" : ", "
                write(node.value, to: &text)
            }
            text += "]"
        }
    }

    private static func writeScalar(_ type: String, _ value: String, to text: inout String) {
        text += "{\"type\": \"\(type)\", \"value\": "
        writeString(value, to: &text)
        text += "}"
    }

    private static func writeString(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\u{0}"..<"\u{20}", "\u{7F}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
