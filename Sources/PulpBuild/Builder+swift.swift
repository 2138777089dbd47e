/// Embedded Swift, against the SDK's modules.
extension Builder {
    /// What the SDK and every plugin are compiled with.
    private static let common = [
        "-target", SwiftToolchain.target, "-wmo", "-parse-as-library", "-swift-version", "6",
        "-enable-experimental-feature", "Embedded", "-enable-experimental-feature", "Extern",
        "-enable-experimental-feature", "Lifetimes", "-enable-upcoming-feature", "ExistentialAny",
        "-enable-upcoming-feature", "MemberImportVisibility", "-Xfrontend", "-disable-stack-protector",
    ]

    func compileSwift(_ job: BuildJob) async throws(BuildError) -> String {
        let sources = try job.project.sources()
        let toolchain = try await SwiftToolchain.find(environment: self.environment)
        let modules = try await self.swiftModules(toolchain, job)
        let object = "\(job.scratch)/plugin.o"
        let compile = Command(
            program: toolchain.swiftc,
            arguments: Self.common + Self.optimization(job) + ["-I", modules, "-module-name", "Guest"] + sources
                + ["-Xfrontend", "-entry-point-function-name", "-Xfrontend", "pulp_main", "-c", "-o", object]
                + job.flags)
        let warnings = try await self.run(compile, job)
        // What a plugin does not use (hash tables, Unicode) the linker leaves out.
        let link = Command(
            program: toolchain.linker,
            arguments: ["--no-entry", "--gc-sections", "-z", "stack-size=131072"]
                + (job.mode == .debug ? [] : ["--strip-debug"])
                + [object, "\(modules)/runtime.o", "\(toolchain.embedded)/libswiftUnicodeDataTables.a"]
                + ["-o", job.output])
        let words = try await self.run(link, job)
        return [warnings, words].filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private static func optimization(_ job: BuildJob) -> [String] {
        switch (job.mode, job.optimization) {
        case (.release, .size): ["-Osize"]
        case (.release, .speed): ["-O"]
        case (.debug, _): ["-Onone", "-g"]
        case (.development, _): ["-Onone"]
        }
    }

    /// The folder of the SDK's interfaces and its C runtime.
    ///
    /// There is no object code of the modules: Embedded Swift compiles what a plugin uses of them together with the
    /// plugin, and only that.
    private func swiftModules(_ toolchain: SwiftToolchain, _ job: BuildJob) async throws(BuildError) -> String {
        let debug = job.mode == .debug ? ["-g"] : []
        let words = [toolchain.version, toolchain.resources, job.mode.rawValue, self.sdk.root] + Self.common
        let key = try SDKCache.key(words, folders: [self.sdk.wire, self.sdk.guest])
        return try await self.cache.entry("swift-\(key)", scratch: job.scratch) { folder throws(BuildError) in
            for (module, sources) in [("PulpWire", self.sdk.wire), ("PulpGuest", self.sdk.guest)] {
                let files = try SourceTree(folder: sources, patterns: []).files().filter { $0.hasSuffix(".swift") }
                let command = Command(
                    program: toolchain.swiftc,
                    arguments: Self.common + debug + ["-Onone", "-I", folder, "-module-name", module]
                        + files.map { "\(sources)/\($0)" }
                        + ["-emit-module", "-emit-module-path", "\(folder)/\(module).swiftmodule"])
                try await self.prepare(command)
            }
            let runtime = Command(
                program: toolchain.clang,
                arguments: ["--target=wasm32", "-std=c17", "-Os", "-ffreestanding"] + debug
                    + ["-I", "\(self.sdk.guest)/C/include", "-c", "\(self.sdk.guest)/C/runtime.c"]
                    + ["-o", "\(folder)/runtime.o"])
            try await self.prepare(runtime)
        }
    }

    /// Runs a compiler on the SDK's own sources, whose warnings are not the plugin's author's.
    private func prepare(_ command: Command) async throws(BuildError) {
        let result = try await command.run(environment: self.environment)
        guard result.isGood else {
            throw BuildError(
                .toolchain,
                "the SDK in \(self.sdk.root) does not compile with \(command.program); it needs Swift 6.2 or later, "
                    + "and PULP_SDK names another one", compilerOutput: result.output)
        }
    }
}
