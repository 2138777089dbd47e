extension ManifestSchema {
    /// The table of all keys for `docs/manifest.md`: one row for each, those of sections behind their section.
    package static func markdownTable() -> String {
        let rows = keys.flatMap { key in
            if case .section(let inner) = key.kind {
                return [row(key, prefix: "")] + inner.map { row($0, prefix: "\(key.name).") }
            }
            return [row(key, prefix: "")]
        }
        return (["| key | holds | default | meaning |", "| --- | --- | --- | --- |"] + rows).joined(separator: "\n")
    }

    /// The keys of one capability's table, for its page.
    package static func markdownTable(of table: CapabilityTable) -> String {
        let rows = table.keys.map { row($0, prefix: "") }
        return (["| key | holds | default | meaning |", "| --- | --- | --- | --- |"] + rows).joined(separator: "\n")
    }

    private static func row(_ key: ManifestKey, prefix: String) -> String {
        let absent = key.isRequired ? "required" : key.defaultValue.map { "`\($0)`" } ?? ""
        let meaning = key.hasNoEffect ? "No effect, and a warning. \(key.summary)" : key.summary
        return "| `\(prefix)\(key.name)` | \(holds(key)) | \(absent) | \(meaning) |"
    }

    private static func holds(_ key: ManifestKey) -> String {
        switch key.kind {
        case .string: "string"
        case .digest: "string of 64 hexadecimal digits"
        case .choice(let names): alternatives(names)
        case .boolean: "boolean"
        case .integer(let range): interval(range)
        case .integerOrChoice(let range, let names): "\(interval(range)), \(alternatives(names))"
        case .strings: "array of strings"
        case .stringTable: "table of strings"
        case .section: "table"
        case .limits: "table of tables"
        case .anyTable: "table"
        }
    }

    private static func alternatives(_ names: [String]) -> String {
        names.map { "`\"\($0)\"`" }.joined(separator: ", ")
    }

    private static func interval(_ range: ClosedRange<Int64>) -> String {
        "integer \(range.lowerBound) to \(range.upperBound)"
    }
}
