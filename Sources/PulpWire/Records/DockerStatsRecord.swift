/// What a container uses: what `docker_stats` answers, and `docker_stats_all` a list of.
public struct DockerStats: Hashable, Sendable {
    public var containerID: String
    public var name: String
    /// Of one CPU: 200 is two of them busy.
    public var cpuPercent: Double
    /// Bytes, as all that follow.
    public var memoryUsed: Int64
    public var memoryLimit: Int64
    public var receivedBytes: Int64
    public var sentBytes: Int64
    public var diskReadBytes: Int64
    public var diskWriteBytes: Int64
    /// Seconds since 1970 UTC.
    public var timestamp: Int64

    /// A measurement; what is not given is 0.
    public init(containerID: String, name: String, timestamp: Int64) {
        self.containerID = containerID
        self.name = name
        self.cpuPercent = 0
        self.memoryUsed = 0
        self.memoryLimit = 0
        self.receivedBytes = 0
        self.sentBytes = 0
        self.diskReadBytes = 0
        self.diskWriteBytes = 0
        self.timestamp = timestamp
    }
}

extension DockerStats: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(10)
        writer.writeKey(.containerID)
        writer.writeString(self.containerID)
        writer.writeKey(.name)
        writer.writeString(self.name)
        writer.writeKey(.cpuPercent)
        writer.writeDouble(self.cpuPercent)
        writer.writeKey(.memoryUsed)
        writer.writeInt64(self.memoryUsed)
        writer.writeKey(.memoryLimit)
        writer.writeInt64(self.memoryLimit)
        writer.writeKey(.receivedBytes)
        writer.writeInt64(self.receivedBytes)
        writer.writeKey(.sentBytes)
        writer.writeInt64(self.sentBytes)
        writer.writeKey(.diskReadBytes)
        writer.writeInt64(self.diskReadBytes)
        writer.writeKey(.diskWriteBytes)
        writer.writeInt64(self.diskWriteBytes)
        writer.writeKey(.timestamp)
        writer.writeInt64(self.timestamp)
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(containerID: "", name: "", timestamp: 0)
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.containerID: self.containerID = try reader.readString()
            case WireKey.name: self.name = try reader.readString()
            case WireKey.cpuPercent: self.cpuPercent = try reader.readDouble()
            case WireKey.memoryUsed: self.memoryUsed = try reader.readInt64()
            case WireKey.memoryLimit: self.memoryLimit = try reader.readInt64()
            case WireKey.receivedBytes: self.receivedBytes = try reader.readInt64()
            case WireKey.sentBytes: self.sentBytes = try reader.readInt64()
            case WireKey.diskReadBytes: self.diskReadBytes = try reader.readInt64()
            case WireKey.diskWriteBytes: self.diskWriteBytes = try reader.readInt64()
            case WireKey.timestamp: self.timestamp = try reader.readInt64()
            default: try reader.skipValue()
            }
        }
    }
}
