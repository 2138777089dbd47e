import ArgumentParser
import Foundation
import Logging
import NIOCore
import NIOPosix
import Pulp
import PulpBuild
import PulpDevelopment
import PulpListener
import PulpManifest
import PulpSandbox
import ServiceLifecycle

/// `pulp dev`: builds a plugin, serves it, and does so again whenever its sources are saved.
struct Dev: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dev", abstract: "Builds and serves a plugin, again at every save.",
        discussion: """
            At a save the plugin is built, loaded and initialised beside the version that runs, and takes its place \
            between two requests: none fails, connections stay open. When it does not build or start, the version \
            before goes on. Open pages reload by themselves, or show what is wrong.
            """)

    @Argument(help: "The plugin's folder or its manifest.")
    var plugin: String = "."

    @Option(help: ArgumentHelp("Where to listen: address:port, [v6]:port, a port, or unix:PATH.", valueName: "address"))
    var listen: String?

    @Option(help: "Where the plugin keeps its files.")
    var storageRoot = "./data"

    @Option(help: ArgumentHelp("Event loops that serve. (default: one for each core)", valueName: "count"))
    var threads: Int?

    @Option(
        help: ArgumentHelp(
            "Seconds that requests which a version has may take after its end, and when stopping.",
            valueName: "seconds"))
    var grace = 10

    @Option(help: "From which level on lines are logged.")
    var logLevel = LogThreshold.warning

    @Option(help: "How log lines look on standard error.")
    var logFormat = LogFormat.text

    @Flag(name: .customLong("no-inject"), help: "Leave pages as they are: they do not reload by themselves.")
    var leavesPages = false

    @Flag(help: "Say how long each part of a save took.")
    var timings = false

    func validate() throws {
        if let threads { try Run.check(threads, in: 1...1024, "--threads") }
        try Run.check(self.grace, in: 0...86_400, "--grace")
        _ = try self.listen.map { try Run.address($0, "--listen") }
    }

    func run() async throws {
        let logger = ProgramLog.logger(self.logFormat, self.logLevel)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: self.threads ?? System.coreCount)
        let run = String(UInt64(Date().timeIntervalSince1970 * 1_000), radix: 36)
        let site = DevelopmentSite(run: run, injects: !self.leavesPages) { Output.error("pulp: \($0)") }
        let hub = ListenerHub(group: group, limits: .init(), logger: logger, answerFilter: site.filter)
        let registry = Registry.builtins(
            listeners: hub,
            storage: StorageRoot(path: self.storageRoot, environment: ProcessInfo.processInfo.environment))
        do { try site.open(on: hub) } catch { throw Problem("\(error)") }
        let (ups, up) = AsyncStream.makeStream(of: HostReport.self)
        let host = Pulp.Host(
            [], settings: try self.settings(), registry: registry, hub: hub,
            environment: try Startup.environment(logger: logger, group: group), group: group, logger: logger
        ) {
            up.yield($0)
            up.finish()
        }
        let loop = try self.loop(host, hub, site, registry)
        try await Run.serve(
            host, beside: [loop, Beginning(reports: ups, loop: loop, plugin: self.plugin)], logger: logger)
    }

    private func loop(
        _ host: Pulp.Host, _ hub: ListenerHub, _ site: DevelopmentSite, _ registry: Registry
    ) throws -> DevelopmentLoop {
        let environment = ProcessInfo.processInfo.environment
        let showsTimings = self.timings
        do throws(BuildError) {
            let builder = Builder(
                sdk: try SDKLocation.find(environment: environment, executable: Workshop.program),
                environment: environment, cacheFolder: SDKCache.defaultFolder(environment: environment))
            return try DevelopmentLoop(
                self.plugin,
                parts: .init(
                    host: host, hub: hub, site: site, registry: registry,
                    build: { try await builder.build($0, mode: .development) },
                    report: { Self.show($0, timings: showsTimings) }))
        } catch {
            throw Problem(error.message)
        }
    }

    /// The manifest's wish for an address, where there is one: the listener is bound before any plugin is there.
    private func settings() throws -> HostSettings {
        var settings = HostSettings()
        settings.alwaysListens = true
        settings.grace = .seconds(self.grace)
        if let port = ProcessInfo.processInfo.environment["HTTP_PORT"], !port.isEmpty {
            settings.defaultListen = try Run.address(port, "the environment's HTTP_PORT")
        }
        let wish = (try? PluginProject(self.plugin))?.spec.http.listen
        settings.listen =
            try self.listen.map { try Run.address($0, "--listen") }
            ?? wish.map { try Run.address($0, "[http] listen") }
        return settings
    }

    private static func show(_ report: DevelopmentReport, timings: Bool) {
        switch report {
        case .note(let note): Output.error("pulp: \(note)")
        case .serves(let served):
            if !served.warnings.isEmpty { Output.error(served.warnings) }
            Output.line("\(served)")
            if timings { Output.line("  \(served.timings)") }
        case .failed(let failure):
            Output.error(failure.message)
            Output.error(
                failure.isServing
                    ? "pulp: the version before is still served" : "pulp: no version works yet; waiting for a save")
        }
    }
}

/// Says where the plugin is served once the listener is up, and has the loop begin.
private struct Beginning: Service {
    let reports: AsyncStream<HostReport>
    let loop: DevelopmentLoop
    let plugin: String

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await report in self.reports {
                let place = report.http.map { $0.address.url(isTLS: $0.isTLS) ?? "\($0.address)" } ?? "nowhere"
                Output.line("pulp dev serves on \(place) and watches \(Output.printable(self.plugin)); Ctrl-C stops")
                self.loop.begin()
            }
        }
    }
}
