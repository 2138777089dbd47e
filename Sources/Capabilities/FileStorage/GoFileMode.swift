import PulpSandbox
import PulpWire

extension FileStatus {
    /// Kind and permissions as the bits of Go's `fs.FileMode`, which is what the contract has.
    var goFileMode: UInt32 {
        var mode = self.permissions & 0o777
        if self.permissions & 0o4000 != 0 { mode |= 1 << 23 }
        if self.permissions & 0o2000 != 0 { mode |= 1 << 22 }
        if self.permissions & 0o1000 != 0 { mode |= 1 << 20 }
        switch self.kind {
        case .file: break
        case .folder: mode |= 1 << 31
        case .link: mode |= 1 << 27
        case .blockDevice: mode |= 1 << 26
        case .characterDevice: mode |= 1 << 26 | 1 << 21
        case .pipe: mode |= 1 << 25
        case .socket: mode |= 1 << 24
        case .other: mode |= 1 << 19
        }
        return mode
    }

    func record(name: some Collection<UInt8>) -> FileStatResponse {
        FileStatResponse(
            name: Array(name), size: self.size, modified: self.modified, mode: self.goFileMode,
            isFolder: self.kind == .folder)
    }
}
