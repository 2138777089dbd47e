/// The third argument of `fs_write`, which may be absent.
public struct FileWriteRequest: Hashable, Sendable {
    /// Permissions of a file that is made; 0 stands for the dialect's own.
    public var mode: UInt32

    /// Permissions for a file that is made.
    public init(mode: UInt32 = 0) {
        self.mode = mode
    }
}

extension FileWriteRequest: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(1)
        writer.writeKey(.mode)
        writer.writeUInt32(self.mode)
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(mode: 0)
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.mode: self.mode = try reader.readUInt32()
            default: try reader.skipValue()
            }
        }
    }
}

/// What a guest asks `fs_read_at` for.
public struct FileReadAtRequest: Hashable, Sendable {
    /// Relative to the plugin's folder. Bytes, since names of files need not be UTF-8.
    public var path: [UInt8]
    /// Bytes from the start of the file.
    public var offset: UInt64
    /// Bytes to read: so many come, unless the file ends before.
    public var max: UInt32

    /// A request for `max` bytes of a file.
    public init(path: [UInt8], offset: UInt64 = 0, max: UInt32) {
        self.path = path
        self.offset = offset
        self.max = max
    }
}

extension FileReadAtRequest: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(3)
        writer.writeKey(.path)
        writer.writeString(utf8: self.path.wireBytes)
        writer.writeKey(.offset)
        writer.writeUInt64(self.offset)
        writer.writeKey(.max)
        writer.writeUInt32(self.max)
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(path: [], offset: 0, max: 0)
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.path: self.path = try reader.readBytes()
            case WireKey.offset: self.offset = try reader.readUInt64()
            case WireKey.max: self.max = try reader.readUInt32()
            default: try reader.skipValue()
            }
        }
    }
}

/// What a guest asks `fs_write_at` for, beside the bytes.
public struct FileWriteAtRequest: Hashable, Sendable {
    /// Relative to the plugin's folder. Bytes, since names of files need not be UTF-8.
    public var path: [UInt8]
    /// Bytes from the start of the file; beyond its end the gap is filled with zeroes.
    public var offset: UInt64
    /// Permissions of a file that is made; 0 stands for the dialect's own.
    public var mode: UInt32

    /// A request to write into a file.
    public init(path: [UInt8], offset: UInt64 = 0, mode: UInt32 = 0) {
        self.path = path
        self.offset = offset
        self.mode = mode
    }
}

extension FileWriteAtRequest: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(3)
        writer.writeKey(.path)
        writer.writeString(utf8: self.path.wireBytes)
        writer.writeKey(.offset)
        writer.writeUInt64(self.offset)
        writer.writeKey(.mode)
        writer.writeUInt32(self.mode)
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(path: [], offset: 0, mode: 0)
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.path: self.path = try reader.readBytes()
            case WireKey.offset: self.offset = try reader.readUInt64()
            case WireKey.mode: self.mode = try reader.readUInt32()
            default: try reader.skipValue()
            }
        }
    }
}

/// What a guest asks `fs_truncate` for.
public struct FileTruncateRequest: Hashable, Sendable {
    /// Relative to the plugin's folder. Bytes, since names of files need not be UTF-8.
    public var path: [UInt8]
    /// Bytes that the file is to have.
    public var size: UInt64

    /// A request to cut a file, or to lengthen it with zeroes.
    public init(path: [UInt8], size: UInt64) {
        self.path = path
        self.size = size
    }
}

extension FileTruncateRequest: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(2)
        writer.writeKey(.path)
        writer.writeString(utf8: self.path.wireBytes)
        writer.writeKey(.size)
        writer.writeUInt64(self.size)
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(path: [], size: 0)
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.path: self.path = try reader.readBytes()
            case WireKey.size: self.size = try reader.readUInt64()
            default: try reader.skipValue()
            }
        }
    }
}
