import Foundation
import PulpManifest
import PulpTOML

/// Rust: the SDK is one crate without dependencies, so that rustc alone makes a plugin. A plugin with dependencies of its
/// own is cargo's.
extension Builder {
    func compileRust(_ job: BuildJob) async throws(BuildError) -> String {
        let toolchain = try await ForeignToolchain.find(.rust, environment: self.environment, sdk: self.sdk)
        let sources = try job.project.sources()
        let root = try Self.rustRoot(sources, job.project)
        if try Self.hasDependencies(job.project) { return try await self.compileWithCargo(job, toolchain) }
        let library = try await self.rustLibrary(toolchain, job)
        let command = Command(
            program: toolchain.program,
            arguments: Self.rustFlags(toolchain, job) + Self.rustModuleFlags(job)
                + (try await self.rustLinker(toolchain))
                + ["--crate-type", "cdylib", "--crate-name", "plugin", "--extern", "pulp=\(library)/libpulp.rlib"]
                + job.flags + [root, "-o", job.output])
        return try await self.run(command, job)
    }

    /// What the SDK's crate and the plugin are compiled with alike: a plugin ends where it panics.
    private static func rustFlags(_ toolchain: ForeignToolchain, _ job: BuildJob) -> [String] {
        let level =
            switch (job.mode, job.optimization) {
            case (.release, .size): ["-C", "opt-level=s", "-C", "codegen-units=1"]
            case (.release, .speed): ["-C", "opt-level=3", "-C", "codegen-units=1"]
            case (.debug, _): ["-C", "opt-level=1", "-C", "debuginfo=2"]
            case (.development, _): ["-C", "opt-level=0"]
            }
        return ["--target", toolchain.target, "--edition", "2021", "--color", "never", "-C", "panic=abort"] + level
    }

    private static func rustModuleFlags(_ job: BuildJob) -> [String] {
        switch job.mode {
        case .release: ["-C", "lto=fat", "-C", "strip=debuginfo"]
        case .debug: []
        case .development: ["-C", "strip=debuginfo"]
        }
    }

    /// rustup's compilers bring a linker; those of distributions look for one that is not there.
    private func rustLinker(_ toolchain: ForeignToolchain) async throws(BuildError) -> [String] {
        guard toolchain.program.hasPrefix("/usr/bin/") else { return [] }
        // The oldest first: later ones refuse what the libraries of old compilers hold beside code.
        let linkers = ["wasm-ld-14", "wasm-ld-15", "wasm-ld-16", "wasm-ld"]
        if let named = linkers.lazy.compactMap({ SearchPath.find($0, environment: self.environment) }).first {
            return ["-C", "linker=\(named)"]
        }
        let swift = try? await SwiftToolchain.find(environment: self.environment)
        guard let linker = swift?.linker else {
            throw BuildError(
                .toolchain, "no wasm-ld is in PATH, which \(toolchain.program) needs; install it: apt-get install lld")
        }
        return ["-C", "linker=\(linker)"]
    }

    /// The SDK's crate, compiled once.
    private func rustLibrary(_ toolchain: ForeignToolchain, _ job: BuildJob) async throws(BuildError) -> String {
        let flags = Self.rustFlags(toolchain, job)
        let folder = self.sdk.folder(.rust)
        let key = try SDKCache.key([toolchain.program, toolchain.version] + flags, folders: ["\(folder)/src"])
        return try await self.cache.entry("rust-\(key)", scratch: job.scratch) { entry throws(BuildError) in
            let command = Command(
                program: toolchain.program,
                arguments: flags + ["--crate-type", "rlib", "--crate-name", "pulp", "--cap-lints", "allow"]
                    + ["\(folder)/src/lib.rs", "-o", "\(entry)/libpulp.rlib"])
            try await self.prepare(command, "Rust 1.63 or later")
        }
    }

    /// The file that names the others.
    private static func rustRoot(_ sources: [String], _ project: PluginProject) throws(BuildError) -> String {
        for name in ["src/lib.rs", "lib.rs", "plugin.rs", "\(project.spec.name).rs"] {
            let path = project.folder == "." ? name : "\(project.folder)/\(name)"
            if sources.contains(path) { return path }
        }
        if sources.count == 1, let only = sources.first { return only }
        throw BuildError(
            .sources, "none of \(sources.count) sources is src/lib.rs; rename the one that is the crate's root")
    }

    /// Whether Cargo.toml names crates beside the SDK's.
    private static func hasDependencies(_ project: PluginProject) throws(BuildError) -> Bool {
        guard let bytes = Files.contents("\(project.folder)/Cargo.toml") else { return false }
        let (table, _) = TOML.parseRecovering(bytes)
        for entry in table.entries where entry.key.name == "dependencies" {
            guard case .table(let dependencies) = entry.node.value else { continue }
            return dependencies.entries.contains { $0.key.name != "pulp" }
        }
        return false
    }

    private func compileWithCargo(_ job: BuildJob, _ toolchain: ForeignToolchain) async throws(BuildError) -> String {
        guard let cargo = SearchPath.find("cargo", environment: self.environment) else {
            throw BuildError(
                .toolchain, "Cargo.toml names crates, and no cargo is in PATH; install it: https://rustup.rs")
        }
        let profile = job.mode == .release ? "release" : "dev"
        let level = job.optimization == .size ? "s" : "3"
        let variables = ["CARGO_PROFILE_RELEASE_OPT_LEVEL": level, "CARGO_PROFILE_RELEASE_LTO": "true"]
        // What was compiled of the crates is kept where cargo usually has it.
        let kept = Files.absolute("\(job.project.folder)/target/pulp")
        let command = Command(
            program: cargo,
            arguments: [
                "rustc", "--quiet", "--color", "never", "--lib", "--crate-type", "cdylib", "--target", toolchain.target,
                "--profile", profile, "--target-dir", kept,
            ] + (job.flags.isEmpty ? [] : ["--"] + job.flags),
            folder: job.project.folder, variables: variables)
        let words = try await self.run(command, job)
        let folder = "\(kept)/\(toolchain.target)/\(profile == "dev" ? "debug" : "release")"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let modules = names.filter { $0.hasSuffix(".wasm") }.map { "\(folder)/\($0)" }
        // An older one is of another name that the crate has had.
        guard let made = modules.max(by: Files.isOlder) else {
            throw BuildError(.compiler, "cargo was content and wrote no module to \(folder)")
        }
        _ = try Files.install(made, to: job.output)
        return words
    }
}
