/// How names from a document are shown in messages: short, and on one line.
enum TOMLText {
    /// `name` in quotes, at most 40 scalars, with control characters replaced.
    static func quoted(_ name: String) -> String {
        let scalars = name.unicodeScalars
        var shown = String.UnicodeScalarView()
        for scalar in scalars.prefix(40) {
            shown.append(scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar)
        }
        return "\"\(String(shown))\(scalars.dropFirst(40).isEmpty ? "" : "...")\""
    }
}
