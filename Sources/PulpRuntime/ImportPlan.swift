import PulpCapability
import PulpEngine
import PulpManifest

/// What each import of a module is linked to, decided before anything runs: by declared and offered capabilities.
package struct ImportPlan: Sendable {
    package enum Link: Hashable, Sendable {
        /// Real: the capability is declared, or always there.
        case granted(CapabilityID)
        /// Refuses: the capability is known, but not declared.
        case stubbed(CapabilityID)
        /// Nobody provides it.
        case missing(reason: String)
    }

    package struct Row: Hashable, Sendable {
        package let item: ModuleItem
        package let link: Link
    }

    /// In the order of the module.
    package let rows: [Row]
    /// Faults of the declaration itself: unknown capabilities, two providers of one import.
    package let problems: [String]
    /// What is to be set up: always-on ones first, then declared ones in the registry's order.
    package let capabilities: [RegisteredCapability]

    package init(_ module: Module, spec: PluginSpec, registry: Registry) {
        let declared = Set(spec.capabilities)
        let granted = registry.entries.filter { $0.isAlways || declared.contains($0.id.rawValue) }
        self.capabilities = granted.filter(\.isAlways) + granted.filter { !$0.isAlways }
        self.problems = Self.unknown(spec, registry) + Self.clashes(self.capabilities)
        var offers: [String: [Offer]] = [:]
        for entry in registry.entries {
            let isGranted = granted.contains { $0.id == entry.id }
            for signature in entry.signatures {
                // One function may have several shapes, of one capability; the granted one's go before others'.
                let known = offers[signature.key] ?? []
                if known.isEmpty || known.contains(where: { $0.entry.id == entry.id }) {
                    offers[signature.key, default: []].append(Offer(entry: entry, signature: signature))
                } else if isGranted {
                    offers[signature.key] = [Offer(entry: entry, signature: signature)]
                }
            }
        }
        self.rows = module.imports.map { item in
            Row(item: item, link: Self.link(item, offers: offers, granted: Set(granted.map(\.id))))
        }
    }

    private struct Offer {
        let entry: RegisteredCapability
        let signature: ImportSignature
    }

    /// One sentence for each import that cannot be linked.
    package var missing: [String] {
        self.rows.compactMap { row in
            guard case .missing(let reason) = row.link else { return nil }
            return "\(row.item.module ?? "").\(row.item.name): \(reason)"
        }
    }

    private static func link(
        _ item: ModuleItem, offers: [String: [Offer]],
        granted: Set<CapabilityID>
    ) -> Link {
        guard let type = item.functionType else {
            return .missing(reason: "the host provides functions only, and this is a \(item.kindName)")
        }
        let name = "\(item.module ?? "").\(item.name)"
        guard let shapes = offers[name] else {
            let nearest = NearestName.find(name, among: offers.keys.sorted())
            return .missing(reason: "no capability provides it" + (nearest.map { "; did you mean \($0)?" } ?? ""))
        }
        guard let offer = shapes.first(where: { $0.signature.functionType == type }) else {
            let types = shapes.map { "\($0.signature.functionType)" }.joined(separator: " or ")
            return .missing(reason: "the module imports it as \(type), it is \(types)")
        }
        return granted.contains(offer.entry.id) ? .granted(offer.entry.id) : .stubbed(offer.entry.id)
    }

    private static func unknown(_ spec: PluginSpec, _ registry: Registry) -> [String] {
        let available = registry.available.map(\.rawValue)
        return spec.capabilities.filter { !available.contains($0) }.map { name in
            let nearest = NearestName.find(name, among: available).map { "did you mean \"\($0)\"? " } ?? ""
            let list = available.isEmpty ? "none" : available.joined(separator: ", ")
            return "plugin \"\(spec.name)\" declares unknown capability \"\(name)\"; \(nearest)available: \(list)"
        }
    }

    private static func clashes(_ capabilities: [RegisteredCapability]) -> [String] {
        var owners: [String: CapabilityID] = [:]
        var problems: [String] = []
        for capability in capabilities {
            for signature in capability.signatures {
                if let other = owners[signature.key], other != capability.id {
                    problems.append(
                        "both \"\(other)\" and \"\(capability.id)\" provide the import \(signature.key); grant one of them"
                    )
                }
                owners[signature.key] = capability.id
            }
        }
        return problems
    }
}

extension ImportSignature {
    var key: String { "\(self.module).\(self.name)" }
    /// Tells the shapes of one function apart.
    var shape: String { "\(self.key) \(self.functionType)" }
}

extension ModuleItem {
    fileprivate var kindName: String {
        switch self.kind {
        case .function: "function"
        case .memory: "memory"
        case .table: "table"
        case .global: "global"
        case .tag: "tag"
        }
    }
}
