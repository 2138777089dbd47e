import Foundation
import Pulp
import PulpBuild
import PulpManifest
import PulpTestRunner
import PulpTestSupport
import Testing

@Suite("The examples' own tests")
struct ExampleTests {
    /// Every plugin below Examples: one without tests fails.
    static let examples: [String] = {
        let folder = Fixture.root.appending(path: "Examples").path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { FileManager.default.fileExists(atPath: "\(folder)/\($0)/pulp.plugin.toml") }.sorted()
    }()
    /// Those of whose tests a real host leaves some out.
    static let partlyLive = ["containers", "headlines", "ticker"]

    @Test("are there")
    func all() {
        #expect(Self.examples.contains("hello") && Self.examples.count > 10)
    }

    private static func report(_ example: String, isLive: Bool) async throws -> TestReport {
        let manifest = Fixture.path(example)
        var settings = Bench.settings
        settings.isLive = isLive
        var whole = TestReport()
        var files = try TestFiles.paths(besideManifest: manifest).map { try TestFileReader.read(path: $0) }
        let sources = TestFiles.swiftPaths(besideManifest: manifest)
        if !sources.isEmpty {
            let built = try await SwiftBench.builder.buildTests(sources, of: PluginProject(manifest))
            files += try await TestModule(bytes: built.bytes, sources: built.sources).files()
        }
        #expect(!files.isEmpty)
        let runner = TestRunner(try Fixture.spec(example), settings: settings)
        for file in files {
            for result in try await Bench.run(file, runner).results { whole.add(result) }
        }
        return whole
    }

    @Test("pass against the fake host", arguments: Self.examples)
    func here(example: String) async throws {
        let report = try await Self.report(example, isLive: false)
        #expect(Bench.lines(report).isEmpty)
        #expect(report.skippedCount == 0 && !report.results.isEmpty)
    }

    @Test("go the same way against the real host", arguments: Self.examples)
    func live(example: String) async throws {
        let report = try await Self.report(example, isLive: true)
        #expect(Bench.lines(report).isEmpty)
        #expect((report.skippedCount > 0) == Self.partlyLive.contains(example) && !report.results.isEmpty)
    }
}
