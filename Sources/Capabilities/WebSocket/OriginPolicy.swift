/// Which pages may open a WebSocket from a browser: `[ws] origins`, else the dialect's default.
///
/// A browser sends `Origin` and lets no page change it; other programs send none, or what they like, and are let in: the
/// policy protects users of browsers, not the plugin from programs.
struct OriginPolicy: Hashable, Sendable {
    /// Stands in the manifest for: the page comes from the host that the connection goes to.
    static let sameHost = "same-host"

    private let allowsAny: Bool
    private let allowsSameHost: Bool
    private let allowed: Set<String>

    /// - Parameter origins: Of the manifest: `scheme://host[:port]`, `same-host`, `*`.
    /// - Parameter isCell: The reference's later dialect lets in pages of the same host, its first one any.
    init(_ origins: [String], isCell: Bool) {
        self.allowsAny = origins.contains("*") || (origins.isEmpty && !isCell)
        self.allowsSameHost = origins.contains(Self.sameHost) || (origins.isEmpty && isCell)
        self.allowed = Set(origins.map { $0.lowercased() })
    }

    /// - Parameters:
    ///   - origins: Every `Origin` field of the request.
    ///   - host: Where the request went, as its `Host` has it.
    func allows(_ origins: [String], host: String) -> Bool {
        guard let origin = origins.first?.lowercased() else { return true }
        // Two of them come from no browser.
        guard origins.count == 1 else { return false }
        if self.allowsAny || self.allowed.contains(origin) { return true }
        guard self.allowsSameHost, let scheme = origin.firstRange(of: "://") else { return false }
        return origin[scheme.upperBound...] == host.lowercased()
    }
}
