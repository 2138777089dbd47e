import PulpTOML

/// `[build]`.
extension ManifestValidator {
    mutating func build() -> BuildSettings {
        guard let table = root.table(ManifestSchema.build, &findings) else { return BuildSettings() }
        let section = ManifestSection(
            table, keys: ManifestSchema.buildKeys, prefix: "\(ManifestSchema.build.name).", findings: &findings)
        var settings = BuildSettings()
        settings.language = section.choice(ManifestSchema.language, BuildSettings.languages, &findings)?.value
        settings.sources = section.strings(ManifestSchema.sources, &findings).compactMap { source($0) }
        settings.flags = words(ManifestSchema.flags, in: section)
        settings.command = words(ManifestSchema.command, in: section)
        if section.entry(ManifestSchema.command) != nil, let flags = section.entry(ManifestSchema.flags) {
            findings.add(
                "build.flags has no effect beside build.command", "add them to the command, or remove one of the two",
                at: flags.key.span.start)
        }
        return settings
    }

    /// A path or pattern below the manifest's folder: a plugin's sources are in its own folder.
    private mutating func source(_ text: Located<String>) -> String? {
        let parts = text.value.split(separator: "/", omittingEmptySubsequences: false)
        if text.value.isEmpty || text.value.utf8.contains(0) {
            findings.add(
                "build.sources holds \(text.value.isEmpty ? "an empty path" : "a NUL character")",
                "name a file, a folder or a pattern such as \"src/*.swift\"", at: text.position)
        } else if text.value.hasPrefix("/") || parts.contains("..") {
            findings.add(
                "build.sources \(shown(text.value)) leads out of the manifest's folder",
                "name a path below it, without ..", at: text.position)
        } else {
            return text.value
        }
        return nil
    }

    private mutating func words(_ key: ManifestKey, in section: ManifestSection) -> [String] {
        let words = section.strings(key, &findings)
        for word in words where word.value.utf8.contains(0) {
            findings.add("build.\(key.name) holds a NUL character", "remove it", at: word.position)
        }
        if key == ManifestSchema.command, let entry = section.entry(key), words.first?.value.isEmpty != false,
            case .array(let nodes) = entry.node.value, nodes.isEmpty || words.first?.value.isEmpty == true
        {
            findings.add(
                "build.command names no program", "write it like \(key.example)", at: entry.node.span.start)
        }
        return words.map(\.value)
    }
}
