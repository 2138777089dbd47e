import NIOCore
import PulpCapability
import PulpWire

/// What a manifest says about event streams, and the limits on them.
struct StreamSettings: Sendable {
    /// After so long without anything else a stream gets a comment.
    var keepAlive: TimeAmount
    /// Milliseconds for `retry:`; 0 leaves it out.
    var retry: Int
    /// Events kept for each path; 0 keeps none.
    var replay: Int
    /// Whether the plugin is told of subscribers.
    var tellsPlugin: Bool
    /// Fields of every stream's head beside our own.
    var headers: [(name: String, value: String)]
    var subscribers: Int
    var subscribersPerPath: Int
    var queueBytes: Int
    var backlogBytes: Int
    var eventBytes: Int
    var replayBytes: Int
    var replayPaths: Int

    private static let keepAliveKey = SettingKey.integer(
        "keep_alive_ms", in: 10...3_600_000, default: 15_000,
        "After so many milliseconds without an event a stream gets the comment `:ping`.")
    private static let retryKey = SettingKey.integer(
        "retry_ms", in: 0...3_600_000, default: 0,
        "How long clients wait before they connect again, in milliseconds; 0 leaves it to them.")
    private static let replayKey = SettingKey.integer(
        "replay", in: 0...10_000, default: 1_000,
        "Events kept for each path, for clients that come back with `Last-Event-ID`; 0 keeps none.")
    private static let eventsKey = SettingKey(
        "events", .boolean(default: false), "Whether the plugin gets `sse.subscribe` and `sse.unsubscribe`.")
    private static let headersKey = SettingKey(
        "headers", .strings, example: "[\"Access-Control-Allow-Origin: *\"]",
        "Fields of every stream's head, each `Name: value`.")

    static let settings = [keepAliveKey, retryKey, replayKey, eventsKey, headersKey]

    private static let subscribersKey = SettingKey.integer(
        "subscribers", in: 1...1_000_000, default: 4_096, "Clients that may listen at a time.")
    private static let subscribersPerPathKey = SettingKey.integer(
        "subscribers_per_path", in: 1...1_000_000, default: 4_096, "Clients that may listen to one path at a time.")
    private static let queueKey = SettingKey.integer(
        "queue_bytes", in: 1_024...67_108_864, default: 262_144,
        "Bytes that wait for one slow client; when they are as many, it is disconnected.")
    private static let backlogKey = SettingKey.integer(
        "backlog_bytes", in: 1_024...1_073_741_824, default: 16_777_216,
        "Bytes emitted faster than they are handed out; when they are as many, `sse_emit` answers 4.")
    private static let eventKey = SettingKey.integer(
        "event_bytes", in: 1_024...67_108_864, default: 1_048_576, "Bytes of the largest event as it is sent.")
    private static let replayBytesKey = SettingKey.integer(
        "replay_bytes", in: 0...1_073_741_824, default: 4_194_304,
        "Bytes of all events that are kept; those of the path that was silent longest go first.")
    private static let replayPathsKey = SettingKey.integer(
        "replay_paths", in: 1...100_000, default: 1_024,
        "Paths whose events are kept; the one silent longest goes first.")

    static let limits = [
        subscribersKey, subscribersPerPathKey, queueKey, backlogKey, eventKey, replayBytesKey, replayPathsKey,
    ]

    /// - Throws: ``CapabilityError`` for a header that cannot be sent.
    init(_ scope: PluginScope) throws(CapabilityError) {
        let (settings, id) = (scope.settings, ServerSentEventsCapability.id)
        let section = ServerSentEventsCapability.section ?? ""
        self.keepAlive = .milliseconds(Int64(settings.integer(Self.keepAliveKey, in: section)))
        self.retry = settings.integer(Self.retryKey, in: section)
        self.replay = settings.integer(Self.replayKey, in: section)
        self.tellsPlugin = settings.boolean(Self.eventsKey, in: section)
        self.headers = []
        self.subscribers = scope.limit(Self.subscribersKey, of: id)
        self.subscribersPerPath = scope.limit(Self.subscribersPerPathKey, of: id)
        self.queueBytes = scope.limit(Self.queueKey, of: id)
        self.backlogBytes = scope.limit(Self.backlogKey, of: id)
        self.eventBytes = scope.limit(Self.eventKey, of: id)
        self.replayBytes = scope.limit(Self.replayBytesKey, of: id)
        self.replayPaths = scope.limit(Self.replayPathsKey, of: id)
        for line in settings.strings(Self.headersKey, in: section) { self.headers.append(try Self.header(line)) }
    }

    var boardLimits: TopicBoard.Limits {
        TopicBoard.Limits(
            replay: self.replay, replayBytes: self.replayBytes, replayPaths: self.replayPaths,
            subscribers: self.subscribers, subscribersPerPath: self.subscribersPerPath)
    }

    private static func header(_ line: String) throws(CapabilityError) -> (name: String, value: String) {
        let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        let value = parts.count == 2 ? String(parts[1].drop { $0 == " " }) : ""
        let isName = name.utf8.allSatisfy { 0x21...0x7E ~= $0 && !"\"(),/;<=>?@[\\]{}".utf8.contains($0) }
        let isValue = value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
        guard parts.count == 2, !name.isEmpty, isName, isValue else {
            throw CapabilityError(
                .operationFailed, "[sse] headers: each is \"Name: value\", such as \"Access-Control-Allow-Origin: *\"")
        }
        return (name, value)
    }
}
