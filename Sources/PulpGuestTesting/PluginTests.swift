@_exported import PulpWire

/// Tests of a plugin, in a file of the folder `tests` beside its manifest. `pulp test` finds every type of the folder
/// that conforms.
///
/// ```swift
/// import PulpGuestTesting
///
/// struct HelloTests: PluginTests {
///     static func tests(_ suite: inout Suite) {
///         suite.test("greets by name") { host in
///             host.get("/hello/world").expect(status: 200, text: "Hello, world!\n")
///         }
///     }
/// }
/// ```
///
/// Each test meets a fresh plugin with empty storage, and runs in an instance of its own: nothing of one test reaches
/// the next. The first thing that is not as expected ends the test; whatever the test's code was about to do is not
/// done. So nothing here throws, and no `try` is needed.
public protocol PluginTests {
    /// Says which tests there are. Runs before every one of them, with no plugin to ask.
    static func tests(_ suite: inout Suite)
}

/// The tests of one type, and what holds for all of them.
public struct Suite {
    /// Where the plugin's random numbers start; nil for what `pulp test --seed` says.
    public var seed: UInt64?
    /// What the plugin's clock shows when a test begins, such as `2026-01-01T00:00:00Z`, which it shows when this is nil.
    public var start: String?
    /// The real time that one test may take; ten seconds when this is nil.
    public var timeout: Duration?
    /// Keys that take the place of those in the manifest's `[config]`.
    public var config: MessagePackValue = [:]
    /// What answers the plugin's fetches, in every test.
    public var http: [FetchAnswer] = []
    /// What answers the plugin's calls of `spawn.docker`, in every test.
    public var docker: [DockerAnswer] = []

    var tests: [Declared] = []
    private var preparation: ((TestHost) -> Void)?

    struct Declared {
        let record: MessagePackValue
        let body: (TestHost) -> Void
    }

    init() {}

    /// Runs `body` before each test that is added after it, on that test's own plugin.
    public mutating func before(_ body: @escaping (TestHost) -> Void) {
        self.preparation = body
    }

    /// Adds a test.
    ///
    /// - `name`: What it shows, in a few words; each once in a file.
    /// - `config`: Keys that take the place of the manifest's and the suite's.
    /// - `without`: What of the manifest the plugin is not granted in this test, such as `storage.sqlite`.
    /// - `http`: What answers the plugin's fetches; looked at before the suite's.
    /// - `docker`: What answers the plugin's calls of `spawn.docker`; looked at before the suite's.
    /// - `skip`: Why the test is not run; nil to run it.
    /// - `live`: Whether it runs with `pulp test --live` too.
    /// - `body`: The test.
    public mutating func test(
        _ name: String, config: MessagePackValue = [:], without capabilities: [String] = [], http: [FetchAnswer] = [],
        docker: [DockerAnswer] = [], skip reason: String? = nil, live: Bool = true, file: StaticString = #fileID,
        line: UInt32 = #line, column: UInt32 = #column, _ body: @escaping (TestHost) -> Void
    ) {
        var record = Record(Place(file, line, column))
        record["name"] = .string(name)
        record.add(config: config, without: capabilities, http: http, docker: docker)
        if let reason { record["skip"] = .string(reason) }
        if !live { record["live"] = .bool(false) }
        let preparation = self.preparation
        self.tests.append(
            Declared(record: record.value) { host in
                preparation?(host)
                body(host)
            })
    }

    /// Adds a test of a plugin that does not start.
    ///
    /// - `name`: What it shows, in a few words; each once in a file.
    /// - `with`: What the error is, or a text that it contains.
    /// - `config`: Keys that take the place of the manifest's and the suite's.
    /// - `without`: What of the manifest the plugin is not granted in this test.
    /// - `http`: What answers the plugin's fetches.
    /// - `docker`: What answers the plugin's calls of `spawn.docker`.
    public mutating func startFails(
        _ name: String, with message: Match, config: MessagePackValue = [:], without capabilities: [String] = [],
        http: [FetchAnswer] = [], docker: [DockerAnswer] = [], file: StaticString = #fileID, line: UInt32 = #line,
        column: UInt32 = #column
    ) {
        var record = Record(Place(file, line, column))
        record["name"] = .string(name)
        record["start_fails"] = message.value
        record.add(config: config, without: capabilities, http: http, docker: docker)
        self.tests.append(Declared(record: record.value) { _ in })
    }

    /// What the host is told of the suite.
    var record: MessagePackValue {
        var record = Record()
        if let seed { record["seed"] = .int(Int64(clamping: seed)) }
        if let start { record["start"] = .string(start) }
        if let timeout { record["timeout"] = .string(timeout.words) }
        record.add(config: self.config, without: [], http: self.http, docker: self.docker)
        var records: [MessagePackValue] = []
        for test in self.tests { records.append(test.record) }
        record["test"] = .array(records)
        return record.value
    }
}

extension Duration {
    /// As a test file has it, such as `250ms`.
    var words: String {
        let (seconds, attoseconds) = self.components
        return
            "\(max(0, seconds.multipliedReportingOverflow(by: 1000).partialValue &+ attoseconds / 1_000_000_000_000_000))ms"
    }
}
