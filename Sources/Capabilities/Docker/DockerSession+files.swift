import NIOCore
import PulpCapability
import PulpWire

/// Files inside containers, through the engine's archives.
extension DockerSession {
    /// What an archive of one file has around it: headers, long names, the end.
    private static let archiveSlack = 128 << 10

    func readFile(_ request: DockerFileReadRequest, by deadline: NIODeadline) async throws -> [UInt8] {
        try Self.check(request.path, "docker_files_read")
        let container = try await self.owned(request.id, by: deadline)
        let limit = self.policy.maximumFileBytes
        let archive: ByteBuffer
        do {
            archive = try await self.engine.call(
                EngineRequest(.get, "/containers/\(container.id)/archive", query: [("path", request.path)]),
                by: deadline, limit: limit + Self.archiveSlack)
        } catch EngineFault.tooLarge {
            throw self.tooLarge("docker_files_read")
        }
        var reader = TarReader(Array(archive.readableBytesView))
        let first: TarReader.Entry?
        do throws(TarReader.Malformed) {
            first = try reader.next()
        } catch {
            throw EngineFault.garbled(error.reason)
        }
        guard let first, first.kind == .file else {
            throw CapabilityError(.operationFailed, "docker_files_read: the path leads to no file")
        }
        guard first.content.count <= limit else { throw self.tooLarge("docker_files_read") }
        return Array(reader.bytes[first.content])
    }

    func writeFile(_ request: DockerFileWriteRequest, by deadline: NIODeadline) async throws {
        try Self.check(request.path, "docker_files_write")
        guard request.data.count <= self.policy.maximumFileBytes else { throw self.tooLarge("docker_files_write") }
        let container = try await self.owned(request.id, by: deadline)
        let slash = request.path.lastIndex(of: "/") ?? request.path.startIndex
        let name = String(request.path[request.path.index(after: slash)...])
        let folder = slash == request.path.startIndex ? "/" : String(request.path[..<slash])
        var archive = ByteBuffer(bytes: TarWriter.header(name, size: request.data.count))
        archive.writeBytes(request.data)
        archive.writeBytes(TarWriter.padding(request.data.count))
        archive.writeBytes(TarWriter.end)
        _ = try await self.engine.call(
            EngineRequest(
                .put, "/containers/\(container.id)/archive",
                query: [("path", folder), ("noOverwriteDirNonDir", "1")], body: .bytes("application/x-tar", archive)),
            by: deadline)
    }

    /// The engine's interface removes no files: `rm` of the container does, without a shell in between.
    func deleteFile(_ request: DockerFileDeleteRequest, by deadline: NIODeadline) async throws {
        try Self.check(request.path, "docker_files_delete")
        let container = try await self.owned(request.container, by: deadline)
        _ = try await self.engine.call(
            EngineRequest(.head, "/containers/\(container.id)/archive", query: [("path", request.path)]), by: deadline)
        let result = try await self.run(["rm", "-f", "--", request.path], in: container.id, by: deadline)
        guard result.exitCode == 0 else {
            throw CapabilityError(
                .operationFailed,
                "docker_files_delete: rm ended with \(result.exitCode); the path may be a folder, or the "
                    + "image may have no rm")
        }
    }

    private func tooLarge(_ function: String) -> CapabilityError {
        CapabilityError(
            .operationFailed,
            "\(function): the file has more than \(self.policy.maximumFileBytes) bytes; raise file_bytes in "
                + "[limits.spawn.docker]")
    }

    /// An absolute path that names a file: nothing of it is resolved here, the engine does that inside the container.
    private static func check(_ path: String, _ function: String) throws(CapabilityError) {
        guard path.hasPrefix("/"), !path.hasSuffix("/"), path.utf8.count <= 4_096, !path.utf8.contains(0),
            !BindGuard.hasDots(path)
        else { throw CapabilityError(.emptyRequest, "\(function): path is no absolute path of a file") }
    }
}
