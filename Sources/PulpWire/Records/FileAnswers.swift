/// What `fs_stat` answers.
public struct FileStatResponse: Hashable, Sendable {
    /// The last part of the path.
    public var name: [UInt8]
    /// Bytes.
    public var size: Int64
    /// Nanoseconds since 1970 UTC.
    public var modified: Int64
    /// Kind and permissions, as Go's `fs.FileMode` has them.
    public var mode: UInt32
    public var isFolder: Bool

    /// What is known of a file.
    public init(name: [UInt8], size: Int64, modified: Int64, mode: UInt32, isFolder: Bool) {
        self.name = name
        self.size = size
        self.modified = modified
        self.mode = mode
        self.isFolder = isFolder
    }
}

extension FileStatResponse: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(5)
        writer.writeKey(.name)
        writer.writeString(utf8: self.name.wireBytes)
        writer.writeKey(.size)
        writer.writeInt64(self.size)
        writer.writeKey(.modTimeNanoseconds)
        writer.writeInt64(self.modified)
        writer.writeKey(.mode)
        writer.writeUInt32(self.mode)
        writer.writeKey(.isDir)
        writer.writeBool(self.isFolder)
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(name: [], size: 0, modified: 0, mode: 0, isFolder: false)
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.name: self.name = try reader.readBytes()
            case WireKey.size: self.size = try reader.readInt64()
            case WireKey.modTimeNanoseconds: self.modified = try reader.readInt64()
            case WireKey.mode: self.mode = try reader.readUInt32()
            case WireKey.isDir: self.isFolder = try reader.readBool()
            default: try reader.skipValue()
            }
        }
    }
}

/// What `fs_create_temp` and `fs_mkdir_temp` answer.
public struct FilePathResponse: Hashable, Sendable {
    /// Relative to the plugin's folder.
    public var path: [UInt8]

    /// The path that was made.
    public init(path: [UInt8]) {
        self.path = path
    }
}

extension FilePathResponse: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(1)
        writer.writeKey(.path)
        writer.writeString(utf8: self.path.wireBytes)
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(path: [])
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.path: self.path = try reader.readBytes()
            default: try reader.skipValue()
            }
        }
    }
}
