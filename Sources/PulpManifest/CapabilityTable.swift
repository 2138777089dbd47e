/// The keys of one table that a capability reads: its own, such as `[sqlite]`, or its `[limits.NAME]`.
package struct CapabilityTable: Hashable, Sendable {
    /// `sqlite`, or `limits.storage.sqlite`.
    package let name: String
    package let keys: [ManifestKey]

    package init(name: String, keys: [ManifestKey]) {
        self.name = name
        self.keys = keys
    }
}

extension ManifestKey {
    /// A key of a capability's table.
    package init(_ name: String, _ kind: Kind, default value: String?, example: String, summary: String) {
        self.init(name, kind, default: value, example: example, isRequired: false, hasNoEffect: false, summary)
    }
}
