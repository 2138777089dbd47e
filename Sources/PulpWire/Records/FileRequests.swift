/// What a guest asks `fs_stat` for.
public struct FileStatRequest: Hashable, Sendable {
    /// Relative to the plugin's folder. Bytes, since names of files need not be UTF-8.
    public var path: [UInt8]

    /// A request about what is at `path`.
    public init(path: [UInt8]) {
        self.path = path
    }
}

extension FileStatRequest: WireEncodable, WireDecodable {
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

/// What a guest asks `fs_mkdir_all` and `fs_chmod` for.
public struct FileModeRequest: Hashable, Sendable {
    /// Relative to the plugin's folder. Bytes, since names of files need not be UTF-8.
    public var path: [UInt8]
    /// Permissions; 0 stands for 0755 in `fs_mkdir_all`.
    public var mode: UInt32

    /// A request to give `path` the permissions `mode`.
    public init(path: [UInt8], mode: UInt32 = 0) {
        self.path = path
        self.mode = mode
    }
}

extension FileModeRequest: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(2)
        writer.writeKey(.path)
        writer.writeString(utf8: self.path.wireBytes)
        writer.writeKey(.mode)
        writer.writeUInt32(self.mode)
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(path: [], mode: 0)
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.path: self.path = try reader.readBytes()
            case WireKey.mode: self.mode = try reader.readUInt32()
            default: try reader.skipValue()
            }
        }
    }
}

/// What a guest asks `fs_rename` for.
public struct FileRenameRequest: Hashable, Sendable {
    /// What is to be moved.
    public var old: [UInt8]
    /// Where to; what is there is replaced.
    public var new: [UInt8]

    /// A request to move `old` to `new`.
    public init(old: [UInt8], new: [UInt8]) {
        self.old = old
        self.new = new
    }
}

extension FileRenameRequest: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(2)
        writer.writeKey(.old)
        writer.writeString(utf8: self.old.wireBytes)
        writer.writeKey(.new)
        writer.writeString(utf8: self.new.wireBytes)
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(old: [], new: [])
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.old: self.old = try reader.readBytes()
            case WireKey.new: self.new = try reader.readBytes()
            default: try reader.skipValue()
            }
        }
    }
}

/// What a guest asks `fs_create_temp` and `fs_mkdir_temp` for.
public struct FileTemporaryRequest: Hashable, Sendable {
    /// Where; empty stands for `tmp`.
    public var folder: [UInt8]
    /// The name, a random number in place of its last `*`, or behind it.
    public var pattern: [UInt8]

    /// A request for a name in `folder` that nothing has yet.
    public init(folder: [UInt8] = [], pattern: [UInt8] = []) {
        self.folder = folder
        self.pattern = pattern
    }
}

extension FileTemporaryRequest: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(2)
        writer.writeKey(.dir)
        writer.writeString(utf8: self.folder.wireBytes)
        writer.writeKey(.pattern)
        writer.writeString(utf8: self.pattern.wireBytes)
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(folder: [], pattern: [])
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.dir: self.folder = try reader.readBytes()
            case WireKey.pattern: self.pattern = try reader.readBytes()
            default: try reader.skipValue()
            }
        }
    }
}
