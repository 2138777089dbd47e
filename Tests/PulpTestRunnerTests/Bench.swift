import Foundation
import Pulp
import PulpManifest
import PulpTestRunner
import PulpTestSupport
import Synchronization

/// Runs tests of a text against a guest of the repository.
enum Bench {
    /// With patience for a machine that is busy with something else.
    static var settings: TestRunner.Settings {
        var settings = TestRunner.Settings()
        settings.timeout = .seconds(90)
        return settings
    }

    static func run(
        _ guest: String, _ tests: String, change: (inout TestRunner.Settings) -> Void = { _ in }
    ) async throws -> TestReport {
        try await Self.run(Fixture.spec(guest), tests, change: change)
    }

    static func run(
        _ spec: PluginSpec, _ tests: String, change: (inout TestRunner.Settings) -> Void = { _ in }
    ) async throws -> TestReport {
        var settings = Self.settings
        change(&settings)
        let file = try TestFileReader.read(Array(tests.utf8), path: "t.toml")
        return try await Self.run(file, TestRunner(spec, settings: settings))
    }

    static func run(_ file: TestFile, _ runner: TestRunner) async throws -> TestReport {
        let report = Mutex(TestReport())
        try await runner.run(file) { result in report.withLock { $0.add(result) } }
        return report.withLock { $0 }
    }

    /// What a test's failure shows; nothing when there is none.
    static func lines(_ report: TestReport) -> [String] {
        report.results.flatMap { result -> [String] in
            guard case .failed(let failure) = result.outcome else { return [] }
            return ["\(failure.position): \(failure.title)"] + failure.details
        }
    }

    static func mistakes(_ text: String) -> [String] {
        do throws(ManifestError) {
            _ = try TestFileReader.read(Array(text.utf8), path: "t.toml")
            return []
        } catch {
            return error.diagnostics.map(\.description)
        }
    }
}
