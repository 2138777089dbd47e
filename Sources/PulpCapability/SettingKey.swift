/// One key that a capability reads from a plugin's manifest: what it may hold, what counts without it, what it is for.
///
/// A capability declares its keys in two tables, ``Capability/settings`` for its own section (`[sqlite]`) and
/// ``Capability/limits`` for `[limits.NAME]`. The manifest's checker, its JSON Schema, `docs/manifest.md` and the values
/// in ``PluginScope/settings`` all come from them.
public struct SettingKey: Hashable, Sendable {
    /// What a key may hold, and its default.
    public enum Kind: Hashable, Sendable {
        case integer(ClosedRange<Int64>, default: Int64)
        case boolean(default: Bool)
        case choice([String], default: String)
        /// Free text; nil without the key.
        case string
        /// A list of texts; empty without the key.
        case strings
    }

    /// `snake_case`, with its unit where it has one: `max_file_bytes`, `idle_timeout_ms`.
    public let name: String
    public let kind: Kind
    /// One or two sentences for people.
    public let summary: String
    /// A right value as TOML, for messages: `["api.example.com"]`. Empty: the default.
    public let example: String

    public init(_ name: String, _ kind: Kind, example: String = "", _ summary: String) {
        self.name = name
        self.kind = kind
        self.summary = summary
        self.example = example.isEmpty ? Self.example(of: kind) : example
    }

    /// The key of a number within a range.
    public static func integer(
        _ name: String, in range: ClosedRange<Int64>, default value: Int64, _ summary: String
    ) -> Self {
        precondition(range.contains(value), "the default of \(name) is outside its range")
        return Self(name, .integer(range, default: value), summary)
    }

    private static func example(of kind: Kind) -> String {
        switch kind {
        case .integer(_, let value): "\(value)"
        case .boolean(let value): "\(value)"
        case .choice(_, let value): "\"\(value)\""
        case .string: "\"text\""
        case .strings: "[\"text\"]"
        }
    }
}
