/// What a text has to be.
enum TextMatcher: Hashable, Sendable {
    case exactly(String)
    /// All of these hold.
    case all([Part])

    enum Part: Hashable, Sendable {
        case contains(String)
        case lacks(String)
        /// A regular expression that finds something.
        case matches(String)
    }

    func holds(_ text: String) -> Bool {
        switch self {
        case .exactly(let wanted): wanted == text
        case .all(let parts): parts.allSatisfy { Self.holds($0, text) }
        }
    }

    private static func holds(_ part: Part, _ text: String) -> Bool {
        switch part {
        case .contains(let wanted): return text.contains(wanted)
        case .lacks(let wanted): return !text.contains(wanted)
        case .matches(let pattern): return RegularExpression.finds(pattern, in: text)
        }
    }

    /// For messages.
    var words: String {
        switch self {
        case .exactly(let text): Shown.text(text)
        case .all(let parts): parts.map(Self.words).joined(separator: ", and ")
        }
    }

    private static func words(_ part: Part) -> String {
        switch part {
        case .contains(let text): "text with \(Shown.text(text)) in it"
        case .lacks(let text): "text without \(Shown.text(text))"
        case .matches(let pattern): "text that matches \(Shown.text(pattern))"
        }
    }
}
