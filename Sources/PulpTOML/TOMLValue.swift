/// A value of a TOML document, in the eleven kinds that TOML 1.0 knows.
package enum TOMLValue: Hashable, Sendable {
    case string(String)
    case integer(Int64)
    case float(Double)
    case boolean(Bool)
    case offsetDateTime(TOMLOffsetDateTime)
    case localDateTime(TOMLLocalDateTime)
    case localDate(TOMLLocalDate)
    case localTime(TOMLLocalTime)
    case array([TOMLNode])
    case table(TOMLTable)

    /// What a reader calls this kind of value, with its article: for messages such as "is a string".
    package var kindName: String {
        switch self {
        case .string: "a string"
        case .integer: "an integer"
        case .float: "a float"
        case .boolean: "a boolean"
        case .offsetDateTime: "an offset date-time"
        case .localDateTime: "a local date-time"
        case .localDate: "a local date"
        case .localTime: "a local time"
        case .array: "an array"
        case .table: "a table"
        }
    }
}

/// A value and where it stands.
///
/// A table that was opened by a header has the header's span, one that dotted keys created the span of the key part
/// that named it first.
package struct TOMLNode: Hashable, Sendable {
    package let value: TOMLValue
    package let span: SourceSpan

    package init(value: TOMLValue, span: SourceSpan) {
        self.value = value
        self.span = span
    }
}
