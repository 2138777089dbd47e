/// What a guest asks `docker_build` for: an image, made in the background.
public struct DockerBuildRequest: Hashable, Sendable {
    public var arguments: FieldList
    public var imageTag: String
    /// Below the host's folder of templates; empty: that folder itself.
    public var directory: String

    /// A request for an image called `imageTag`.
    public init(imageTag: String, directory: String = "", arguments: FieldList = [:]) {
        self.arguments = arguments
        self.imageTag = imageTag
        self.directory = directory
    }
}

extension DockerBuildRequest: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(self.arguments.isEmpty ? 2 : 3)
        if !self.arguments.isEmpty {
            writer.writeKey(.buildArgs)
            writer.writeFieldMap(self.arguments.firstOfEachName(.exact))
        }
        writer.writeKey(.imageTag)
        writer.writeString(self.imageTag)
        writer.writeKey(.buildDir)
        writer.writeString(self.directory)
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(imageTag: "")
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.buildArgs: self.arguments = try reader.readFieldMap()
            case WireKey.imageTag: self.imageTag = try reader.readString()
            case WireKey.buildDir: self.directory = try reader.readString()
            default: try reader.skipValue()
            }
        }
    }
}

/// What `docker_build_status` answers: how the plugin's last build went, or that one is running.
public struct DockerBuildStatus: Hashable, Sendable {
    public var isBuilding: Bool
    /// When the last build that worked was done, in seconds since 1970 UTC; 0: none yet.
    public var lastBuildTime: Int64
    /// Why the last build failed; empty, and absent on the wire, when it did not.
    public var lastError: String

    /// A state.
    public init(isBuilding: Bool = false, lastBuildTime: Int64 = 0, lastError: String = "") {
        self.isBuilding = isBuilding
        self.lastBuildTime = lastBuildTime
        self.lastError = lastError
    }
}

extension DockerBuildStatus: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(self.lastError.isEmpty ? 2 : 3)
        writer.writeKey(.building)
        writer.writeBool(self.isBuilding)
        writer.writeKey(.lastBuildTime)
        writer.writeInt64(self.lastBuildTime)
        if !self.lastError.isEmpty {
            writer.writeKey(.lastError)
            writer.writeString(self.lastError)
        }
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init()
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.building: self.isBuilding = try reader.readBool()
            case WireKey.lastBuildTime: self.lastBuildTime = try reader.readInt64()
            case WireKey.lastError: self.lastError = try reader.readString()
            default: try reader.skipValue()
            }
        }
    }
}
