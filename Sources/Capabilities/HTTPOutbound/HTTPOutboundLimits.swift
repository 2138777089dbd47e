import NIOCore
import PulpCapability

/// What one plugin may take of the host, from `[limits.transport.http.outbound]`.
struct HTTPOutboundLimits: Hashable, Sendable {
    var maximumCalls: Int
    var maximumStreams: Int
    var maximumBodyBytes: Int
    var maximumBufferedBytes: Int
    /// 0 for no limit.
    var maximumStreamBytes: Int
    var maximumTimeout: TimeAmount
    var connectTimeout: TimeAmount
    var readTimeout: TimeAmount
    var idleTimeout: TimeAmount

    /// What `http_fetch` has when the guest names no time, as in the reference.
    static let defaultTimeout = TimeAmount.seconds(30)
    /// The largest chunk of `http_fetch_read`, as in the reference.
    static let maximumChunkBytes = 4 << 20

    init(_ scope: PluginScope) {
        func limit(_ key: SettingKey) -> Int { scope.limit(key, of: HTTPOutboundCapability.id) }
        self.maximumCalls = limit(Self.maxCalls)
        self.maximumStreams = limit(Self.maxStreams)
        self.maximumBodyBytes = limit(Self.maxBodyBytes)
        self.maximumBufferedBytes = limit(Self.maxBufferedBytes)
        self.maximumStreamBytes = limit(Self.maxStreamBytes)
        self.maximumTimeout = .milliseconds(Int64(limit(Self.maxTimeout)))
        self.connectTimeout = .milliseconds(Int64(limit(Self.connectTimeoutMS)))
        self.readTimeout = .milliseconds(Int64(limit(Self.readTimeoutMS)))
        self.idleTimeout = .milliseconds(Int64(limit(Self.idleTimeoutMS)))
    }

    static let keys: [SettingKey] = [
        maxCalls, maxStreams, maxBodyBytes, maxBufferedBytes, maxStreamBytes, maxTimeout, connectTimeoutMS,
        readTimeoutMS, idleTimeoutMS,
    ]

    static let maxCalls = SettingKey.integer(
        "max_calls", in: 1...1024, default: 64, "Calls of `http_fetch` that may wait for their answers at a time.")
    static let maxStreams = SettingKey.integer(
        "max_streams", in: 1...1024, default: 64,
        "Streams of `http_fetch_begin` that may be open at a time, those that are passed on to clients included.")
    static let maxBodyBytes = SettingKey.integer(
        "max_body_bytes", in: 1...(1 << 31), default: 50 << 20, "The largest body that `http_fetch` takes.")
    static let maxBufferedBytes = SettingKey.integer(
        "max_buffered_bytes", in: 1...(1 << 34), default: 128 << 20,
        "Bytes of bodies that the plugin's calls of `http_fetch` may hold together.")
    static let maxStreamBytes = SettingKey.integer(
        "max_stream_bytes", in: 0...(1 << 50), default: 0, "The largest body of a stream; 0 sets no limit.")
    static let maxTimeout = SettingKey.integer(
        "max_timeout_ms", in: 1...86_400_000, default: 300_000,
        "The longest time that `http_fetch` may be given; it has 30 seconds when the guest names none.")
    static let connectTimeoutMS = SettingKey.integer(
        "connect_timeout_ms", in: 1...600_000, default: 10_000, "How long a connection and its TLS handshake may take.")
    static let readTimeoutMS = SettingKey.integer(
        "read_timeout_ms", in: 1...86_400_000, default: 300_000, "How long a server may send nothing.")
    static let idleTimeoutMS = SettingKey.integer(
        "idle_timeout_ms", in: 1...86_400_000, default: 60_000,
        "How long a stream may lie open without being read, passed on or closed.")
}
