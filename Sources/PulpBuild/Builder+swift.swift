/// Embedded Swift, against the SDK's modules.
extension Builder {
    /// What the SDK and every plugin are compiled with.
    static let common = [
        "-target", SwiftToolchain.target, "-wmo", "-parse-as-library", "-swift-version", "6",
        "-enable-experimental-feature", "Embedded", "-enable-experimental-feature", "Extern",
        "-enable-experimental-feature", "Lifetimes", "-enable-upcoming-feature", "ExistentialAny",
        "-enable-upcoming-feature", "MemberImportVisibility", "-Xfrontend", "-disable-stack-protector",
    ]
    private static let guest = [
        "-module-name", "Guest", "-Xfrontend", "-entry-point-function-name", "-Xfrontend", "pulp_main",
    ]
    static let link = ["--no-entry", "--gc-sections", "-z", "stack-size=131072"]
    private static let runtime = ["--target=wasm32", "-std=c17", "-Os", "-ffreestanding"]

    func compileSwift(_ job: BuildJob) async throws(BuildError) -> String {
        let sources = try job.project.sources()
        let toolchain = try await SwiftToolchain.find(environment: self.environment)
        let modules = try await self.swiftModules(toolchain, scratch: job.scratch)
        let flags = Self.common + ["-I", modules] + Self.guest + job.flags + sources
        return job.mode == .release
            ? try await self.linkOptimised(flags, toolchain, modules, job)
            : try await self.linkAtOnce(flags, toolchain, modules, job)
    }

    /// Optimises the whole program, the C runtime with it: what the standard library keeps for programs that are not
    /// this one goes, which is a quarter of the code.
    ///
    /// The intermediate code is written as text, because compilers of today crash when they write its binary form.
    private func linkOptimised(
        _ flags: [String], _ toolchain: SwiftToolchain, _ modules: String, _ job: BuildJob
    ) async throws(BuildError) -> String {
        let (text, bitcode) = ("\(job.scratch)/plugin.ll", "\(job.scratch)/plugin.bc")
        let optimization = job.optimization == .size ? "-Osize" : "-O"
        let compile = Command(
            program: toolchain.swiftc, arguments: [optimization] + flags + ["-emit-ir", "-o", text])
        let warnings = try await self.run(compile, job)
        let convert = Command(
            program: toolchain.clang,
            arguments: [
                "--target=wasm32", "-Wno-override-module", "-O0", "-Xclang", "-disable-llvm-passes", "-c", "-emit-llvm",
                text, "-o", bitcode,
            ])
        let link = Command(
            program: toolchain.linker,
            arguments: Self.link
                + ["--strip-all", "--keep-section=producers", job.optimization == .size ? "--lto-O2" : "--lto-O3"]
                + ["\(modules)/runtime.bc", "\(modules)/unreached.bc", bitcode]
                + ["--start-lib", "\(modules)/functions.bc", "--end-lib"]
                + ["\(toolchain.embedded)/libswiftUnicodeDataTables.a", "-o", job.output])
        let more = [try await self.run(convert, job), try await self.run(link, job)]
        return ([warnings] + more).filter { !$0.isEmpty }.joined(separator: "\n")
    }

    /// Compiles soon, keeps names, and for a debugger lines.
    private func linkAtOnce(
        _ flags: [String], _ toolchain: SwiftToolchain, _ modules: String, _ job: BuildJob
    ) async throws(BuildError) -> String {
        let object = "\(job.scratch)/plugin.o"
        let debug = job.mode == .debug ? ["-g"] : []
        let compile = Command(
            program: toolchain.swiftc, arguments: ["-Onone"] + debug + flags + ["-c", "-o", object])
        let warnings = try await self.run(compile, job)
        // What a plugin does not use (hash tables, Unicode) the linker leaves out.
        let link = Command(
            program: toolchain.linker,
            arguments: Self.link + ["\(modules)/runtime.o", object]
                + ["--start-lib", "\(modules)/functions.o", "--end-lib"]
                + ["\(toolchain.embedded)/libswiftUnicodeDataTables.a", "-o", job.output])
        let words = try await self.run(link, job)
        return [warnings, words].filter { !$0.isEmpty }.joined(separator: "\n")
    }

    /// The folder of the SDK's interfaces and its C runtime, as object and as bitcode.
    ///
    /// There is no object code of the modules: Embedded Swift compiles what a plugin uses of them together with the
    /// plugin, and only that.
    func swiftModules(_ toolchain: SwiftToolchain, scratch: String) async throws(BuildError) -> String {
        let words = [toolchain.version, toolchain.resources, self.sdk.root] + Self.common + Self.runtime
        let key = try SDKCache.key(words, folders: [self.sdk.wire, self.sdk.guest])
        return try await self.cache.entry("swift-\(key)", scratch: scratch) { folder throws(BuildError) in
            for (module, sources) in [("PulpWire", self.sdk.wire), ("PulpGuest", self.sdk.guest)] {
                try await self.prepareModule(module, of: sources, importing: folder, into: folder, toolchain)
            }
            let made: [(flags: [String], source: String, name: String)] = [
                ([], "runtime.c", "runtime.o"), (["-flto"], "runtime.c", "runtime.bc"),
                (["-flto"], "unreached.c", "unreached.bc"), ([], "functions.c", "functions.o"),
                (["-flto"], "functions.c", "functions.bc"),
            ]
            for part in made {
                let command = Command(
                    program: toolchain.clang,
                    arguments: Self.runtime + part.flags + ["-I", "\(self.sdk.guest)/C/include"]
                        + ["-c", "\(self.sdk.guest)/C/\(part.source)", "-o", "\(folder)/\(part.name)"])
                try await self.prepare(command, "a swift.org toolchain, 6.2 or later")
            }
        }
    }

    /// Makes the interface of one of the SDK's modules.
    func prepareModule(
        _ module: String, of sources: String, importing modules: String, into folder: String,
        _ toolchain: SwiftToolchain
    ) async throws(BuildError) {
        let files = try SourceTree(folder: sources, patterns: []).files().filter { $0.hasSuffix(".swift") }
        let command = Command(
            program: toolchain.swiftc,
            arguments: Self.common + ["-Onone", "-I", modules, "-module-name", module]
                + files.map { "\(sources)/\($0)" }
                + ["-emit-module", "-emit-module-path", "\(folder)/\(module).swiftmodule"])
        try await self.prepare(command, "Swift 6.2 or later")
    }

    /// Runs a compiler on the SDK's own sources, whose warnings are not the plugin's author's.
    func prepare(_ command: Command, _ needed: String) async throws(BuildError) {
        let result = try await command.run(environment: self.environment)
        guard result.isGood else {
            throw BuildError(
                .toolchain,
                "the SDK in \(self.sdk.root) does not compile with \(command.program); it needs \(needed), and PULP_SDK "
                    + "names another SDK", compilerOutput: result.output)
        }
    }
}
