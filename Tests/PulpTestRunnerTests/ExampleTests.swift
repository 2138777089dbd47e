import Foundation
import Pulp
import PulpBuild
import PulpManifest
import PulpTestRunner
import PulpTestSupport
import Testing

@Suite("The examples' own tests")
struct ExampleTests {
    static let examples = ["hello", "counter", "echo", "notes", "uploads", "ticker", "chat", "proxy", "guestbook"]

    private static func report(_ example: String, isLive: Bool) async throws -> TestReport {
        let manifest = Fixture.path(example)
        var settings = TestRunner.Settings()
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
        #expect((report.skippedCount == 0 || example == "ticker") && !report.results.isEmpty)
    }
}
