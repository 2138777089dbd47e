import NIOCore
import PulpCapability

/// What a plugin's manifest says about its WebSockets, read once.
struct WebSocketLimits: Sendable {
    let connections: Int
    let messageBytes: Int
    let waitingMessages: Int
    let bufferedBytes: Int
    let queuedBytes: Int
    let queuedTotalBytes: Int
    let pingInterval: TimeAmount
    let pongTimeout: TimeAmount
    let closeTimeout: TimeAmount
    let idleTimeout: TimeAmount

    /// Room in a plugin's largest event for everything of a `ws.frame` but the payload.
    private static let eventOverhead = 128

    init(_ scope: PluginScope) {
        func limit(_ key: SettingKey) -> Int { scope.limit(key, of: WebSocketCapability.id) }
        func time(_ key: SettingKey) -> TimeAmount { .milliseconds(Int64(limit(key))) }
        self.connections = limit(Self.maxConnections)
        self.messageBytes = min(limit(Self.maxMessageBytes), max(scope.maximumMessageBytes - Self.eventOverhead, 0))
        self.waitingMessages = limit(Self.maxWaitingMessages)
        self.bufferedBytes = limit(Self.maxBufferedBytes)
        self.queuedBytes = limit(Self.maxQueuedBytes)
        self.queuedTotalBytes = limit(Self.maxQueuedTotalBytes)
        self.pingInterval = time(Self.pingIntervalMS)
        self.pongTimeout = time(Self.pongTimeoutMS)
        self.closeTimeout = time(Self.closeTimeoutMS)
        self.idleTimeout = time(Self.idleTimeoutMS)
    }

    // MARK: Keys of `[limits.transport.ws.inbound]`

    static let keys = [
        maxConnections, maxMessageBytes, maxWaitingMessages, maxBufferedBytes, maxQueuedBytes, maxQueuedTotalBytes,
        pingIntervalMS, pongTimeoutMS, closeTimeoutMS, idleTimeoutMS,
    ]

    static let maxConnections = SettingKey.integer(
        "max_connections", in: 1...1_000_000, default: 10_000,
        "Connections that the plugin may have at once; one more is answered 503.")
    static let maxMessageBytes = SettingKey.integer(
        "max_message_bytes", in: 1...1_073_741_824, default: 1_048_576,
        "The longest message of a client, over all its fragments; a longer one closes the connection with 1009. "
            + "Never more than the plugin's own max_message_bytes holds. The reference has 32768.")
    static let maxWaitingMessages = SettingKey.integer(
        "max_waiting_messages", in: 1...1_024, default: 4,
        "Messages of one connection that wait for the plugin; with so many its socket is not read any further.")
    static let maxBufferedBytes = SettingKey.integer(
        "max_buffered_bytes", in: 65_536...17_179_869_184, default: 67_108_864,
        "Bytes of all connections that have come and that the plugin has not had, unfinished messages included; over it, "
            + "a connection that adds to them is closed with 1013.")
    static let maxQueuedBytes = SettingKey.integer(
        "max_queued_bytes", in: 131_072...1_073_741_824, default: 8_388_608,
        "Bytes that may wait for one client that reads slowly; one more message closes its connection with 1013.")
    static let maxQueuedTotalBytes = SettingKey.integer(
        "max_queued_total_bytes", in: 131_072...17_179_869_184, default: 268_435_456,
        "Bytes that may wait for all clients together; over it, a message to one that is behind closes its connection "
            + "with 1013.")
    static let pingIntervalMS = SettingKey.integer(
        "ping_interval_ms", in: 0...86_400_000, default: 30_000,
        "A client that was silent for so long is sent a ping; 0 sends none.")
    static let pongTimeoutMS = SettingKey.integer(
        "pong_timeout_ms", in: 1_000...86_400_000, default: 20_000,
        "A client that is silent for so long after a ping is taken for gone.")
    static let closeTimeoutMS = SettingKey.integer(
        "close_timeout_ms", in: 100...600_000, default: 5_000,
        "How long a client has for its part of the closing handshake.")
    static let idleTimeoutMS = SettingKey.integer(
        "idle_timeout_ms", in: 0...604_800_000, default: 0,
        "A connection without a message in either direction for so long is closed with 1001; 0 closes none.")

    // MARK: Keys of `[ws]`

    static let settings = [origins, subprotocols]

    static let origins = SettingKey(
        "origins", .strings, example: "[\"https://app.example.com\"]",
        "Pages that may connect from a browser: `scheme://host[:port]`, `same-host`, or `*` for any. Without the key any "
            + "page may, in a `*.cell.toml` those of the same host.")
    static let subprotocols = SettingKey(
        "subprotocols", .strings, example: "[\"chat.v1\"]",
        "What the plugin speaks; the first that a client asks for is agreed on.")
}
