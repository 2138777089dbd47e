import Foundation
import Pulp
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
        let paths = TestFiles.paths(besideManifest: manifest)
        #expect(!paths.isEmpty)
        for path in paths {
            let runner = TestRunner(try Fixture.spec(example), settings: settings)
            for result in try await Bench.run(TestFileReader.read(path: path), runner).results { whole.add(result) }
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
