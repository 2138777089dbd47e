/// What a guest asks `docker_files_read` for; the answer is the file's bytes.
public struct DockerFileReadRequest: Hashable, Sendable {
    public var id: String
    /// Absolute, as the container has it.
    public var path: String

    /// A request for the file at `path` of the container `id`.
    public init(id: String, path: String) {
        self.id = id
        self.path = path
    }
}

extension DockerFileReadRequest: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(2)
        writer.writeKey(.id)
        writer.writeString(self.id)
        writer.writeKey(.path)
        writer.writeString(self.path)
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(id: "", path: "")
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.id: self.id = try reader.readString()
            case WireKey.path: self.path = try reader.readString()
            default: try reader.skipValue()
            }
        }
    }
}

/// What a guest asks `docker_files_write` for.
public struct DockerFileWriteRequest: Hashable, Sendable {
    public var id: String
    /// Absolute, as the container has it; its folder must exist.
    public var path: String
    /// All of the file.
    public var data: [UInt8]

    /// A request to make `data` the file at `path` of the container `id`.
    public init(id: String, path: String, data: [UInt8]) {
        self.id = id
        self.path = path
        self.data = data
    }
}

extension DockerFileWriteRequest: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(3)
        writer.writeKey(.id)
        writer.writeString(self.id)
        writer.writeKey(.path)
        writer.writeString(self.path)
        writer.writeKey(.data)
        writer.writeBinary(self.data)
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(id: "", path: "", data: [])
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.id: self.id = try reader.readString()
            case WireKey.path: self.path = try reader.readString()
            case WireKey.data: self.data = try reader.readBytes()
            default: try reader.skipValue()
            }
        }
    }
}

/// What a guest asks `docker_files_delete` for. The reference calls the container `container` here, not `id`.
public struct DockerFileDeleteRequest: Hashable, Sendable {
    public var container: String
    public var path: String

    /// A request to remove the file at `path` of `container`.
    public init(container: String, path: String) {
        self.container = container
        self.path = path
    }
}

extension DockerFileDeleteRequest: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(2)
        writer.writeKey(.container)
        writer.writeString(self.container)
        writer.writeKey(.path)
        writer.writeString(self.path)
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(container: "", path: "")
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.container: self.container = try reader.readString()
            case WireKey.path: self.path = try reader.readString()
            default: try reader.skipValue()
            }
        }
    }
}
