import PulpWire

/// The plugin's own folder: `storage.fs`.
///
/// Paths are relative to it, with `/` between their parts; what leads out is refused.
public enum Files {
    /// There is no such file.
    public static let notFound = HostError(status: .notFound)
    /// The path leads out of the plugin's folder, or is none. (In a cell this is status 5.)
    public static let rejected = HostError(status: .operationFailed)

    /// The whole file.
    public static func read(_ path: String) throws(HostError) -> [UInt8] {
        let answer = try unsafe HostAnswer { block, length in
            unsafe path.lend { unsafe fs_read($0, $1, block, length) }
        }
        return answer.bytes
    }

    /// Writes a file as a whole; folders on the way are made.
    public static func write(_ path: String, _ bytes: [UInt8]) throws(HostError) {
        let status = unsafe path.lend { name, nameLength in
            unsafe bytes.lend { unsafe fs_write(name, nameLength, $0, $1, nil, 0) }
        }
        guard status == 0 else { throw HostError(status: Status(rawValue: status)) }
    }

    /// Deletes a file, or a folder that is empty.
    public static func delete(_ path: String) throws(HostError) {
        let status = unsafe path.lend { unsafe fs_delete($0, $1) }
        guard status == 0 else { throw HostError(status: Status(rawValue: status)) }
    }
}

extension Files {
    /// One name in a folder.
    public struct Entry: WireDecodable {
        public private(set) var name = ""
        public private(set) var isFolder = false

        public init(from reader: inout MessagePackReader) throws(WireError) {
            for _ in 0..<(try reader.readMapHeader()) {
                switch try reader.readKey() {
                case WireKey.name: self.name = try reader.readString()
                case WireKey.isDir: self.isFolder = try reader.readBool()
                default: try reader.skipValue()
                }
            }
        }
    }

    /// The names in a folder, sorted.
    public static func list(_ path: String) throws(HostError) -> [Entry] {
        let answer = try unsafe HostAnswer { block, length in
            unsafe path.lend { unsafe fs_list($0, $1, block, length) }
        }
        return try answer.decode(List.self).entries
    }

    private struct List: WireDecodable {
        var entries: [Entry] = []

        init(from reader: inout MessagePackReader) throws(WireError) {
            for _ in 0..<(try reader.readArrayHeader()) { self.entries.append(try Entry(from: &reader)) }
        }
    }
}
