import ArgumentParser
import Foundation
import Pulp
import PulpBuild
import PulpManifest
import PulpTestRunner
import Synchronization

extension TestFormat: ExpressibleByArgument {}

/// `pulp test`: runs a plugin's tests.
struct Test: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Runs a plugin's tests, against a fake host or the real one.",
        discussion: """
            Tests are files beside the manifest: tests/NAME.toml, or tests/NAME.swift in Swift, for plugins in any \
            language. Each test begins with a fresh plugin and empty storage; clock, random numbers and network are \
            the test's own. docs/testing.md says how they are written.

              pulp test                      the plugin in this folder
              pulp test Examples/hello name  only tests with "name" in their own or their file's name
            """)

    @Argument(help: "The plugin's folder or manifest (default: this folder), and words to choose tests by.")
    var arguments: [String] = []

    @Flag(help: "Runs the tests against the real host: sockets, time, storage.")
    var live = false

    @Option(help: "How the report is written.")
    var format = TestFormat.text

    @Option(help: ArgumentHelp("Where the report goes; the terminal gets the text then.", valueName: "file"))
    var output: String?

    @Option(help: ArgumentHelp("Where random numbers start, in files that do not say.", valueName: "number"))
    var seed: UInt64 = 1

    @Flag(help: "Tests the module that is there, without building it first.")
    var noBuild = false

    func run() async throws {
        let (path, filters) = self.places
        let manifest = try ManifestSet.file(of: path)
        guard FileManager.default.fileExists(atPath: manifest) else {
            throw Problem("\(Output.printable(manifest)): there is no such file; name a plugin's folder or manifest")
        }
        async let module = Self.swiftTests(manifest)
        if !self.noBuild { try await Self.build(manifest) }
        let plugin = try ManifestSet.load([manifest], registry: .everything())[0]
        let files = try await Self.read(TestFiles.paths(besideManifest: manifest), module, manifest)
        var settings = TestRunner.Settings()
        settings.isLive = self.live
        settings.seed = self.seed
        settings.filters = filters
        let report = try await self.run(files, TestRunner(plugin.spec, settings: settings))
        try self.write(report)
        guard !report.results.isEmpty else {
            guard !filters.isEmpty else {
                throw Problem(
                    "the suites in tests have no tests; add one: suite.test(\"what it shows\") { host in ... }")
            }
            let words = filters.map { "\"\(Output.printable($0))\"" }.joined(separator: " or ")
            throw Problem("no test has \(words) in its name")
        }
        guard report.failureCount == 0 else { throw ExitStatus.problem }
    }

    /// Builds the plugin when its folder says how; one of which only the module is there is tested as it is.
    private static func build(_ manifest: String) async throws {
        let project = try Workshop.project(manifest)
        guard project.language != nil || !project.spec.build.command.isEmpty else { return }
        let builder = try Workshop.builder()
        do throws(BuildError) {
            let outcome = try await builder.build(project)
            if !outcome.warnings.isEmpty { Output.error(outcome.warnings) }
        } catch {
            throw Problem(
                Workshop.lines(error) + ["pulp: nothing was tested; --no-build tests the module that is there"])
        }
    }

    /// The first argument is a path when something is there, or when it looks like one.
    private var places: (path: String, filters: [String]) {
        guard let first = self.arguments.first else { return (".", []) }
        let isPath = first.contains("/") || first.hasSuffix(".toml") || FileManager.default.fileExists(atPath: first)
        return isPath ? (first, Array(self.arguments.dropFirst())) : (".", self.arguments)
    }

    /// The tests in Swift, compiled; nil when there is none.
    private static func swiftTests(_ manifest: String) async throws -> TestModule? {
        let sources = TestFiles.swiftPaths(besideManifest: manifest)
        guard !sources.isEmpty else { return nil }
        let builder = try Workshop.builder()
        do throws(BuildError) {
            let built = try await builder.buildTests(sources, of: try? PluginProject(manifest))
            if !built.warnings.isEmpty { Output.error(built.warnings) }
            return TestModule(bytes: built.bytes, sources: built.sources)
        } catch {
            throw Problem(Workshop.lines(error))
        }
    }

    /// - Throws: ``Problem`` with every mistake of every file.
    private static func read(
        _ paths: [String], _ module: TestModule?, _ manifest: String
    ) async throws -> [TestFile] {
        guard !paths.isEmpty || module != nil else {
            throw Problem(
                "\(Output.printable(manifest)) has no tests; write tests/NAME.toml or tests/NAME.swift beside it, as "
                    + "docs/testing.md says")
        }
        var files: [TestFile] = []
        var lines: [String] = []
        for path in paths {
            do throws(ManifestError) {
                files.append(try TestFileReader.read(path: path))
            } catch {
                lines += error.diagnostics.map(\.description)
            }
        }
        do {
            files += try await module?.files() ?? []
        } catch let error as ManifestError {
            lines += error.diagnostics.map(\.description)
        } catch let error as TestModuleError {
            lines += error.lines
        }
        guard lines.isEmpty else { throw Problem(lines) }
        return files
    }

    private func run(_ files: [TestFile], _ runner: TestRunner) async throws -> TestReport {
        let report = Mutex(TestReport())
        // Whoever wants another format on the terminal wants nothing else there.
        let isTold = self.format == .text || self.output != nil
        try await Interruption.ending {
            for file in files {
                try await runner.run(file) { result in
                    let isFirst = report.withLock { report in
                        defer { report.add(result) }
                        return report.results.last?.file != result.file
                    }
                    guard isTold else { return }
                    let heading = isFirst ? TestReport.heading(result.file) : ""
                    Output.bytes(Array((heading + TestReport.line(result)).utf8))
                }
            }
        }
        let whole = report.withLock { $0 }
        if isTold, !whole.results.isEmpty { Output.bytes(Array(whole.summary.utf8)) }
        return whole
    }

    private func write(_ report: TestReport) throws(Problem) {
        let text = report.text(self.format)
        guard let output else {
            if self.format != .text { Output.bytes(Array(text.utf8)) }
            return
        }
        guard (try? Data(text.utf8).write(to: URL(filePath: output))) != nil else {
            throw Problem("--output \(Output.printable(output)): the file cannot be written; check its folder")
        }
    }
}
