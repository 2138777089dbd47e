import PulpTOML

/// Turns a manifest's table into a spec, collecting every mistake on the way.
///
/// The texts of the reference are kept where it has one, since people search for them.
struct ManifestValidator {
    let surroundings: ManifestSurroundings
    var findings: ManifestFindings
    let root: ManifestSection
    /// The tables of capabilities, as written.
    let sections: [Section]

    /// A capability's table.
    struct Section {
        /// In lower case.
        let name: String
        let node: TOMLNode
    }

    init(_ table: TOMLTable, errors: TOMLErrors?, surroundings: ManifestSurroundings) {
        self.surroundings = surroundings
        self.findings = ManifestFindings(file: surroundings.file, errors: errors)
        let sections = table.entries.filter { surroundings.isSection($0.key.name, $0.node.value) }
        self.sections = sections.map { Section(name: $0.key.name.lowercased(), node: $0.node) }
        self.root = ManifestSection(
            table, keys: ManifestSchema.keys, besides: Set(sections.map(\.key.name)),
            otherNames: (surroundings.capabilityTables ?? []).map(\.name), findings: &findings)
    }

    /// The spec; only worth something when ``findings`` holds no mistake afterwards.
    mutating func spec() -> PluginSpec {
        let dialect = ManifestDialect(file: surroundings.file)
        checkSchemaVersion()
        let name = requiredText(ManifestSchema.name)
        let version = requiredText(ManifestSchema.version)
        var spec = PluginSpec(name: name, version: version, module: .file(modulePath(dialect)))
        spec.dialect = dialect
        spec.sha256 = digest()
        spec.provides = names(ManifestSchema.provides)
        spec.consumes = names(ManifestSchema.consumes)
        spec.hostConsumes = hostConsumes()
        spec.dependsOn = dependsOn(name)
        readCapabilities(into: &spec)
        spec.restart = restart()
        spec.limits = limits()
        spec.instances = instances()
        spec.ticks = ticks(dialect)
        spec.environment = environment()
        spec.http = http(into: &spec)
        spec.capabilityLimits = capabilityLimits()
        for section in sections { read(section, into: &spec) }
        if let table = root.table(ManifestSchema.config, &findings) {
            spec.config = ConfigEncoder(timeZone: surroundings.timeZone).encode(table)
        }
        spec.build = build()
        warnAboutKeysWithoutEffect()
        return spec
    }

    // MARK: Identity

    private mutating func checkSchemaVersion() {
        guard let version = root.integer(ManifestSchema.schemaVersion, in: .min ... .max, &findings) else { return }
        if version.value > 1 {
            findings.add(
                "schema_version \(version.value) is newer than host supports (max 1)",
                "write schema_version = 1, or use a newer Pulp", at: version.position)
        } else if version.value < 0 {
            findings.add(
                "schema_version must be >= 1 (got \(version.value))", "write schema_version = 1", at: version.position)
        }
    }

    private mutating func requiredText(_ key: ManifestKey) -> String {
        guard let entry = root.entry(key) else {
            findings.addMissing("\(key.name) is required", "add a line like \(key.example) at the top")
            return ""
        }
        guard let text = root.string(key, &findings) else { return "" }
        let trimmed = text.value.trimmed
        if trimmed.isEmpty {
            findings.add("\(key.name) is required", "write it like \(key.example)", at: entry.node.span.start)
        } else if trimmed.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            findings.add("\(key.name) holds a control character", "remove it", at: text.position)
        }
        return trimmed
    }

    // MARK: Module

    private mutating func modulePath(_ dialect: ManifestDialect) -> String {
        guard let text = root.string(ManifestSchema.wasm, &findings), !isBlank(text, ManifestSchema.wasm) else {
            let path = resolved(dialect.defaultModule)
            if root.entry(ManifestSchema.wasm) == nil, surroundings.fileExists?(path) == false {
                findings.add(
                    "the module \(shown(path)) is not there", "build it, or name another one with wasm", at: .start)
            }
            return path
        }
        return existingFile(text, "the module", "build it, or correct the path") ?? ""
    }

    /// Whether an optional text is empty, which the reference takes for absent; says so.
    private mutating func isBlank(_ text: Located<String>, _ key: ManifestKey) -> Bool {
        guard text.value.isEmpty else { return false }
        findings.warn("\(key.name) is empty, which counts as absent", at: text.position)
        return true
    }

    /// A path from the manifest, resolved; reports it when it cannot be a path or names no file.
    mutating func existingFile(_ text: Located<String>, _ noun: String, _ remedy: String) -> String? {
        guard !text.value.utf8.contains(0) else {
            findings.add("\(noun)'s path holds a NUL character", "remove it", at: text.position)
            return nil
        }
        let path = resolved(text.value)
        if surroundings.fileExists?(path) == false {
            findings.add("\(noun) \(shown(path)) is not there", remedy, at: text.position)
        }
        return path
    }

    private func resolved(_ path: String) -> String {
        if path.hasPrefix("/") || surroundings.directory.isEmpty || surroundings.directory == "." { return path }
        return surroundings.directory.hasSuffix("/")
            ? surroundings.directory + path : "\(surroundings.directory)/\(path)"
    }

    private mutating func digest() -> String? {
        guard let text = root.string(ManifestSchema.sha256, &findings) else { return nil }
        let digits = text.value.trimmed.lowercased()
        let remedy = "give the 64 digits that sha256sum prints, or remove the key"
        if digits.isEmpty {
            findings.add("wasm_sha256 is required", remedy, at: text.position)
        } else if digits.utf8.count != 64 || !digits.utf8.allSatisfy(\.isHexadecimal) {
            findings.add("wasm_sha256 must be exactly 64 hexadecimal characters", remedy, at: text.position)
        }
        return digits
    }

    private mutating func restart() -> RestartPolicy {
        guard let text = root.string(ManifestSchema.restart, &findings), !isBlank(text, ManifestSchema.restart) else {
            return .onCrash
        }
        if let policy = RestartPolicy(rawValue: text.value.trimmed) { return policy }
        let choices = RestartPolicy.allCases.map(\.rawValue)
        let remedy =
            NearestName.find(text.value.trimmed, among: choices).map { "did you mean \"\($0)\"?" }
            ?? "write it like \(ManifestSchema.restart.example)"
        findings.add(
            "restart \(shown(text.value)) is not one of \(choices.map { "\"\($0)\"" }.joined(separator: ", "))", remedy,
            at: text.position)
        return .onCrash
    }

    private mutating func warnAboutKeysWithoutEffect() {
        for key in ManifestSchema.keys where key.hasNoEffect {
            guard let entry = root.entry(key) else { continue }
            if key.kind == .boolean {
                _ = root.boolean(key, &findings)
            } else {
                _ = root.strings(key, &findings)
            }
            findings.warn("\(key.name) has no effect", at: entry.key.span.start)
        }
    }
}

extension String {
    /// Without white space at both ends.
    var trimmed: String {
        let scalars = unicodeScalars.drop { $0.properties.isWhitespace }
        let end = scalars.lastIndex { !$0.properties.isWhitespace }
        return end.map { String(scalars[...$0]) } ?? ""
    }
}

extension UInt8 {
    fileprivate var isHexadecimal: Bool {
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= self || UInt8(ascii: "a")...UInt8(ascii: "f") ~= self
    }
}
