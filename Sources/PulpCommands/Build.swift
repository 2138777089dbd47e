import ArgumentParser
import Foundation
import NIOPosix
import Pulp
import PulpBuild
import PulpListener
import PulpManifest
import PulpSandbox
import UnixSignals

/// `pulp build`: a plugin's module from its sources.
struct Build: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build", abstract: "Builds a plugin's module from its sources.",
        discussion: """
            The language is that of [build] language in the manifest, else that of the files. The module is put where \
            the manifest expects it, and only when it was built. Exit code 1 when the compiler refuses the sources; \
            then its own words are on standard error.
            """)

    @Argument(help: ArgumentHelp("The plugin's folder or its manifest.", valueName: "folder"))
    var plugin = "."

    @Flag(help: "With debug information and little optimised: PULP_BACKTRACE=1 then shows lines of the sources.")
    var debug = false

    @Option(help: "What the module is to be good at: size or speed.")
    var optimize: Optimization = .size

    @Flag(help: "Builds again whenever a source is saved, until it is stopped.")
    var watch = false

    @Flag(help: "Says nothing when all is well.")
    var quiet = false

    func run() async throws {
        let isStopped = try await Workshop.untilStopped { try await self.work() }
        // For whoever watches that is the usual end.
        if isStopped, !self.watch { throw Problem("the build was stopped; the module is the old one") }
    }

    private func work() async throws {
        let builder = try Workshop.builder()
        var project = try Workshop.project(self.plugin)
        guard self.watch else {
            if await !self.buildOnce(project, builder) { throw ExitStatus.problem }
            return
        }
        while !Task.isCancelled {
            // Before the build: what is saved meanwhile is not missed.
            let watcher = try Workshop.refusals { () throws(BuildError) in try SourceWatcher(project) }
            let start = Date.now
            _ = await self.buildOnce(project, builder)
            self.say("waiting for changes in \(Output.printable(project.folder, limit: 4096))")
            guard let changed = try await self.follow(watcher, project, builder, after: (start, .now)) else {
                throw Problem("\(Output.printable(project.folder)) is gone; nothing is left to watch")
            }
            project = changed
        }
    }

    /// Builds after each change of a source.
    ///
    /// - Returns: The project anew, to be built, when its manifest has changed, and with it perhaps what is to be watched;
    ///   nil when the folder is gone.
    private func follow(
        _ watcher: SourceWatcher, _ project: PluginProject, _ builder: Builder, after first: (start: Date, end: Date?)
    ) async throws -> PluginProject? {
        let manifest = URL(filePath: project.manifestPath).lastPathComponent
        var contents = SavedContents(folder: project.folder)
        var last = first
        for await change in watcher {
            if !project.spec.build.command.isEmpty {
                let callsForBuild = contents.callForBuild(change, after: last) { Output.error("pulp: \($0)") }
                guard callsForBuild else { continue }
            }
            if change.mayInclude(manifest) {
                do throws(BuildError) {
                    return try PluginProject(self.plugin)
                } catch {
                    Workshop.explain(error)
                    continue
                }
            }
            last = (.now, nil)
            _ = await self.buildOnce(project, builder)
            last.end = .now
            self.say("waiting for changes")
        }
        try Task.checkCancellation()
        return nil
    }

    private func say(_ text: String) {
        if !self.quiet { Output.line(text) }
    }

    /// - Returns: Whether there is a module that can be run.
    private func buildOnce(_ project: PluginProject, _ builder: Builder) async -> Bool {
        do throws(BuildError) {
            let outcome = try await builder.build(
                project, mode: self.debug ? .debug : .release, optimize: self.optimize)
            return await self.report(outcome, project)
        } catch {
            if error.code != .cancelled { Workshop.explain(error) }
            return false
        }
    }

    private func report(_ outcome: BuildOutcome, _ project: PluginProject) async -> Bool {
        if !outcome.warnings.isEmpty { Output.error(outcome.warnings) }
        let spec = project.spec
        self.say(
            "\(Output.printable(spec.name)) \(Output.printable(spec.version)) built in "
                + Quantity.duration(outcome.duration))
        self.say("  module    \(Output.printable(outcome.wasmPath, limit: 4096)), \(Self.size(outcome))")
        let logger = ProgramLog.logger(.text, .warning)
        let hub = ListenerHub(group: MultiThreadedEventLoopGroup.singleton, limits: .init(), logger: logger)
        let registry = Registry.builtins(listeners: hub, storage: StorageRoot(path: "data"))
        do {
            let loaded = try ManifestSet.manifest(project.manifestPath, registry)
            let check = await CheckReport(
                path: project.manifestPath, loaded: loaded, registry: registry,
                environment: try Startup.environment(logger: logger), detail: .brief)
            // What is wrong is said in any case.
            if check.isGood {
                self.say(check.lines.joined(separator: "\n"))
            } else {
                Output.error(check.lines.joined(separator: "\n"))
            }
            return check.isGood
        } catch let error as ManifestError {
            for diagnostic in error.diagnostics { Output.error("\(diagnostic)") }
        } catch {
            Output.error("pulp: \(error)")
        }
        return false
    }

    /// `37.5 KiB, 120 B more than before`.
    static func size(_ outcome: BuildOutcome) -> String {
        let size = Quantity.bytes(outcome.byteCount)
        guard let previous = outcome.previousByteCount else { return size }
        let change = outcome.byteCount - previous
        guard change != 0 else { return "\(size), as before" }
        return "\(size), \(Quantity.bytes(abs(change))) \(change > 0 ? "more" : "less") than before"
    }
}

extension Optimization: ExpressibleByArgument {}
