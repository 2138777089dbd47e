import PulpTOML

/// A value and where it stands.
struct Located<Value> {
    let value: Value
    let position: SourcePosition
}

/// A table whose keys are known, read by type: every reader reports what does not fit and gives `nil` for it.
struct ManifestSection {
    /// How messages name the table: empty for the root, `http.` for `[http]`.
    private let prefix: String
    private var entries: [String: TOMLTable.Entry] = [:]

    /// Matches the keys of `table`, reporting those that do not exist and those given twice in different case.
    ///
    /// - Parameters:
    ///   - others: Names, as written, that somebody else reads.
    ///   - otherNames: What else a misspelled name may have meant.
    init(
        _ table: TOMLTable, keys: [ManifestKey], prefix: String = "", besides others: Set<String> = [],
        otherNames: [String] = [],
        findings: inout ManifestFindings
    ) {
        self.prefix = prefix
        let known = Set(keys.map(\.name))
        for entry in table.entries where !findings.isFull && !others.contains(entry.key.name) {
            let name = entry.key.name.lowercased()
            if !known.contains(name) {
                let remedy =
                    NearestName.find(name, among: keys.map(\.name) + otherNames).map { "did you mean \(prefix)\($0)?" }
                    ?? "remove it, or move it below [config] if the plugin is to read it"
                findings.add("unknown key \(shown(prefix + entry.key.name))", remedy, at: entry.key.span.start)
            } else if let first = entries[name] {
                findings.add(
                    "\(prefix)\(name) is given twice, first on line \(first.key.span.start.line)",
                    "keep one; upper and lower case do not differ here", at: entry.key.span.start)
            } else {
                entries[name] = entry
            }
        }
    }

    func entry(_ key: ManifestKey) -> TOMLTable.Entry? { entries[key.name] }

    func string(_ key: ManifestKey, _ findings: inout ManifestFindings) -> Located<String>? {
        guard let entry = entry(key) else { return nil }
        guard case .string(let value) = entry.node.value else { return mismatch(key, entry, "a string", &findings) }
        return Located(value: value, position: entry.node.span.start)
    }

    func boolean(_ key: ManifestKey, _ findings: inout ManifestFindings) -> Bool? {
        guard let entry = entry(key) else { return nil }
        guard case .boolean(let value) = entry.node.value else { return mismatch(key, entry, "a boolean", &findings) }
        return value
    }

    func table(_ key: ManifestKey, _ findings: inout ManifestFindings) -> TOMLTable? {
        guard let entry = entry(key) else { return nil }
        guard case .table(let value) = entry.node.value else { return mismatch(key, entry, "a table", &findings) }
        return value
    }

    func integer(
        _ key: ManifestKey, in range: ClosedRange<Int64>, _ findings: inout ManifestFindings
    ) -> Located<Int64>? {
        guard let entry = entry(key) else { return nil }
        guard case .integer(let value) = entry.node.value else { return mismatch(key, entry, "an integer", &findings) }
        let position = entry.node.span.start
        guard range.contains(value) else {
            findings.add(
                "\(prefix)\(key.name) is \(value), not in \(range.lowerBound)...\(range.upperBound)",
                "write it like \(key.example)", at: position)
            return nil
        }
        return Located(value: value, position: position)
    }

    /// The range comes from the key itself.
    func integer(_ key: ManifestKey, _ findings: inout ManifestFindings) -> Located<Int64>? {
        guard case .integer(let range) = key.kind else { preconditionFailure("\(key.name) is no integer key") }
        return integer(key, in: range, &findings)
    }

    /// One of `names`.
    func choice(_ key: ManifestKey, _ names: [String], _ findings: inout ManifestFindings) -> Located<String>? {
        guard let text = string(key, &findings) else { return nil }
        guard !names.contains(text.value) else { return text }
        let list = names.map { "\"\($0)\"" }.joined(separator: ", ")
        let nearest = NearestName.find(text.value, among: names).map { "did you mean \"\($0)\"?" }
        findings.add(
            "\(prefix)\(key.name) \(shown(text.value)) is not one of \(list)",
            nearest ?? "write it like \(key.example)", at: text.position)
        return nil
    }

    /// An array of strings; elements of other types are reported one by one.
    func strings(_ key: ManifestKey, _ findings: inout ManifestFindings) -> [Located<String>] {
        guard let entry = entry(key) else { return [] }
        guard case .array(let nodes) = entry.node.value else {
            let _: Bool? = mismatch(key, entry, "an array of strings", &findings)
            return []
        }
        var result: [Located<String>] = []
        for (index, node) in nodes.enumerated() {
            if case .string(let value) = node.value {
                result.append(Located(value: value, position: node.span.start))
            } else {
                findings.add(
                    "\(prefix)\(key.name)[\(index)] must be a string, but is \(node.value.kindName)",
                    "write it like \(key.example)", at: node.span.start)
            }
        }
        return result
    }

    private func mismatch<Value>(
        _ key: ManifestKey, _ entry: TOMLTable.Entry, _ expected: String, _ findings: inout ManifestFindings
    ) -> Value? {
        findings.add(
            "\(prefix)\(key.name) must be \(expected), but is \(entry.node.value.kindName)",
            "write it like \(key.example)", at: entry.node.span.start)
        return nil
    }
}

/// A name from the manifest for a message: in quotes, short, on one line.
func shown(_ name: String) -> String {
    let scalars = name.unicodeScalars.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 }
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars.prefix(60))
    return "\"\(String(text))\(scalars.count > 60 ? "..." : "")\""
}
