import PulpTOML

/// The keys that are lists of names.
extension ManifestValidator {
    /// A list of exact names: empty ones and repeated ones are dropped, as in the reference, and said.
    mutating func names(_ key: ManifestKey) -> [String] {
        unique(root.strings(key, &findings), key).map(\.value)
    }

    private mutating func unique(_ names: [Located<String>], _ key: ManifestKey) -> [Located<String>] {
        var seen: Set<String> = []
        var result: [Located<String>] = []
        for name in names {
            if name.value.isEmpty {
                findings.warn("an empty name in \(key.name) is dropped", at: name.position)
            } else if !seen.insert(name.value).inserted {
                findings.warn("\(shown(name.value)) is twice in \(key.name)", at: name.position)
            } else {
                result.append(name)
            }
        }
        return result
    }

    mutating func hostConsumes() -> [String] {
        var seen: Set<String> = []
        var result: [String] = []
        for (index, name) in root.strings(ManifestSchema.hostConsumes, &findings).enumerated() {
            if name.value.trimmed.isEmpty {
                findings.add(
                    "host_consumes[\(index)] must be a non-empty exact provider", "name a provider or remove it",
                    at: name.position)
            } else if name.value.unicodeScalars.contains(where: \.properties.isWhitespace) {
                findings.add(
                    "host_consumes[\(index)] \(shown(name.value)) must not contain whitespace",
                    "remove the white space",
                    at: name.position)
            } else if !seen.insert(name.value).inserted {
                findings.add(
                    "duplicate host_consumes provider \(shown(name.value))", "remove one of the two", at: name.position)
            } else {
                result.append(name.value)
            }
        }
        return result
    }

    mutating func dependsOn(_ name: String) -> [String] {
        let plugins = unique(root.strings(ManifestSchema.dependsOn, &findings), ManifestSchema.dependsOn)
        for plugin in plugins where plugin.value == name {
            findings.add(
                "plugin \(shown(name)) depends_on itself", "remove it: no plugin can wait for itself",
                at: plugin.position)
        }
        return plugins.map(\.value)
    }

    mutating func readCapabilities(into spec: inout PluginSpec) {
        let written = root.strings(ManifestSchema.capabilities, &findings).map {
            Located(value: $0.value.trimmed.lowercased(), position: $0.position)
        }
        for capability in unique(written, ManifestSchema.capabilities) {
            spec.capabilities.append(capability.value)
            spec.capabilityPositions[capability.value] = ManifestPosition(file: findings.file, capability.position)
            checkKnown(capability)
        }
    }

    /// Reports a capability that nobody provides, if it is known who provides what.
    mutating func checkKnown(_ capability: Located<String>) {
        guard let known = surroundings.knownCapabilities, !known.contains(capability.value) else { return }
        let available =
            known.isEmpty ? "none is available here" : "available are \(known.sorted().joined(separator: ", "))"
        let remedy = NearestName.find(capability.value, among: known.sorted()).map { "did you mean \"\($0)\"?" }
        findings.add(
            "there is no capability \(shown(capability.value))", remedy ?? available, at: capability.position)
    }
}
