import PulpTOML

/// The keys that say how the plugin runs.
extension ManifestValidator {
    mutating func limits() -> PluginLimits {
        var limits = PluginLimits()
        // The reference takes 0 for absent in its two keys.
        if let pages = root.integer(ManifestSchema.maxMemoryPages, &findings), pages.value > 0 {
            limits.maxMemoryPages = Int(pages.value)
        }
        if let timeout = root.integer(ManifestSchema.callTimeout, &findings), timeout.value > 0 {
            limits.callTimeout = .milliseconds(timeout.value)
        }
        if let bytes = root.integer(ManifestSchema.maxMessageBytes, &findings) {
            limits.maxMessageBytes = Int(bytes.value)
        }
        if let capacity = root.integer(ManifestSchema.queue, &findings) {
            limits.queue = Int(capacity.value)
        }
        return limits
    }

    mutating func instances() -> InstancePolicy {
        let key = ManifestSchema.instances
        guard let entry = root.entry(key), case .integerOrChoice(let range, let choices) = key.kind else {
            return .count(1)
        }
        switch entry.node.value {
        case .integer:
            return .count(root.integer(key, in: range, &findings).map { Int($0.value) } ?? 1)
        case .string("per-core"):
            return .perCore
        case .string("per-event"):
            return .perEvent
        case .string(let text):
            let names = choices.map { "\"\($0)\"" }.joined(separator: " or ")
            let nearest = NearestName.find(text, among: choices).map { "did you mean \"\($0)\"?" }
            findings.add(
                "instances \(shown(text)) is neither a number nor \(names)", nearest ?? "write it like \(key.example)",
                at: entry.node.span.start)
        default:
            findings.add(
                "instances must be an integer or a string, but is \(entry.node.value.kindName)",
                "write instances = 4 or \(key.example)", at: entry.node.span.start)
        }
        return .count(1)
    }

    mutating func ticks(_ dialect: ManifestDialect) -> TickPolicy {
        if let interval = root.integer(ManifestSchema.tickInterval, &findings) {
            return .every(.milliseconds(interval.value))
        }
        return dialect == .cell ? .adaptive : .none
    }
}
