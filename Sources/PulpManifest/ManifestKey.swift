/// One key of the manifest: what it may hold, what it does when it is left out, and what it is for.
///
/// The validator, the JSON Schema and the table in `docs/manifest.md` all read this, so none of them can be behind.
package struct ManifestKey: Hashable, Sendable {
    /// What a key may hold.
    package indirect enum Kind: Hashable, Sendable {
        case string
        /// A string of exactly 64 hexadecimal digits.
        case digest
        case choice([String])
        case boolean
        case integer(ClosedRange<Int64>)
        case integerOrChoice(ClosedRange<Int64>, [String])
        case strings
        /// A table whose names are free and whose values are strings.
        case stringTable
        /// A table with fixed keys.
        case section([ManifestKey])
        /// A table for each capability, holding integers and strings.
        case limits
        /// A table of anything.
        case anyTable
    }

    /// As it is written in the manifest; matched without regard to case, as in the reference.
    package let name: String
    package let kind: Kind
    package let isRequired: Bool
    /// What counts when the key is absent, as TOML and JSON both write it; `nil` when there is nothing to say.
    package let defaultValue: String?
    /// A right line, for messages.
    package let example: String
    /// One or two sentences for people.
    package let summary: String
    /// Whether the reference knows the key and nothing ever came of it.
    package let hasNoEffect: Bool

    init(
        _ name: String, _ kind: Kind, default defaultValue: String? = nil, example: String, isRequired: Bool = false,
        hasNoEffect: Bool = false, _ summary: String
    ) {
        self.name = name
        self.kind = kind
        self.isRequired = isRequired
        self.defaultValue = defaultValue
        self.example = "\(name) = \(example)"
        self.summary = summary
        self.hasNoEffect = hasNoEffect
    }
}
