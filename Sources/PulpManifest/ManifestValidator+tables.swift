import PulpTOML

/// The keys that are tables of the host itself: `[env]`, `[http]`.
extension ManifestValidator {
    mutating func environment() -> [EnvironmentVariable] {
        var variables: [EnvironmentVariable] = []
        for entry in root.table(ManifestSchema.environment, &findings)?.entries ?? [] {
            let name = entry.key.name
            if name.isEmpty || name.utf8.contains(0) || name.utf8.contains(UInt8(ascii: "=")) {
                findings.add(
                    "\(shown(name)) cannot be the name of an environment variable",
                    "use a name that is not empty and holds neither = nor NUL", at: entry.key.span.start)
            } else if case .string(let value) = entry.node.value {
                if value.utf8.contains(0) {
                    findings.add("env.\(name) holds a NUL character", "remove it", at: entry.node.span.start)
                }
                variables.append(EnvironmentVariable(name: name, value: value))
            } else {
                findings.add(
                    "env.\(name) must be a string, but is \(entry.node.value.kindName)", "put the value in quotes",
                    at: entry.node.span.start)
            }
        }
        return variables
    }

    // MARK: [http]

    /// The table has keys of the host and keys of capabilities.
    mutating func http(into spec: inout PluginSpec) -> HTTPSettings {
        guard let table = root.table(ManifestSchema.http, &findings) else { return HTTPSettings() }
        let name = ManifestSchema.http.name
        let own = Set(ManifestSchema.httpKeys.map(\.name))
        let hosts = Set(table.entries.map(\.key.name).filter { own.contains($0.lowercased()) })
        // A key that nobody knows is said once, with the host's keys and the capabilities' among the suggestions.
        let theirs = Set((surroundings.capabilityTables ?? []).filter { $0.name == name }.flatMap(\.keys).map(\.name))
        let capabilities = Set(
            table.entries.map(\.key.name).filter {
                !hosts.contains($0) && (surroundings.capabilityTables == nil || theirs.contains($0.lowercased()))
            })
        let section = ManifestSection(
            table, keys: ManifestSchema.httpKeys, prefix: "http.", besides: capabilities,
            otherNames: theirs.sorted(), findings: &findings)
        let others = Set(table.entries.map(\.key.name)).subtracting(capabilities)
        if !capabilities.isEmpty {
            spec.capabilitySections[name, default: []] += settings(table, of: name, besides: others)
        }
        var settings = HTTPSettings()
        if let listen = section.string(ManifestSchema.listen, &findings) {
            if !Self.isAddress(listen.value) {
                findings.add(
                    "http.listen is not address:port", "write it like \(ManifestSchema.listen.example)",
                    at: listen.position)
            }
            settings.listen = listen.value
        }
        let certificate = file(section, ManifestSchema.tlsCertificate, "the TLS certificate")
        let key = file(section, ManifestSchema.tlsKey, "the TLS key")
        if let certificate, let key {
            settings.tls = HTTPSettings.TLSFiles(certificate: certificate, key: key)
        }
        checkPair(section, ManifestSchema.tlsCertificate, ManifestSchema.tlsKey)
        checkPair(section, ManifestSchema.tlsKey, ManifestSchema.tlsCertificate)
        return settings
    }

    private mutating func file(_ section: ManifestSection, _ key: ManifestKey, _ noun: String) -> String? {
        guard let text = section.string(key, &findings) else { return nil }
        guard !text.value.isEmpty else {
            findings.add("http.\(key.name) is empty", "write it like \(key.example)", at: text.position)
            return nil
        }
        return existingFile(text, noun, "correct the path")
    }

    private mutating func checkPair(_ section: ManifestSection, _ present: ManifestKey, _ wanted: ManifestKey) {
        guard let entry = section.entry(present), section.entry(wanted) == nil else { return }
        findings.addMissing(
            "http.\(present.name) needs http.\(wanted.name)", "add a line like \(wanted.example)",
            at: entry.key.span.start)
    }

    /// Whether `text` is `address:port` or `[address]:port`, the port at most 65,535.
    private static func isAddress(_ text: String) -> Bool {
        guard let colon = text.lastIndex(of: ":") else { return false }
        let port = text[text.index(after: colon)...].utf8
        guard 1...5 ~= port.count, port.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }),
            UInt16(String(text[text.index(after: colon)...])) != nil
        else { return false }
        var address = text[..<colon].unicodeScalars
        let isBracketed = address.first == "[" && address.last == "]" && address.count > 2
        if isBracketed {
            address = address.dropFirst().dropLast()
        }
        return !address.isEmpty
            && address.allSatisfy { scalar in
                if scalar == ":" || scalar == "%" { return isBracketed }
                return scalar.isASCII
                    && (scalar.properties.isAlphabetic || "0123456789.-_".unicodeScalars.contains(scalar))
            }
    }
}
