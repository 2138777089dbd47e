import PulpManifest
import PulpTOML

/// One file of tests, read and checked.
package struct TestFile: Sendable {
    /// The file as the user named it.
    package let path: String
    var seed: UInt64?
    /// Nanoseconds since 1970 UTC: what the clock shows when a test begins.
    var start: UInt64 = 1_767_225_600_000_000_000
    /// Real time that one test may take; nil for what the runner allows.
    var timeout: Duration?
    var config: TOMLTable?
    var setup: [TestStep] = []
    var fetches: [CannedFetch] = []
    var docker: [CannedCall] = []
    package var tests: [TestCase] = []
    /// What runs the tests when they are code; nil when they are steps.
    var guest: TestModule?
}

/// One test: what differs from the manifest, and its steps.
package struct TestCase: Sendable {
    package var name: String
    package var position: ManifestPosition
    var config: TOMLTable?
    var without: [String] = []
    var skip: String?
    var isLive = true
    var startFails: TextMatcher?
    var fetches: [CannedFetch] = []
    var docker: [CannedCall] = []
    var steps: [TestStep] = []
    /// Which one of its module's tests it is.
    var number = 0
}

/// One thing that is done, and what is expected after it.
struct TestStep: Sendable {
    var position: ManifestPosition
    var action: TestAction?
    /// What later steps call what this one opens: what `as` says, else its path, or a request's method and path.
    var name: String?
    var checks: [PlacedCheck] = []
    /// A crash is looked for by a later step.
    var mayCrash = false
}

/// What a step does.
enum TestAction: Sendable {
    case request(TestRequest)
    case answer(name: String)
    case subscribe(path: String, headers: [TestHeader])
    case connect(path: String, headers: [TestHeader])
    case send(TestMessage, on: String?)
    case close(name: String, code: UInt16)
    case advance(Duration)
    case event(kind: String, payload: [UInt8])
    case sql(String)
    case restart
    /// An answer of before is looked at again.
    case given(TestAnswer)
}

struct TestHeader: Hashable, Sendable {
    let name: String
    let value: String
}

struct TestRequest: Hashable, Sendable {
    var method: String
    /// With its query, fit for a request line.
    var target: String
    var headers: [TestHeader] = []
    var body: [UInt8] = []
}

/// A message of a WebSocket.
enum TestMessage: Hashable, Sendable {
    case text(String)
    case binary([UInt8])
}

/// What answers a fetch.
struct CannedFetch: Sendable {
    let position: ManifestPosition
    let method: String
    /// The URL; `*` stands for any characters.
    let pattern: String
    var status = 200
    var headers: [TestHeader] = []
    var body: [UInt8] = []
    /// How often it answers; nil for always.
    var times: Int?
    var fails = false
}

/// What answers a function of `spawn.docker`.
struct CannedCall: Sendable {
    let position: ManifestPosition
    let function: String
    var status: Int32 = 0
    var answer: [UInt8] = []
}

/// An expectation and where it stands.
struct PlacedCheck: Sendable {
    let key: String
    let position: ManifestPosition
    let check: TestCheck
}

/// One expectation.
enum TestCheck: Sendable {
    case status(Int)
    /// nil: the header is not there.
    case header(String, TextMatcher?)
    case body(TextMatcher)
    case json(JSONValue)
    case bytes([UInt8])
    case pending
    case events([EventMatcher])
    case messages([MessageMatcher])
    case closed(name: String, code: UInt16?)
    case logs([LogMatcher])
    case noLogs(TextMatcher)
    case fetches([FetchMatcher])
    case denied([String])
    case rows([JSONValue])
    /// nil: there is no such file.
    case file(String, TextMatcher?)
    case result(Int32)
    case crash(TextMatcher?)
}

struct EventMatcher: Sendable {
    var data: TextMatcher?
    var event: String?
    var id: String?
    var stream: String?
}

struct MessageMatcher: Sendable {
    var text: TextMatcher?
    var bytes: [UInt8]?
    var on: String?
}

struct LogMatcher: Sendable {
    var message: TextMatcher?
    var level: String?
    var fields: [(name: String, value: TextMatcher)] = []
}

struct FetchMatcher: Sendable {
    var method: String?
    var url: TextMatcher?
    var headers: [(name: String, value: TextMatcher)] = []
    var body: TextMatcher?
}
