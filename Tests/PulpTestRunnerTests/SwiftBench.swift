import Foundation
import Pulp
import PulpBuild
import PulpManifest
import PulpTestRunner
import PulpTestSupport

/// Compiles tests in Swift, and runs them against a guest of the repository.
enum SwiftBench {
    static let builder = Builder(
        sdk: SDKLocation(root: Fixture.root.path), environment: ProcessInfo.processInfo.environment,
        cacheFolder: NSTemporaryDirectory() + "pulp-tests-sdk-\(getuid())")

    /// A suite with these lines in it.
    static func suite(_ body: String) -> String { Self.suite("Cases", body) }

    static func suite(_ name: String, _ body: String) -> String {
        "import PulpGuestTesting\nstruct \(name): PluginTests {\nstatic func tests(_ suite: inout Suite) {\n\(body)\n}\n}\n"
    }

    /// - Parameter files: Their texts by their names.
    static func build(_ guest: String, _ files: [String: String]) async throws -> BuiltTests {
        try await withTemporaryFolder { folder in
            for (name, text) in files { try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)")) }
            let sources = files.keys.sorted().map { "\(folder)/\($0)" }
            return try await Self.builder.buildTests(sources, of: PluginProject(Fixture.path(guest)))
        }
    }

    static func module(_ guest: String, _ files: [String: String]) async throws -> TestModule {
        let built = try await Self.build(guest, files)
        return TestModule(bytes: built.bytes, sources: files.keys.sorted().map { "tests/\($0)" })
    }

    static func run(
        _ guest: String, _ module: TestModule, change: (inout TestRunner.Settings) -> Void = { _ in }
    ) async throws -> TestReport {
        var settings = TestRunner.Settings()
        change(&settings)
        return try await Self.run(Fixture.spec(guest), module, settings)
    }

    static func run(_ spec: PluginSpec, _ module: TestModule, _ settings: TestRunner.Settings) async throws
        -> TestReport
    {
        var whole = TestReport()
        for file in try await module.files() {
            for result in try await Bench.run(file, TestRunner(spec, settings: settings)).results { whole.add(result) }
        }
        return whole
    }

    /// What each failed test shows, by its name.
    static func failures(_ report: TestReport) -> [String: [String]] {
        var failures: [String: [String]] = [:]
        for result in report.results {
            guard case .failed(let failure) = result.outcome else { continue }
            failures[result.name] = ["\(failure.position): \(failure.title)"] + failure.details
        }
        return failures
    }
}
