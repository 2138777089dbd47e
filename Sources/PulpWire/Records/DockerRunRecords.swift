/// What a guest asks `docker_exec` for: a program inside a container, word by word; no shell is between.
public struct DockerExecRequest: Hashable, Sendable {
    public var id: String
    public var command: [String]

    /// A request to run `command` in the container `id`.
    public init(id: String, command: [String]) {
        self.id = id
        self.command = command
    }
}

extension DockerExecRequest: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(2)
        writer.writeKey(.id)
        writer.writeString(self.id)
        writer.writeKey(.cmd)
        writer.writeArrayHeader(self.command.count)
        for word in self.command { writer.writeString(word) }
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(id: "", command: [])
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.id: self.id = try reader.readString()
            case WireKey.cmd: self.command = try reader.readStringArray()
            default: try reader.skipValue()
            }
        }
    }
}

/// What `docker_exec` answers. `output` is the reference's key; `exit_code` and `truncated` are ours.
public struct DockerExecResponse: Hashable, Sendable {
    /// What the program wrote to both its streams, in the order in which it came; any bytes.
    public var output: [UInt8]
    public var exitCode: Int64
    /// Whether the program wrote more than the host keeps.
    public var isTruncated: Bool

    /// An answer.
    public init(output: [UInt8], exitCode: Int64, isTruncated: Bool = false) {
        self.output = output
        self.exitCode = exitCode
        self.isTruncated = isTruncated
    }
}

extension DockerExecResponse: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(self.isTruncated ? 3 : 2)
        writer.writeKey(.output)
        writer.writeString(utf8: self.output.wireBytes)
        writer.writeKey(.exitCode)
        writer.writeShortest(self.exitCode)
        writer.writeTruncation(self.isTruncated)
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(output: [], exitCode: 0)
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.output: self.output = try reader.readBytes()
            case WireKey.exitCode: self.exitCode = try reader.readInt64()
            case WireKey.truncated: self.isTruncated = try reader.readBool()
            default: try reader.skipValue()
            }
        }
    }
}

extension MessagePackWriter {
    fileprivate mutating func writeTruncation(_ isTruncated: Bool) {
        guard isTruncated else { return }
        self.writeKey(.truncated)
        self.writeBool(true)
    }
}

/// What a guest asks `docker_logs` for. `id` and `tail` are the reference's keys; the others are ours and absent when
/// they say nothing.
public struct DockerLogsRequest: Hashable, Sendable {
    public var id: String
    /// Lines from the end; 0 and less: 200.
    public var tail: Int64
    /// `stdout` or `stderr`; empty: both, in the order in which they came.
    public var stream: String
    /// Only what was written after this moment, in nanoseconds since 1970 UTC: an earlier answer's `next_nanos`. 0: all.
    public var sinceNanos: Int64

    /// A request for the last lines of the container `id`.
    public init(id: String, tail: Int64 = 0, stream: String = "", sinceNanos: Int64 = 0) {
        self.id = id
        self.tail = tail
        self.stream = stream
        self.sinceNanos = sinceNanos
    }
}

extension DockerLogsRequest: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(2 + (self.stream.isEmpty ? 0 : 1) + (self.sinceNanos == 0 ? 0 : 1))
        writer.writeKey(.id)
        writer.writeString(self.id)
        writer.writeKey(.tail)
        writer.writeShortest(self.tail)
        if !self.stream.isEmpty {
            writer.writeKey(.stream)
            writer.writeString(self.stream)
        }
        if self.sinceNanos != 0 {
            writer.writeKey(.sinceNanos)
            writer.writeInt64(self.sinceNanos)
        }
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(id: "")
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.id: self.id = try reader.readString()
            case WireKey.tail: self.tail = try reader.readInt64()
            case WireKey.stream: self.stream = try reader.readString()
            case WireKey.sinceNanos: self.sinceNanos = try reader.readInt64()
            default: try reader.skipValue()
            }
        }
    }
}

/// What `docker_logs` answers. `logs` is the reference's key; the others are ours.
public struct DockerLogsResponse: Hashable, Sendable {
    /// The lines as the container wrote them; any bytes.
    public var logs: [UInt8]
    /// When the last of them was written: the next request's `since_nanos`.
    public var nextNanos: Int64
    /// Whether the front was left out, because there was more than the host keeps.
    public var isTruncated: Bool

    /// An answer.
    public init(logs: [UInt8], nextNanos: Int64 = 0, isTruncated: Bool = false) {
        self.logs = logs
        self.nextNanos = nextNanos
        self.isTruncated = isTruncated
    }
}

extension DockerLogsResponse: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(self.isTruncated ? 3 : 2)
        writer.writeKey(.logs)
        writer.writeString(utf8: self.logs.wireBytes)
        writer.writeKey(.nextNanos)
        writer.writeInt64(self.nextNanos)
        writer.writeTruncation(self.isTruncated)
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(logs: [])
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.logs: self.logs = try reader.readBytes()
            case WireKey.nextNanos: self.nextNanos = try reader.readInt64()
            case WireKey.truncated: self.isTruncated = try reader.readBool()
            default: try reader.skipValue()
            }
        }
    }
}
