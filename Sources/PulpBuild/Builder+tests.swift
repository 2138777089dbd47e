import Foundation

/// Tests in Swift, compiled.
package struct BuiltTests: Sendable {
    /// The module.
    package let bytes: [UInt8]
    /// Its sources, as they were named.
    package let sources: [String]
    /// What the compiler said although it was content; empty most of the time.
    package let warnings: String
}

/// Tests in Swift: one module of all files in the folder `tests`, against the SDK's module for tests.
extension Builder {
    /// Larger sources are data.
    private static let largestSource = 4 << 20

    /// Compiles tests, soon rather than well.
    ///
    /// - Parameters:
    ///   - sources: Their files; at least one.
    ///   - project: The plugin that they are of, in whatever language. What is in Swift can be imported by its tests,
    ///     as the module `Guest`.
    /// - Throws: ``BuildError``; with the compiler's own words when it refused the sources.
    package func buildTests(_ sources: [String], of project: PluginProject) async throws(BuildError) -> BuiltTests {
        let scratch = try ScratchFolder()
        let job = BuildJob(
            project: project, mode: .development, optimization: .size, scratch: scratch.path,
            output: "\(scratch.path)/tests.wasm")
        var suites: [String] = []
        var wantsPlugin = false
        for source in sources {
            let text = try Self.text(of: source)
            suites += try TestSuites.names(in: text, path: source)
            wantsPlugin = wantsPlugin || text.contains("import Guest\n") || text.contains("import Guest\r")
        }
        guard !suites.isEmpty else {
            throw BuildError(
                .sources,
                "\(Files.folder(of: sources.first ?? "")) has no tests in Swift: write `struct NAME: PluginTests`, as "
                    + "docs/testing.md says")
        }
        let toolchain = try await SwiftToolchain.find(environment: self.environment)
        let modules = try await self.swiftModules(toolchain, job)
        let testing = try await self.testingModule(toolchain, modules, job)
        var folders = ["-I", modules, "-I", testing]
        if wantsPlugin, project.language == .swift {
            try await self.emitPlugin(toolchain, folders, job)
            folders += ["-I", scratch.path]
        }
        let entry = "\(scratch.path)/Entry.swift"
        try Files.write(TestSuites.entry(suites), to: entry)
        let object = "\(scratch.path)/tests.o"
        let compile = Command(
            program: toolchain.swiftc,
            arguments: ["-Onone"] + Self.common + folders
                + ["-module-name", "Tests", "-Xfrontend", "-entry-point-function-name", "-Xfrontend", "pulp_main"]
                + sources + [entry, "-c", "-o", object])
        let warnings = try await self.runForTests(compile)
        let link = Command(
            program: toolchain.linker,
            arguments: Self.link + ["\(modules)/runtime.o", object]
                + ["\(toolchain.embedded)/libswiftUnicodeDataTables.a", "-o", job.output])
        let words = try await self.runForTests(link)
        guard let bytes = Files.contents(job.output), !bytes.isEmpty, bytes.count <= Files.largestModule else {
            throw BuildError(.compiler, "the compiler was content and wrote no module of the tests")
        }
        return BuiltTests(
            bytes: bytes, sources: sources,
            warnings: [warnings, words].filter { !$0.isEmpty }.joined(separator: "\n"))
    }

    private static func text(of source: String) throws(BuildError) -> String {
        guard let count = Files.byteCount(source), count <= Self.largestSource, let bytes = Files.contents(source) else {
            throw BuildError(.sources, "\(source) cannot be read; a file of tests has 4 MiB at most")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func runForTests(_ command: Command) async throws(BuildError) -> String {
        let result = try await command.run(environment: self.environment)
        guard result.isGood else {
            throw BuildError(
                .compiler, "the tests were not built: \(Files.name(of: command.program)) says why above",
                compilerOutput: result.output)
        }
        return result.output
    }

    /// The folder of the interface of `PulpGuestTesting`.
    private func testingModule(
        _ toolchain: SwiftToolchain, _ modules: String, _ job: BuildJob
    ) async throws(BuildError) -> String {
        guard Files.isFolder(self.sdk.guestTesting) else {
            throw BuildError(
                .toolchain,
                "the SDK in \(self.sdk.root) has no Sources/PulpGuestTesting, which tests in Swift need; set PULP_SDK to "
                    + "a whole copy of Pulp's folder")
        }
        let words = [toolchain.version, toolchain.resources, self.sdk.root] + Self.common
        let key = try SDKCache.key(words, folders: [self.sdk.wire, self.sdk.guestTesting])
        let scratch = "\(job.scratch)/testing"
        return try await self.cache.entry("swift-tests-\(key)", scratch: scratch) { folder throws(BuildError) in
            try await self.prepareModule(
                "PulpGuestTesting", of: self.sdk.guestTesting, importing: modules, into: folder, toolchain)
        }
    }

    /// The plugin's own sources as a module whose internal declarations tests can see: `@testable import Guest`.
    private func emitPlugin(
        _ toolchain: SwiftToolchain, _ folders: [String], _ job: BuildJob
    ) async throws(BuildError) {
        let command = Command(
            program: toolchain.swiftc,
            arguments: ["-Onone", "-enable-testing"] + Self.common + folders + ["-module-name", "Guest"] + job.flags
                + (try job.project.sources())
                + ["-emit-module", "-emit-module-path", "\(job.scratch)/Guest.swiftmodule"])
        _ = try await self.run(command, job)
    }
}
