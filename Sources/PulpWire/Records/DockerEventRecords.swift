extension StepEventKind {
    /// Something happened to a container of the plugin.
    @inlinable public static var dockerEvent: StepEventKind { "docker.event" }
}

/// Something that happened to a container: an event `docker.event`, and what `docker_events_poll` answers a list of.
public struct DockerEvent: Hashable, Sendable {
    /// Nanoseconds since 1970 UTC; no two events of a plugin have the same.
    public var timestamp: Int64
    public var containerID: String
    public var name: String
    /// `start`, `stop`, `die`, `restart`, `destroy` or `oom`.
    public var action: String

    /// An event.
    public init(timestamp: Int64, containerID: String, name: String, action: String) {
        self.timestamp = timestamp
        self.containerID = containerID
        self.name = name
        self.action = action
    }
}

extension DockerEvent: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(4)
        writer.writeKey(.timestamp)
        writer.writeInt64(self.timestamp)
        writer.writeKey(.containerID)
        writer.writeString(self.containerID)
        writer.writeKey(.name)
        writer.writeString(self.name)
        writer.writeKey(.action)
        writer.writeString(self.action)
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(timestamp: 0, containerID: "", name: "", action: "")
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.timestamp: self.timestamp = try reader.readInt64()
            case WireKey.containerID: self.containerID = try reader.readString()
            case WireKey.name: self.name = try reader.readString()
            case WireKey.action: self.action = try reader.readString()
            default: try reader.skipValue()
            }
        }
    }
}

/// What a guest asks `docker_events_poll` for.
public struct DockerEventsRequest: Hashable, Sendable {
    /// Only events after this moment; 0: all that are kept.
    public var sinceNanos: Int64
    /// At most so many, the oldest first; 0 and less: 100.
    public var limit: Int64

    /// A request for events.
    public init(sinceNanos: Int64 = 0, limit: Int64 = 0) {
        self.sinceNanos = sinceNanos
        self.limit = limit
    }
}

extension DockerEventsRequest: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(2)
        writer.writeKey(.sinceNanos)
        writer.writeInt64(self.sinceNanos)
        writer.writeKey(.limit)
        writer.writeShortest(self.limit)
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init()
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.sinceNanos: self.sinceNanos = try reader.readInt64()
            case WireKey.limit: self.limit = try reader.readInt64()
            default: try reader.skipValue()
            }
        }
    }
}
