import PulpWire

/// What a text has to be: the text itself, as a literal, or something about it.
///
/// ```swift
/// host.get("/").expect(text: .contains("Ada", "Grace"), headers: ["ETag": .absent])
/// ```
public struct Match: ExpressibleByStringInterpolation {
    let value: MessagePackValue

    private init(value: MessagePackValue) { self.value = value }

    /// Exactly this text.
    public init(stringLiteral text: String) { self.value = .string(text) }

    /// Exactly this text.
    public static func text(_ text: String) -> Match { Match(stringLiteral: text) }

    /// Text that has each of these in it.
    public static func contains(_ parts: String...) -> Match { Match(parts, "contains") }

    /// Text that has none of these in it.
    public static func lacks(_ parts: String...) -> Match { Match(parts, "lacks") }

    /// Text in which the regular expression finds something.
    public static func matches(_ expression: String) -> Match { Match([expression], "matches") }

    /// There is no such thing: no header of that name, no such file.
    public static var absent: Match { Match(value: .bool(false)) }

    /// This, and the other as well; neither is exact.
    public func and(_ other: Match) -> Match {
        guard case .map(let left) = self.value, case .map(let right) = other.value else { return other }
        return Match(value: .map(left + right))
    }

    private init(_ parts: [String], _ key: String) {
        self.value = .map([
            MessagePackValue.Pair(key: .string(key), value: .array(parts.map { MessagePackValue.string($0) }))
        ])
    }
}

/// Names and what each is to be, in their order: `["Content-Type": "text/html"]`.
public struct Matches: ExpressibleByDictionaryLiteral {
    let value: MessagePackValue

    /// Names and what each is to be.
    public init(dictionaryLiteral elements: (String, Match)...) {
        self.value = .map(elements.map { MessagePackValue.Pair(key: .string($0.0), value: $0.1.value) })
    }
}
