import PulpCapability
import PulpSandbox
import PulpWire

// From words and bytes of the guest to operations.
extension FileStorageSession {
    /// The raw path that words `index` and `index + 1` tell of.
    func path(_ call: borrowing GuestCall, _ index: Int) throws(FileFailure) -> SandboxPath {
        let count = call.word(index + 1)
        guard count > 0 else { throw .boundary(.emptyRequest) }
        try self.checkIsReadable(call, index)
        // Before it is copied.
        guard Int(count) <= self.rules.maximumBytes else { throw FileFailure(SandboxPath.Flaw.tooLong) }
        guard let bytes = call.bytes(at: call.word(index), count: count) else { throw .boundary(.readFailed) }
        return try self.path(bytes)
    }

    /// A path out of a record.
    func path(_ bytes: [UInt8]) throws(FileFailure) -> SandboxPath { try self.rules.path(bytes) }

    /// The record that words `index` and `index + 1` tell of.
    func record<Record: WireDecodable>(_ call: borrowing GuestCall, _ index: Int) throws(FileFailure) -> Record {
        let count = call.word(index + 1)
        guard count > 0 else { throw .boundary(.emptyRequest) }
        guard Int(count) <= self.scope.maximumMessageBytes else { throw .boundary(.readFailed) }
        let decoded = call.withBytes(at: call.word(index), count: count) { try? Record(decoding: $0) }
        guard let decoded else { throw .boundary(.readFailed) }
        guard let record = decoded else { throw .boundary(.decodeFailed) }
        return record
    }

    /// A copy of the data that words `index` and `index + 1` tell of: a worker cannot read a guest's memory.
    func data(_ call: borrowing GuestCall, _ index: Int) throws(FileFailure) -> [UInt8] {
        let count = call.word(index + 1)
        guard count > 0 else { return [] }
        try self.checkIsReadable(call, index)
        guard let bytes = call.bytes(at: call.word(index), count: UInt32(try self.callBytes(Int(count)))) else {
            throw .boundary(.readFailed)
        }
        return bytes
    }

    private func checkIsReadable(_ call: borrowing GuestCall, _ index: Int) throws(FileFailure) {
        guard call.withBytes(at: call.word(index), count: call.word(index + 1), { _ in true }) != nil else {
            throw .boundary(.readFailed)
        }
    }

    func callBytes(_ count: Int) throws(FileFailure) -> Int {
        guard count <= self.limits.callBytes else {
            throw .limit(FileLimits.callBytesKey, "a call would read or write more than it may")
        }
        return count
    }

    /// An offset or size that the largest file has room for.
    func offset(_ value: UInt64) throws(FileFailure) -> Int64 {
        // 2^62, far beyond every limit: adding a count to it cannot overflow.
        guard value <= 1 << 62 else { throw .limit(FileLimits.fileBytesKey, "a file would be larger than it may") }
        return Int64(value)
    }

    /// Of a file that is made.
    func permissions(_ mode: UInt32) -> UInt32 {
        let permissions = mode & 0o777
        if permissions != 0 { return permissions }
        return self.scope.dialect == .cell ? 0o644 : 0o600
    }

    func write(_ call: borrowing GuestCall, mode: UInt32) throws(FileFailure) -> FileOperation {
        let path = try self.path(call, 0)
        return .write(path, try self.data(call, 2), permissions: self.permissions(mode))
    }

    func temporary(_ call: borrowing GuestCall, isFolder: Bool) throws(FileFailure) -> FileOperation {
        let request: FileTemporaryRequest = try self.record(call, 0)
        let folder = try self.path(request.folder.isEmpty ? Array("tmp".utf8) : request.folder)
        return .makeTemporary(folder, try TemporaryName(pattern: request.pattern), isFolder: isFolder)
    }
}
