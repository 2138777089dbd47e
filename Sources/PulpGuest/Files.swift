import PulpWire

@_extern(wasm, module: "pulp", name: "fs_read")
@_extern(c)
func fs_read(
    _ path: UnsafeRawPointer?, _ pathLength: UInt32,
    _ response: UnsafeMutablePointer<UnsafeMutableRawPointer?>, _ responseLength: UnsafeMutablePointer<UInt32>
) -> Int32

@_extern(wasm, module: "pulp", name: "fs_write")
@_extern(c)
func fs_write(
    _ path: UnsafeRawPointer?, _ pathLength: UInt32, _ bytes: UnsafeRawPointer?, _ length: UInt32,
    _ options: UnsafeRawPointer?, _ optionsLength: UInt32
) -> Int32

@_extern(wasm, module: "pulp", name: "fs_delete")
@_extern(c)
func fs_delete(_ path: UnsafeRawPointer?, _ pathLength: UInt32) -> Int32

/// The plugin's own folder: `storage.fs`.
///
/// Paths are relative to it, with `/` between their parts; what leads out is refused.
public enum Files {
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
