import Foundation
import PulpDevelopment
import PulpTestSupport
import Synchronization

@testable import PulpBuild

/// `pulp dev` over a folder with a plugin, whose compiler is one that copies the fixture `swapped`: a source that says
/// `broken` does not compile.
struct DevelopmentRig: Sendable {
    let host: HostRig
    let folder: String
    private let reports: Reports

    final class Reports: Sendable {
        let lines = Mutex<[DevelopmentReport]>([])
    }

    init(host: HostRig, folder: String, reports: Reports) {
        self.host = host
        self.folder = folder
        self.reports = reports
    }

    var served: Int {
        self.reports.lines.withLock { $0.count { if case .serves = $0 { true } else { false } } }
    }

    var failures: [String] {
        self.reports.lines.withLock { reports in
            reports.compactMap { if case .failed(let failure) = $0 { failure.message } else { nil } }
        }
    }

    var notes: [String] {
        self.reports.lines.withLock { reports in
            reports.compactMap { if case .note(let note) = $0 { note } else { nil } }
        }
    }

    /// Saves a version of the plugin.
    func save(_ version: String, _ settings: [String: String] = [:], name: String = "swapped") throws {
        try Self.write(version, settings, name: name, in: self.folder)
    }

    func write(_ text: String, to file: String) throws { try Self.write(text, to: file, in: self.folder) }

    /// Waits until a version answers.
    func answers(_ version: String) async -> Bool {
        await eventually { (try? await self.host.get("/version").text) == version }
    }

    static func write(
        _ version: String, _ settings: [String: String], name: String, command: String = "", in folder: String
    ) throws {
        let pairs = settings.merging(["version": version]) { $1 }.map { "\($0.key) = \"\($0.value)\"\n" }.sorted()
        let manifest = """
            name = "\(name)"
            version = "1.0.0"
            wasm = "plugin.wasm"
            capabilities = ["transport.http.inbound", "transport.ws.inbound", "transport.sse"]
            tick_interval_ms = 20
            \(command.isEmpty ? "" : "build.command = [\"\(command)\"]")

            [config]

            """
        try Self.write(manifest + pairs.joined(), to: "pulp.plugin.toml", in: folder)
    }

    static func write(_ text: String, to file: String, in folder: String) throws {
        try text.write(toFile: "\(folder)/\(file)", atomically: true, encoding: .utf8)
    }

    /// A compiler that takes no time, and refuses what says `broken`.
    static func build(_ project: PluginProject) async throws(BuildError) -> BuildOutcome {
        let source = (try? String(contentsOfFile: "\(project.folder)/plugin.c", encoding: .utf8)) ?? "broken"
        guard !source.contains("broken") else {
            throw BuildError(.compiler, "swapped was not built", compilerOutput: "plugin.c:1:1: error: <broken>")
        }
        let bytes = FileManager.default.contents(atPath: Fixture.wasm("swapped")) ?? Data()
        _ = FileManager.default.createFile(atPath: project.wasmPath, contents: bytes)
        return BuildOutcome(
            wasmPath: project.wasmPath, byteCount: bytes.count, previousByteCount: nil, duration: .zero, warnings: "")
    }
}

/// Develops a plugin in a folder of its own for as long as `body` runs.
///
/// - Parameters:
///   - source: What `plugin.c` says at first.
///   - manifest: What is in place of a manifest at first; nil for version `v1`.
///   - command: What the manifest names as a command of its own; `build` does its work.
///   - isLinked: Whether the folder is named by a link to it.
func withDevelopment(
    source: String = "fine", manifest: String? = nil, command: String = "", isLinked: Bool = false,
    build: @escaping DevelopmentLoop.Build = { try await DevelopmentRig.build($0) },
    _ body: @Sendable (DevelopmentRig) async throws -> Void
) async throws {
    try await withTemporaryFolder { outer in
        let folder = "\(outer)/plugin"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        let link = "\(outer)/link"
        if isLinked { try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: folder) }
        if let manifest {
            try DevelopmentRig.write(manifest, to: "pulp.plugin.toml", in: folder)
        } else {
            try DevelopmentRig.write("v1", [:], name: "swapped", command: command, in: folder)
        }
        try DevelopmentRig.write(source, to: "plugin.c", in: folder)
        let site = DevelopmentSite(run: "test", injects: true) { _ in }
        let reports = DevelopmentRig.Reports()
        try await withHost([], filter: site.filter, prepare: { try site.open(on: $0) }) { rig in
            let loop = try DevelopmentLoop(
                isLinked ? link : folder,
                parts: .init(
                    host: rig.host, hub: rig.hub, site: site, registry: rig.registry,
                    build: build
                ) { report in reports.lines.withLock { $0.append(report) } })
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await loop.run() }
                loop.begin()
                try await body(DevelopmentRig(host: rig, folder: folder, reports: reports))
                tasks.cancelAll()
            }
        }
    }
}
