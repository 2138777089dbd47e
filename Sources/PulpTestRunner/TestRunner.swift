import Foundation
import NIOCore
import NIOPosix
import Pulp
import PulpManifest
import Synchronization

/// Runs files of tests against one plugin, one test after the other.
package struct TestRunner: Sendable {
    /// How tests are run.
    package struct Settings: Sendable {
        /// Against the host of `pulp run`.
        package var isLive = false
        /// Where random numbers start in files that do not say.
        package var seed: UInt64 = 1
        /// Real time that a test may take whose file does not say.
        package var timeout = Duration.seconds(10)
        /// A test is run when its name or its file's contains one of these; all when there is none.
        package var filters: [String] = []

        package init() {}
    }

    private let spec: PluginSpec
    private let settings: Settings

    /// - Parameter spec: The manifest's; each test changes it as it says.
    package init(_ spec: PluginSpec, settings: Settings) {
        self.spec = spec
        self.settings = settings
    }

    /// Runs the tests of a file.
    ///
    /// - Parameter report: Told of each test as it ends, in order.
    package func run(_ file: TestFile, report: @Sendable (TestResult) -> Void) async throws {
        // One loop for the plugin; one for tests that are code, which wait for it.
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let testGroup = file.guest.map { _ in MultiThreadedEventLoopGroup(numberOfThreads: 1) }
        do {
            for test in file.tests where self.isWanted(test, in: file) {
                let start = ContinuousClock.now
                let outcome = try await self.run(test, of: file, group, testGroup)
                report(
                    TestResult(
                        file: file.path, name: test.name, outcome: outcome, duration: ContinuousClock.now - start))
            }
        } catch {
            try? await group.shutdownGracefully()
            try? await testGroup?.shutdownGracefully()
            throw error
        }
        try await group.shutdownGracefully()
        try await testGroup?.shutdownGracefully()
    }

    private func isWanted(_ test: TestCase, in file: TestFile) -> Bool {
        self.settings.filters.isEmpty
            || self.settings.filters.contains { test.name.contains($0) || file.path.contains($0) }
    }

    private func run(
        _ test: TestCase, of file: TestFile, _ group: any EventLoopGroup, _ testGroup: (any EventLoopGroup)?
    ) async throws -> TestOutcome {
        if let reason = test.skip ?? self.reasonAgainstLive(test, file) { return .skipped(reason) }
        if let failure = self.problem(with: test) { return .failed(failure) }
        let folder: String
        do {
            folder = try TestFolder.make()
        } catch {
            return .failed(TestFailure(test.position, "the test could not be run", ["\(error)"]))
        }
        defer { TestFolder.remove(folder) }
        let setting = CaseSetting(
            seed: file.seed ?? self.settings.seed, start: file.start, fetches: test.fetches + file.fetches,
            docker: test.docker + file.docker)
        let host = CaseHost(
            self.spec(of: test, in: file), setting: setting, isLive: self.settings.isLive, group: group, folder: folder)
        let limit = self.limit(of: test, in: file)
        let code = file.guest.map {
            TestCode(guest: TestGuest(module: $0, group: testGroup ?? group), seed: setting.seed, limit: limit)
        }
        let outcome = await self.within(limit, host, test, file, code)
        await host.stop()
        // Whoever cancels a run wants no outcome of a test that was cut short.
        try Task.checkCancellation()
        return outcome
    }

    /// What the test says and the manifest does not.
    private func problem(with test: TestCase) -> TestFailure? {
        guard let name = test.without.first(where: { !self.spec.capabilities.contains($0) }) else { return nil }
        let granted = self.spec.capabilities.map { Shown.line($0) }.joined(separator: ", ")
        return TestFailure(
            test.position, "without: the manifest does not grant \(Shown.text(name))",
            ["it grants \(granted.isEmpty ? "nothing" : granted)"])
    }

    /// The real time that a test may take: time that it lets pass in a real host comes on top.
    private func limit(of test: TestCase, in file: TestFile) -> Duration {
        let limit = file.timeout ?? self.settings.timeout
        guard self.settings.isLive else { return limit }
        // What code will do is not known before.
        return limit + (file.guest == nil ? Self.advances(of: test, in: file) : LiveRules.longestAdvance)
    }

    private static func advances(of test: TestCase, in file: TestFile) -> Duration {
        (file.setup + test.steps).reduce(.zero) { total, step in
            if case .advance(let amount)? = step.action { total + amount } else { total }
        }
    }

    private func spec(of test: TestCase, in file: TestFile) -> PluginSpec {
        var spec = self.spec
        spec.config = TOMLPacking.config(spec.config, changed: [file.config, test.config])
        spec.capabilities.removeAll(where: test.without.contains)
        // A plugin that is being loaded or started cannot be ended from outside: its own limit does it, and no call of it
        // is of use when the test is over.
        spec.limits.callTimeout = min(spec.limits.callTimeout, self.limit(of: test, in: file) + .seconds(1))
        return spec
    }

    /// Why a test cannot be run against a real host.
    private func reasonAgainstLive(_ test: TestCase, _ file: TestFile) -> String? {
        guard self.settings.isLive else { return nil }
        guard test.isLive else { return "live = false" }
        guard test.docker.isEmpty, file.docker.isEmpty else { return "--live has no answers for spawn.docker" }
        var total = Duration.zero
        for step in file.setup + test.steps {
            if let reason = LiveRules.reason(against: step.action, passed: &total) { return reason }
        }
        return nil
    }

    /// Runs the test, and ends its plugin when it takes too long.
    private func within(
        _ limit: Duration, _ host: CaseHost, _ test: TestCase, _ file: TestFile, _ code: TestCode?
    ) async -> TestOutcome {
        let progress = TestProgress()
        let end = ContinuousClock.now + limit
        return await withTaskGroup(of: TestOutcome?.self) { tasks in
            tasks.addTask {
                await TestTime.$end.withValue(end) {
                    await Self.outcome(CaseRun(host: host, file: file, test: test, progress: progress), code)
                }
            }
            tasks.addTask {
                guard (try? await Task.sleep(until: end)) != nil else { return nil }
                let step =
                    code == nil
                    ? progress.step.map { ["it was at the step at \($0)"] } ?? ["it was starting the plugin"]
                    : progress.step.map { ["its last call was at \($0)"] } ?? []
                return .failed(
                    TestFailure(
                        test.position, "the test took longer than \(Shown.duration(limit)) and was ended",
                        step + [
                            code == nil
                                ? "timeout = \"...\" at the top of the file allows more"
                                : "suite.timeout = .seconds(...) allows more"
                        ]))
            }
            let first = await tasks.first { $0 != nil } ?? nil
            tasks.cancelAll()
            if first != .passed { await host.abort() }
            await tasks.waitForAll()
            // Neither has an outcome when whoever asked for the test has cancelled it; then nobody asks for one.
            return first ?? .skipped("cancelled")
        }
    }

    /// Runs a test that is a list of steps, or one that is code.
    ///
    /// - Returns: nil when the test's time was over.
    private static func outcome(_ run: sending CaseRun, _ code: TestCode?) async -> TestOutcome? {
        do {
            if let code {
                try await GuestRun(run: run, code: code).execute()
            } else {
                try await run.run()
            }
            await run.end()
            return .passed
        } catch {
            await run.end()
            if let skip = error as? TestSkip { return .skipped(skip.reason) }
            if TestTime.isOver { return nil }
            guard let failure = error as? TestFailure else {
                return .failed(TestFailure(run.test.position, "the test could not be run", ["\(error)"]))
            }
            return .failed(failure)
        }
    }
}

/// What cannot be done with a real host.
enum LiveRules {
    /// Real time that a test may let pass.
    static let longestAdvance = Duration.seconds(10)

    /// Why a test that does this is not run; nil for what can be done.
    ///
    /// - Parameter passed: The time that the test has let pass before; with this after.
    static func reason(against action: TestAction?, passed: inout Duration) -> String? {
        switch action {
        case .event: return "--live has no event steps"
        case .advance(let amount):
            passed += amount
            guard passed > Self.longestAdvance else { return nil }
            return "--live would wait for \(Shown.duration(passed)); \(Shown.duration(Self.longestAdvance)) is the most"
        default: return nil
        }
    }
}

/// How far a test has come, for whoever ends it.
final class TestProgress: Sendable {
    private let position = Mutex<ManifestPosition?>(nil)

    /// Where the step that is running stands; nil before the first.
    var step: ManifestPosition? { self.position.withLock { $0 } }

    func begin(_ step: ManifestPosition) {
        self.position.withLock { $0 = step }
    }
}

/// A private folder for one test, in memory where the system has such a place.
enum TestFolder {
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    static func make() throws -> String {
        let memory = "/dev/shm"
        let parents = [memory, NSTemporaryDirectory(), "/tmp"].filter(FileManager.default.isWritableFile)
        // A socket's path has room for about a hundred bytes.
        for parent in parents where parent.utf8.count <= 64 {
            let name = "pulp-test-\(ProcessInfo.processInfo.processIdentifier)-\(UUID().uuidString.prefix(13))"
            let path = (parent.hasSuffix("/") ? parent : parent + "/") + name
            let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o700]
            let made: Void? = try? FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: false, attributes: attributes)
            if made != nil { return path }
        }
        throw Problem(description: "no folder for temporary files can be written; set TMPDIR to one with a short path")
    }

    static func remove(_ path: String) {
        try? FileManager.default.removeItem(atPath: path)
    }
}
