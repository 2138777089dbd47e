import Foundation
import Pulp

/// What `pulp run` prints when everything is up: what runs, what it may do, and where to reach it.
enum StartBlock {
    static func text(_ report: HostReport) -> String {
        var lines = [Self.headline(report.http)]
        for plugin in report.plugins {
            lines += [""] + Self.lines(for: plugin)
            lines += Self.routes(report.http?.routes[plugin.spec.name] ?? [])
        }
        lines.append("")
        if let admin = report.admin { lines.append(Self.row("admin", Self.admin(admin))) }
        lines.append(Self.row("stop", "Ctrl-C, or SIGTERM"))
        return lines.joined(separator: "\n")
    }

    private static func headline(_ http: HostReport.HTTP?) -> String {
        guard let http else { return "\(ProgramVersion.line) runs; no plugin was granted transport.http.inbound" }
        guard let url = http.address.url(isTLS: http.isTLS) else {
            return "\(ProgramVersion.line) serves on \(http.address)"
        }
        let reach = http.address.isEverywhere ? " (all interfaces)" : ""
        return "\(ProgramVersion.line) serves on \(url)\(reach)"
    }

    private static func lines(for plugin: HostPlugin) -> [String] {
        let spec = plugin.spec
        let capabilities = spec.capabilities.isEmpty ? "none" : spec.capabilities.joined(separator: ", ")
        var lines = [
            "  \(Output.printable(spec.name)) \(Output.printable(spec.version))",
            Self.row("manifest", Output.printable(plugin.manifest, limit: 4096)),
            Self.row("capabilities", capabilities),
        ]
        switch spec.instances {
        case .count(1): break
        case .count(let count): lines.append(Self.row("instances", "\(count)"))
        case .perCore: lines.append(Self.row("instances", "one for each core"))
        case .perEvent: lines.append(Self.row("instances", "a fresh one for each event"))
        }
        return lines
    }

    /// The first few, and how many more there are.
    private static func routes(_ routes: [String]) -> [String] {
        let shown = routes.prefix(Self.shownRoutes).map { Output.printable($0) }
        let rest = routes.count > shown.count ? ["and \(routes.count - shown.count) more"] : []
        return (shown + rest).enumerated().map { Self.row($0.offset == 0 ? "routes" : "", $0.element) }
    }

    private static let shownRoutes = 8

    private static func admin(_ admin: HostReport.Admin) -> String {
        let url = admin.address.url(isTLS: false) ?? "\(admin.address)"
        let note = admin.isElsewhere ? " (the usual port is taken)" : ""
        return "\(url)/.well-known/pulp/health and /ready\(note)"
    }

    private static func row(_ name: String, _ value: String) -> String {
        "    " + name.padding(toLength: 14, withPad: " ", startingAt: 0) + value
    }
}
