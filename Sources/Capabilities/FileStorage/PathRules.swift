import PulpSandbox

/// Which paths a plugin may use, as far as their text tells.
struct PathRules: Hashable, Sendable {
    /// The plugin's database, which is stored beside its files: `storage.sqlite` keeps it in the same folder.
    private static let database = ["data.db", "data.db-wal", "data.db-shm", "data.db-journal"].map { Array($0.utf8) }
    /// Files that are being written have such names until they are whole.
    static let unfinished = Array(".pulp-write-".utf8)

    let maximumBytes: Int
    let maximumDepth: Int
    /// Whether the plugin's database is in this folder, and thus none of its files.
    let sharesDatabase: Bool

    func path(_ bytes: [UInt8]) throws(FileFailure) -> SandboxPath {
        let path: SandboxPath
        do throws(SandboxPath.Flaw) {
            path = try SandboxPath(bytes, maximumBytes: self.maximumBytes, maximumDepth: self.maximumDepth)
        } catch {
            throw FileFailure(error)
        }
        try self.check(path)
        return path
    }

    /// Checks a path that was put together here.
    func check(_ path: SandboxPath) throws(FileFailure) {
        guard path.depth <= self.maximumDepth else { throw FileFailure(SandboxPath.Flaw.tooDeep) }
        for (depth, part) in path.parts.enumerated() where self.isReserved(part, depth: depth + 1) {
            throw .rejected("the name is one that the host uses itself")
        }
    }

    /// - Parameter depth: 1 for what lies in the plugin's folder itself.
    func isReserved(_ name: some Collection<UInt8>, depth: Int) -> Bool {
        if name.starts(with: Self.unfinished) { return true }
        guard self.sharesDatabase, depth == 1 else { return false }
        #if canImport(Darwin)
            // File systems there do not tell capital letters from small ones.
            let name = name.map { 0x41...0x5a ~= $0 ? $0 | 0x20 : $0 }
        #endif
        return Self.database.contains { name.elementsEqual($0) }
    }
}
