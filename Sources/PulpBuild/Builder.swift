import Foundation
import PulpManifest

/// Makes modules from plugins' sources, each language with its own compiler.
///
/// Every build works in a folder of its own, and puts the module in its place by renaming: one that fails leaves the
/// old module, and two at once do no harm.
package struct Builder: Sendable {
    package let sdk: SDKLocation
    /// What compilers are found in and run with.
    package let environment: [String: String]
    package let cache: SDKCache

    /// - Parameters:
    ///   - environment: Of the process.
    ///   - cacheFolder: Where the SDK's compiled halves are kept; nil makes them anew for each build. Usually
    ///     ``SDKCache/defaultFolder(environment:)``.
    package init(sdk: SDKLocation, environment: [String: String], cacheFolder: String?) {
        self.sdk = sdk
        self.environment = environment
        self.cache = SDKCache(folder: cacheFolder)
    }

    /// Builds the plugin's module where its manifest expects it.
    ///
    /// - Throws: ``BuildError``; with the compiler's own words when it refused the sources.
    package func build(
        _ project: PluginProject, mode: BuildMode = .release, optimize: Optimization = .size
    ) async throws(BuildError) -> BuildOutcome {
        let start = ContinuousClock.now
        let previous = Files.byteCount(project.wasmPath)
        let scratch = try ScratchFolder()
        let job = BuildJob(
            project: project, mode: mode, optimization: optimize, scratch: scratch.path,
            output: "\(scratch.path)/plugin.wasm")
        var warnings = ""
        if !project.spec.build.command.isEmpty {
            warnings = try await self.runCommand(job)
        } else if let language = project.language {
            warnings = try await self.compile(job, language)
        }
        let count = try self.install(job)
        return BuildOutcome(
            wasmPath: project.wasmPath, byteCount: count, previousByteCount: previous,
            duration: ContinuousClock.now - start, warnings: warnings)
    }

    private func compile(_ job: BuildJob, _ language: Language) async throws(BuildError) -> String {
        switch language {
        case .swift: try await self.compileSwift(job)
        case .c: try await self.compileC(job)
        case .rust: try await self.compileRust(job)
        case .go: try await self.compileGo(job)
        case .zig: try await self.compileZig(job)
        }
    }

    /// The author's own command writes the module itself.
    private func runCommand(_ job: BuildJob) async throws(BuildError) -> String {
        let words = job.project.spec.build.command
        guard let name = words.first,
            let program = name.contains("/")
                ? Files.absolute(name.hasPrefix("/") ? name : "\(job.project.folder)/\(name)")
                : SearchPath.find(name, environment: self.environment)
        else {
            throw BuildError(
                .toolchain,
                "\(words.first ?? "") of build.command in \(job.project.manifestPath) is not in PATH; install it, or "
                    + "correct the command")
        }
        let variables = [
            "PULP_SDK": self.sdk.root, "PULP_BUILD_MODE": job.mode.rawValue,
            "PULP_BUILD_OPTIMIZE": job.optimization.rawValue, "PULP_BUILD_OUTPUT": Files.absolute(job.project.wasmPath),
        ]
        let command = Command(
            program: program, arguments: Array(words.dropFirst()), folder: job.project.folder, variables: variables)
        return try await self.run(command, job)
    }

    private func install(_ job: BuildJob) throws(BuildError) -> Int {
        guard job.project.spec.build.command.isEmpty else {
            guard let count = Files.byteCount(job.project.wasmPath), count > 0 else {
                throw BuildError(
                    .compiler,
                    "build.command of \(job.project.manifestPath) was content, but wrote no \(job.project.wasmPath)")
            }
            return count
        }
        return try Files.install(job.output, to: job.project.wasmPath)
    }

    /// Runs a compiler.
    ///
    /// - Returns: What it said although it was content.
    func run(_ command: Command, _ job: BuildJob) async throws(BuildError) -> String {
        let result = try await command.run(environment: self.environment)
        guard result.isGood else {
            throw BuildError(
                .compiler, "\(job.project.spec.name) was not built: \(Files.name(of: command.program)) says why above",
                compilerOutput: result.output)
        }
        return result.output
    }
}

/// One build on its way.
struct BuildJob: Sendable {
    let project: PluginProject
    let mode: BuildMode
    let optimization: Optimization
    /// A folder that is gone afterwards.
    let scratch: String
    /// Where the compiler writes the module.
    let output: String

    var flags: [String] { self.project.spec.build.flags }
}
