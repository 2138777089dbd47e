import Foundation
import PulpManifest

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
    ///   - project: The plugin that they are of, in whatever language; nil for one without sources. What is in Swift can
    ///     be imported by its tests, as the module `Guest`.
    /// - Throws: ``BuildError``; with the compiler's own words when it refused the sources.
    package func buildTests(_ sources: [String], of project: PluginProject?) async throws(BuildError) -> BuiltTests {
        let scratch = try ScratchFolder()
        let texts = try Self.texts(of: sources)
        var suites: [String] = []
        for (path, text) in texts { suites += try TestSuites.names(in: text, path: path) }
        guard !suites.isEmpty else {
            throw BuildError(
                .sources,
                "\(Files.folder(of: sources.first ?? "")) has no tests in Swift: write `struct NAME: PluginTests`, as "
                    + "docs/testing.md says")
        }
        let imports = texts.contains { _, text in text.contains(/^@testable import Guest\b/.anchorsMatchLineEndings()) }
        let own = imports && project?.language == .swift ? project : nil
        let plugin = try own.map { (project) throws(BuildError) in try Self.texts(of: project.sources()) } ?? []
        let flags = own?.spec.build.flags ?? []
        let toolchain = try await SwiftToolchain.find(environment: self.environment)
        let words =
            ["\(self.debugFlags)", toolchain.version, toolchain.resources, self.sdk.root] + Self.common + flags
            + (texts + plugin).flatMap { [$0.path, $0.text] }
        let key = try SDKCache.key(words, folders: [self.sdk.wire, self.sdk.guest, self.sdk.guestTesting])
        let kept = SDKCache(folder: self.cache.folder.map { $0 + "-tests" })
        let folder = try await kept.entry(key, scratch: "\(scratch.path)/kept") { folder throws(BuildError) in
            let warnings = try await self.compileTests(
                sources, suites, importing: plugin.map(\.path), flags, scratch.path, into: "\(folder)/tests.wasm",
                toolchain)
            try Files.write(warnings, to: "\(folder)/warnings.txt")
        }
        guard let bytes = Files.contents("\(folder)/tests.wasm"), !bytes.isEmpty, bytes.count <= Files.largestModule
        else { throw BuildError(.files, "the module of the tests in \(folder) cannot be read; remove that folder") }
        let warnings = Files.contents("\(folder)/warnings.txt") ?? []
        return BuiltTests(bytes: bytes, sources: sources, warnings: String(decoding: warnings, as: UTF8.self))
    }

    /// Lines in backtraces, for whoever wants them: it takes longer.
    private var debugFlags: [String] { self.environment["PULP_BACKTRACE"] == "1" ? ["-g"] : [] }

    /// - Returns: What the compiler said although it was content.
    private func compileTests(
        _ sources: [String], _ suites: [String], importing plugin: [String], _ flags: [String], _ scratch: String,
        into output: String, _ toolchain: SwiftToolchain
    ) async throws(BuildError) -> String {
        let modules = try await self.swiftModules(toolchain, scratch: scratch)
        var folders = ["-I", modules, "-I", try await self.testingModule(toolchain, modules, scratch)]
        if !plugin.isEmpty {
            try await self.emitPlugin(plugin, flags, folders, into: scratch, toolchain)
            folders += ["-I", scratch]
        }
        let (entry, object) = ("\(scratch)/Entry.swift", "\(scratch)/tests.o")
        try Files.write(TestSuites.entry(suites), to: entry)
        let compile = Command(
            program: toolchain.swiftc,
            arguments: ["-Onone"] + self.debugFlags + Self.common + folders
                + ["-module-name", "Tests", "-Xfrontend", "-entry-point-function-name", "-Xfrontend", "pulp_main"]
                + sources + [entry, "-c", "-o", object])
        let warnings = try await self.runForTests(compile)
        let link = Command(
            program: toolchain.linker,
            arguments: Self.link + ["\(modules)/runtime.o", object]
                + ["\(toolchain.embedded)/libswiftUnicodeDataTables.a", "-o", output])
        let words = try await self.runForTests(link)
        return [warnings, words].filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private static func texts(of sources: [String]) throws(BuildError) -> [(path: String, text: String)] {
        var texts: [(path: String, text: String)] = []
        for source in sources { texts.append((source, try Self.text(of: source))) }
        return texts
    }

    private static func text(of source: String) throws(BuildError) -> String {
        guard let count = Files.byteCount(source), count <= Self.largestSource, let bytes = Files.contents(source)
        else {
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
        _ toolchain: SwiftToolchain, _ modules: String, _ scratch: String
    ) async throws(BuildError) -> String {
        guard Files.isFolder(self.sdk.guestTesting) else {
            throw BuildError(
                .toolchain,
                "the SDK in \(self.sdk.root) has no Sources/PulpGuestTesting, which tests in Swift need; set PULP_SDK to "
                    + "a whole copy of Pulp's folder")
        }
        let words = [toolchain.version, toolchain.resources, self.sdk.root] + Self.common
        let key = try SDKCache.key(words, folders: [self.sdk.wire, self.sdk.guestTesting])
        return try await self.cache.entry("swift-tests-\(key)", scratch: "\(scratch)/testing") {
            folder throws(BuildError) in
            try await self.prepareModule(
                "PulpGuestTesting", of: self.sdk.guestTesting, importing: modules, into: folder, toolchain)
        }
    }

    /// The plugin's own sources as a module whose internal declarations tests can see: `@testable import Guest`.
    private func emitPlugin(
        _ sources: [String], _ flags: [String], _ folders: [String], into scratch: String, _ toolchain: SwiftToolchain
    ) async throws(BuildError) {
        let command = Command(
            program: toolchain.swiftc,
            arguments: ["-Onone", "-enable-testing"] + Self.common + folders + ["-module-name", "Guest"] + flags
                + sources
                + ["-emit-module", "-emit-module-path", "\(scratch)/Guest.swiftmodule"])
        _ = try await self.runForTests(command)
    }
}
