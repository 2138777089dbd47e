/// A file that is read piece by piece, so that it need not fit into memory.
///
/// ```swift
/// var reader = FileReader("access.log")
/// while let bytes = try reader.next() { ... }
/// ```
public struct FileReader {
    /// Relative to the plugin's folder.
    public let path: String
    /// Where the next piece begins, in bytes from the start; may be set.
    public var offset: UInt64
    private let pieceSize: UInt32

    /// A reader; nothing is opened, and nothing needs to be closed.
    ///
    /// - `pieceSize`: Bytes that ``next()`` reads at once, 1 to `max_call_bytes`.
    public init(_ path: String, at offset: UInt64 = 0, pieceSize: UInt32 = 65_536) {
        self.path = path
        self.offset = offset
        self.pieceSize = max(pieceSize, 1)
    }

    /// The next piece; nil at the end of the file as it is now.
    public mutating func next() throws(PluginError) -> [UInt8]? {
        let bytes = try Files.read(self.path, at: self.offset, count: self.pieceSize)
        self.offset += UInt64(bytes.count)
        return bytes.isEmpty ? nil : bytes
    }
}

/// A file that is written piece by piece. Each piece is in the file when ``write(_:)`` returns.
public struct FileWriter {
    /// Relative to the plugin's folder.
    public let path: String
    /// Where the next piece goes, in bytes from the start.
    public private(set) var offset: UInt64

    /// Makes the file, or empties it.
    public init(_ path: String) throws(PluginError) {
        try Files.write(path, [] as [UInt8])
        self.path = path
        self.offset = 0
    }

    /// Goes on behind the end of a file, and makes it when it is not there.
    public init(appendingTo path: String) throws(PluginError) {
        self.path = path
        self.offset = try Files.entry(path)?.size ?? 0
    }

    /// Writes a piece, of at most `max_call_bytes`.
    public mutating func write(_ bytes: [UInt8]) throws(PluginError) {
        guard !bytes.isEmpty else { return }
        try Files.write(self.path, bytes, at: self.offset)
        self.offset += UInt64(bytes.count)
    }
}
