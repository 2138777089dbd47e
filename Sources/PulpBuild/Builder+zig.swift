import PulpManifest

/// Zig: a module without WASI, with the SDK as the module `pulp`.
extension Builder {
    func compileZig(_ job: BuildJob) async throws(BuildError) -> String {
        let sources = try job.project.sources()
        let toolchain = try await ForeignToolchain.find(.zig, environment: self.environment, sdk: self.sdk)
        let root = try Self.zigRoot(sources, job.project)
        var variables: [String: String] = [:]
        if let cache = self.cache.folder {
            variables = ["ZIG_GLOBAL_CACHE_DIR": "\(cache)/zig", "ZIG_LOCAL_CACHE_DIR": "\(cache)/zig"]
        }
        let command = Command(
            program: toolchain.program,
            arguments: ["build-exe", "-target", "wasm32-freestanding", "-fno-entry", "-rdynamic"]
                + Self.zigFlags(job) + job.flags
                + ["--dep", "pulp", "-Mroot=\(root)", "-Mpulp=\(self.sdk.folder(.zig))/src/pulp.zig"]
                + ["-femit-bin=\(job.output)"], variables: variables)
        return try await self.run(command, job)
    }

    private static func zigFlags(_ job: BuildJob) -> [String] {
        switch (job.mode, job.optimization) {
        case (.release, .size): ["-O", "ReleaseSmall", "-fstrip"]
        case (.release, .speed): ["-O", "ReleaseFast", "-fstrip"]
        case (.debug, _): ["-O", "Debug"]
        case (.development, _): ["-O", "ReleaseSmall", "-fstrip"]
        }
    }

    /// The file that imports the others.
    private static func zigRoot(_ sources: [String], _ project: PluginProject) throws(BuildError) -> String {
        for name in ["plugin.zig", "main.zig", "src/plugin.zig", "src/main.zig", "\(project.spec.name).zig"] {
            let path = project.folder == "." ? name : "\(project.folder)/\(name)"
            if sources.contains(path) { return path }
        }
        if sources.count == 1, let only = sources.first { return only }
        throw BuildError(
            .sources, "none of \(sources.count) sources is plugin.zig; rename the one that imports the others")
    }
}
