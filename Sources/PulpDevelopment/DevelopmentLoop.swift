import Foundation
import Pulp
import PulpBuild
import PulpManifest
import ServiceLifecycle
import Synchronization

/// Builds a plugin whenever its sources or its manifest are saved, and has the host put it in the place of the version
/// that runs.
///
/// One at a time: a save ends the build that it overtakes. What does not build, load or initialise changes nothing.
package final class DevelopmentLoop: Service {
    package typealias Build = @Sendable (PluginProject) async throws -> BuildOutcome

    /// What belongs to one run of the program.
    package struct Parts: Sendable {
        package let host: Pulp.Host
        package let hub: ListenerHub
        package let site: DevelopmentSite
        package let registry: Registry
        /// Makes the module of the newest sources.
        package let build: Build
        /// Called with what became of each save, in order.
        package let report: @Sendable (DevelopmentReport) -> Void

        package init(
            host: Pulp.Host, hub: ListenerHub, site: DevelopmentSite, registry: Registry, build: @escaping Build,
            report: @escaping @Sendable (DevelopmentReport) -> Void
        ) {
            self.host = host
            self.hub = hub
            self.site = site
            self.registry = registry
            self.build = build
            self.report = report
        }
    }

    private struct State {
        var project: PluginProject?
        /// Of the version that is served.
        var name: String?
        /// Versions that were served.
        var served = 0
        /// When the last build began, and when it ended; nil while it goes on.
        var build: (start: Date, end: Date?)?
    }

    private let path: String
    private let folder: String
    private let parts: Parts
    private let watching: SourceWatcher.Method
    private let state = Mutex(State())
    private let isUp: AsyncStream<Void>
    private let up: AsyncStream<Void>.Continuation

    /// - Parameter path: A manifest, or the folder of one.
    /// - Throws: ``BuildError`` when there is nothing at `path` to begin with.
    package init(
        _ path: String, parts: Parts, watching: SourceWatcher.Method = .system
    ) throws(BuildError) {
        self.path = path
        self.folder = try Self.folder(path)
        self.parts = parts
        self.watching = watching
        (self.isUp, self.up) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// The host is up: versions can be deployed.
    package func begin() {
        self.up.yield()
        self.up.finish()
    }

    /// Watches and builds until it is asked to stop.
    package func run() async throws {
        try await cancelWhenGracefulShutdown {
            for await _ in self.isUp {}
            guard !Task.isCancelled else { return }
            try await self.loop()
        }
    }

    private func loop() async throws {
        self.state.withLock { $0.project = try? PluginProject(self.path) }
        // Before the first build: what is saved meanwhile is not missed.
        let watcher = try SourceWatcher(
            folder: self.folder, method: self.watching, outlivesFolder: true, isEntered: { self.isEntered($0) }
        ) { self.isWatched($0) }
        var current = self.turn(after: nil, saved: nil)
        var contents = SavedContents(folder: self.folder)
        for await change in watcher {
            if self.hasOwnCommand {
                let build = self.state.withLock { $0.build }
                guard contents.callForBuild(change, after: build, made: { self.parts.report(.note($0)) }) else {
                    continue
                }
            }
            current.cancel()
            current = self.turn(after: current, saved: self.newestDate(of: change))
        }
        current.cancel()
        await current.value
    }

    private func turn(after earlier: Task<Void, Never>?, saved: Date?) -> Task<Void, Never> {
        // Unstructured, since a save ends this build alone. There is one at a time: each waits for the one before, and the
        // loop for the last.
        Task {
            await earlier?.value
            guard !Task.isCancelled else { return }
            await self.turn(saved: saved)
        }
    }

    private var hasOwnCommand: Bool {
        self.state.withLock { $0.project }.map { !$0.spec.build.command.isEmpty } ?? false
    }

    private func isEntered(_ path: String) -> Bool {
        if let project = self.state.withLock({ $0.project }) { return project.isEntered(path) }
        return !path.split(separator: "/").contains { $0.hasPrefix(".") }
    }

    private func isWatched(_ path: String) -> Bool {
        if let project = self.state.withLock({ $0.project }) { return project.isWatched(path) }
        return [".toml", ".swift", ".c", ".h", ".rs", ".go", ".zig"].contains { path.hasSuffix($0) }
    }

    private func newestDate(of change: SourceChange) -> Date? {
        change.paths.compactMap { path in
            let attributes = try? FileManager.default.attributesOfItem(atPath: "\(self.folder)/\(path)")
            return attributes?[.modificationDate] as? Date
        }.max()
    }

    // MARK: One save

    private func turn(saved: Date?) async {
        let watch = saved.map { Duration.seconds(max(-$0.timeIntervalSinceNow, 0)) } ?? .zero
        do {
            let project = try PluginProject(self.path)
            self.state.withLock { $0.project = project }
            let start = ContinuousClock.now
            let outcome = try await self.build(project)
            let build = ContinuousClock.now - start
            let loaded = try Manifest.load(path: project.manifestPath, registry: self.parts.registry)
            try self.checkName(loaded.spec)
            let replacement = try await self.parts.host.deploy(
                HostPlugin(spec: loaded.spec, manifest: project.manifestPath))
            self.serves(loaded.spec.name, outcome, replacement, watch: watch, build: build)
        } catch {
            // A newer save builds now, whatever became of this one: what was cut short has failed for that alone.
            guard !Task.isCancelled else { return }
            self.fails(Self.explain(error))
        }
    }

    private func build(_ project: PluginProject) async throws -> BuildOutcome {
        self.state.withLock { $0.build = (.now, nil) }
        defer { self.state.withLock { $0.build?.end = .now } }
        return try await self.parts.build(project)
    }

    /// Storage and containers are a plugin's by its name: another name is another plugin.
    private func checkName(_ spec: PluginSpec) throws(HostError) {
        guard let name = self.state.withLock({ $0.name }), name != spec.name else { return }
        throw HostError([
            "the plugin's name has changed from \"\(name)\" to \"\(spec.name)\", which makes it another plugin; start "
                + "pulp dev again"
        ])
    }

    private func serves(
        _ name: String, _ outcome: BuildOutcome, _ replacement: HostReplacement, watch: Duration, build: Duration
    ) {
        let number = self.state.withLock { state in
            state.served += 1
            state.name = name
            return state.served
        }
        self.parts.site.serves(number, on: self.parts.hub)
        for note in replacement.notes { self.parts.report(.note(note)) }
        let timings = DevelopmentReport.Timings(
            watch: watch, build: build, load: replacement.load, initialization: replacement.initialization,
            swap: replacement.swap)
        self.parts.report(
            .serves(
                DevelopmentReport.Served(
                    name: name, isReplacement: number > 1, build: build, byteCount: outcome.byteCount,
                    routes: replacement.routes, warnings: outcome.warnings, timings: timings)))
    }

    private func fails(_ message: String) {
        self.parts.site.fails(message)
        let isServing = self.state.withLock { $0.served > 0 }
        self.parts.report(.failed(DevelopmentReport.Failure(message: message, isServing: isServing)))
    }

    private static func explain(_ error: any Error) -> String {
        switch error {
        case let error as ManifestError: error.diagnostics.map(\.description).joined(separator: "\n")
        default: "\(error)"
        }
    }

    /// Where the manifest is, or will be.
    private static func folder(_ path: String) throws(BuildError) -> String {
        var isFolder = ObjCBool(false)
        guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw BuildError(.sources, "\(path): there is no such file or folder; name a plugin's folder")
        }
        if isFolder.boolValue { return path }
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        return path.contains("/") ? folder.relativePath : "."
    }
}
