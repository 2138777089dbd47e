/// What `fs_list` answers: an array of maps, sorted by name.
public struct FileListing: Hashable, Sendable {
    /// A name in a folder.
    public struct Entry: Hashable, Sendable {
        /// Bytes, since names of files need not be UTF-8.
        public var name: [UInt8]
        /// A link to a folder is none.
        public var isFolder: Bool

        /// A name in a folder.
        public init(name: [UInt8], isFolder: Bool) {
            self.name = name
            self.isFolder = isFolder
        }
    }

    public var entries: [Entry]

    /// A listing of `entries`, in their order.
    public init(entries: [Entry]) {
        self.entries = entries
    }
}

extension FileListing: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeArrayHeader(self.entries.count)
        for entry in self.entries {
            writer.writeMapHeader(2)
            writer.writeKey(.name)
            writer.writeString(utf8: entry.name.wireBytes)
            writer.writeKey(.isDir)
            writer.writeBool(entry.isFolder)
        }
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(entries: [])
        for _ in 0..<(try reader.readArrayHeader()) {
            try reader.countValue()
            var entry = Entry(name: [], isFolder: false)
            for _ in 0..<(try reader.readMapHeader()) {
                switch try reader.readKey() {
                case WireKey.name: entry.name = try reader.readBytes()
                case WireKey.isDir: entry.isFolder = try reader.readBool()
                default: try reader.skipValue()
                }
            }
            self.entries.append(entry)
        }
    }
}
