import ArgumentParser
import Foundation
import Logging
import NIOPosix
import Pulp
import PulpEngine
import PulpListener
import PulpManifest
import PulpSandbox

/// `pulp check`: what `pulp run` would refuse, without running anything.
struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Validates manifests and their modules, and shows what is granted.",
        discussion: """
            Compiles each module, runs nothing of it, and lists every import: granted, stubbed (known, but not in \
            the manifest: calls are refused), or missing (the module cannot be loaded). Exit code 1 when something \
            is wrong.
            """)

    @Argument(help: "The plugins' folders or manifests.")
    var manifests: [String]

    func run() async throws {
        let logger = ProgramLog.logger(.text, .warning)
        let hub = ListenerHub(group: MultiThreadedEventLoopGroup.singleton, limits: .init(), logger: logger)
        let registry = Registry.builtins(listeners: hub, storage: StorageRoot(path: "data"))
        let environment = try Startup.environment(logger: logger)
        var found: [HostPlugin] = []
        var isGood = true
        for (index, path) in self.manifests.enumerated() {
            if index > 0 { Output.line("") }
            do throws(ManifestError) {
                let path = try Manifest.file(of: path)
                let loaded = try ManifestSet.manifest(path, registry)
                found.append(HostPlugin(spec: loaded.spec, manifest: path))
                let report = await CheckReport(
                    path: path, loaded: loaded, registry: registry, environment: environment)
                Output.line(report.lines.joined(separator: "\n"))
                isGood = isGood && report.isGood
            } catch {
                for diagnostic in error.diagnostics { Output.error("\(diagnostic)") }
                isGood = false
            }
        }
        let duplicates = ManifestSet.duplicates(found)
        for line in duplicates { Output.error(line) }
        if !isGood || !duplicates.isEmpty { throw ExitStatus.problem }
    }
}

/// What was found in one plugin.
struct CheckReport {
    /// How much is said about what is good.
    enum Detail {
        /// Everything that was looked at.
        case full
        /// What whoever has just built the module wants to know: its imports, and what is wrong.
        case brief
    }

    private(set) var lines: [String] = []
    private(set) var problems: [String] = []

    var isGood: Bool { self.problems.isEmpty }

    private let detail: Detail

    init(
        path: String, loaded: LoadedManifest, registry: Registry, environment: RuntimeEnvironment,
        detail: Detail = .full
    ) async {
        self.detail = detail
        let spec = loaded.spec
        self.addFull("\(Output.printable(spec.name)) \(Output.printable(spec.version)) (\(path))")
        self.lines += loaded.warnings.map { "  \($0)" }
        do {
            let module = try await RunningPlugin.compile(spec, environment: environment)
            self.addFull("  module    \(spec.module.displayName) compiles")
            self.add(ExportCheck(module))
            self.addMemory(module, limit: spec.limits.maxMemoryPages)
            self.add(ImportPlan(module, spec: spec, registry: registry))
        } catch let error as PluginError {
            self.problems.append(error.message)
        } catch {
            self.problems.append("\(error)")
        }
        self.lines += self.problems.map { "  problem   \($0)" }
        self.addFull(self.isGood ? "  good      it can be run" : "  refused   see the problems above")
    }

    private mutating func addFull(_ line: String) {
        if self.detail == .full { self.lines.append(line) }
    }

    private mutating func add(_ exports: ExportCheck) {
        if let problem = exports.problem {
            self.problems.append(problem)
        } else {
            self.addFull("  exports   all that is required")
        }
    }

    private mutating func addMemory(_ module: Module, limit: Int) {
        guard case .memory(let minimum, _)? = module.export("memory")?.kind else { return }
        if minimum > UInt64(limit) {
            self.problems.append(
                "the module needs \(minimum) pages of memory from the start, and may have \(limit); "
                    + "raise max_memory_pages in the manifest")
        } else {
            self.addFull("  memory    \(minimum) pages of 64 KiB from the start, at most \(limit)")
        }
    }

    private mutating func add(_ plan: ImportPlan) {
        self.problems += plan.problems
        self.lines.append("  imports   \(plan.rows.isEmpty ? "none" : "\(plan.rows.count)")")
        self.lines += Self.lines(of: plan, self.detail)
        if !plan.missing.isEmpty { self.problems.append("\(plan.missing.count) of the imports cannot be linked") }
    }

    private static func lines(of plan: ImportPlan, _ detail: Detail) -> [String] {
        // A language's own runtime imports many of WASI's functions, which all have and nobody asks for.
        let rows = plan.rows.filter { detail == .full || $0.item.module != "wasi_snapshot_preview1" }
        let names = rows.map { Output.printable("\($0.item.module ?? "").\($0.item.name)", limit: 200) }
        let width = min(names.map(\.count).max() ?? 0, 48)
        let lines = zip(names, rows).map { name, row in
            let padded = name.padding(toLength: max(width, name.count), withPad: " ", startingAt: 0)
            return "    \(padded)  \(Self.words(row.link))"
        }
        let others = plan.rows.count - rows.count
        return lines + (others == 0 ? [] : ["    and \(others) of WASI"])
    }

    private static func words(_ link: ImportPlan.Link) -> String {
        switch link {
        case .granted(let capability): "granted by \(capability)"
        case .stubbed(let capability): "stubbed: add \"\(capability)\" to capabilities to grant it"
        case .missing(let reason): "missing: \(Output.printable(reason))"
        }
    }
}
