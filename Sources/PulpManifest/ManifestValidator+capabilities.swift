import PulpTOML

/// The tables of capabilities: their own, and `[limits.NAME]`.
///
/// When it is known which keys there are, each value is checked; otherwise whatever a capability could read is taken.
extension ManifestValidator {
    mutating func read(_ section: Section, into spec: inout PluginSpec) {
        guard case .table(let table) = section.node.value else {
            return findings.add(
                "\(section.name) must be a table, but is \(section.node.value.kindName)",
                "write its keys below [\(section.name)]", at: section.node.span.start)
        }
        spec.capabilitySections[section.name, default: []] += settings(table, of: section.name)
    }

    /// The values of one table, checked against its keys if those are known.
    mutating func settings(
        _ table: TOMLTable, of name: String, besides others: Set<String> = []
    ) -> [CapabilitySetting] {
        guard let tables = surroundings.capabilityTables, tables.contains(where: { $0.name == name }) else {
            return table.entries.compactMap { others.contains($0.key.name) ? nil : anySetting($0, of: name) }
        }
        let keys = tables.filter { $0.name == name }.flatMap(\.keys)
        let section = ManifestSection(table, keys: keys, prefix: "\(name).", besides: others, findings: &findings)
        return keys.compactMap { setting(section, $0) }
    }

    private mutating func setting(_ section: ManifestSection, _ key: ManifestKey) -> CapabilitySetting? {
        guard let entry = section.entry(key) else { return nil }
        let value: CapabilitySetting.Value? =
            switch key.kind {
            case .integer: section.integer(key, &findings).map { .integer($0.value) }
            case .boolean: section.boolean(key, &findings).map { .boolean($0) }
            case .strings: .strings(section.strings(key, &findings).map(\.value))
            case .choice(let names): section.choice(key, names, &findings).map { .string($0.value) }
            default: section.string(key, &findings).map { .string($0.value) }
            }
        return value.map { CapabilitySetting(name: key.name, value: $0, position: place(entry)) }
    }

    private mutating func anySetting(_ entry: TOMLTable.Entry, of name: String) -> CapabilitySetting? {
        let value: CapabilitySetting.Value
        switch entry.node.value {
        case .integer(let number): value = .integer(number)
        case .boolean(let flag): value = .boolean(flag)
        case .string(let text): value = .string(text)
        case .array(let nodes):
            let texts = nodes.compactMap { node in
                if case .string(let text) = node.value { text } else { nil }
            }
            guard texts.count == nodes.count else { fallthrough }
            value = .strings(texts)
        default:
            findings.add(
                "\(name).\(entry.key.name) must be an integer, a boolean, a string or an array of strings",
                "write it like max_total_bytes = 1048576", at: entry.node.span.start)
            return nil
        }
        return CapabilitySetting(name: entry.key.name.lowercased(), value: value, position: place(entry))
    }

    private func place(_ entry: TOMLTable.Entry) -> ManifestPosition {
        ManifestPosition(file: findings.file, entry.node.span.start)
    }

    // MARK: [limits.NAME]

    mutating func capabilityLimits() -> [String: [CapabilitySetting]] {
        var result: [String: [CapabilitySetting]] = [:]
        for entry in root.table(ManifestSchema.limits, &findings)?.entries ?? [] {
            if case .table(let table) = entry.node.value {
                let name = Located(value: entry.key.name.lowercased(), position: entry.key.span.start)
                readLimits(of: name, table, into: &result)
            } else {
                findings.add(
                    "limits.\(entry.key.name) must be a table, but is \(entry.node.value.kindName)",
                    "write the limits of a capability below [limits.NAME]", at: entry.node.span.start)
            }
        }
        return result
    }

    /// Reads one table below `[limits]`. A capability's name holds dots, so `[limits.storage.fs]` is a table in a table
    /// and means the same as `[limits."storage.fs"]`.
    private mutating func readLimits(
        of capability: Located<String>, _ table: TOMLTable, into result: inout [String: [CapabilitySetting]]
    ) {
        var inner: Set<String> = []
        for entry in table.entries {
            guard case .table(let below) = entry.node.value else { continue }
            inner.insert(entry.key.name)
            let name = Located(
                value: "\(capability.value).\(entry.key.name.lowercased())", position: entry.key.span.start)
            readLimits(of: name, below, into: &result)
        }
        guard table.entries.count > inner.count else { return }
        checkKnown(capability)
        let known = surroundings.knownCapabilities?.contains(capability.value) ?? true
        guard known else { return }
        result[capability.value, default: []] += settings(table, of: "limits.\(capability.value)", besides: inner)
    }
}
