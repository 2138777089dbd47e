import Pulp
import PulpManifest

/// The imports part of `docs/abi.md`, made from the tables that the host links.
enum ImportTables {
    /// Every capability of the composition root, HTTP among them.
    static var registry: Registry { .everything() }

    static func markdown() -> String {
        self.registry.entries.map(self.section).joined(separator: "\n")
    }

    private static func section(_ entry: RegisteredCapability) -> String {
        let grant = entry.isAlways ? "for every plugin" : "for plugins whose manifest lists it"
        var lines = ["### `\(entry.id)`, \(grant)", ""]
        let modules = Set(entry.signatures.map(\.module)).sorted().map { "`\($0)`" }.joined(separator: ", ")
        let stubs = Set(entry.signatures.map(\.stubStatus)).sorted().map(String.init).joined(separator: ", ")
        lines.append("Module \(modules)." + (entry.isAlways ? "" : " Without the grant: \(stubs)."))
        lines.append("")
        let isDescribed = entry.signatures.contains { !$0.statuses.isEmpty || !$0.summary.isEmpty }
        lines.append("| function | parameters |" + (isDescribed ? " what it does | statuses |" : ""))
        lines.append("| --- | --- |" + (isDescribed ? " --- | --- |" : ""))
        for signature in entry.signatures {
            let front = "| `\(signature.name)` | \(self.parameters(signature)) |"
            lines.append(front + (isDescribed ? " \(signature.summary) | \(self.statuses(signature)) |" : ""))
        }
        for table in self.registry.manifestTables(of: entry) where !table.keys.isEmpty {
            lines += ["", "Manifest, `[\(table.name)]`:", "", ManifestSchema.markdownTable(of: table)]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func parameters(_ signature: ImportSignature) -> String {
        let words = signature.parameters.map { $0.type == .i32 ? $0.name : "\($0.name): \($0.type)" }
        let list = words.isEmpty ? "none" : "`\(words.joined(separator: ", "))`"
        return signature.result == nil ? "\(list); no result" : list
    }

    private static func statuses(_ signature: ImportSignature) -> String {
        signature.statuses.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: "; ")
    }
}
