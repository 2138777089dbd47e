import NIOCore
import PulpCapability
import PulpWire

/// What goes on inside containers: programs, logs, measurements.
extension DockerSession {
    private static let usualTail: Int64 = 200
    private static let maximumTail: Int64 = 100_000
    /// Measurements at once, as in the reference.
    private static let width = 5
    private static let statsLimit = 256 << 10

    // MARK: Programs

    /// Runs a program and answers what it wrote, in the order in which it came, and how it ended.
    ///
    /// The engine has no way to end a program that it runs: one whose guest was dropped goes on in its container.
    func exec(_ request: DockerExecRequest, by deadline: NIODeadline) async throws -> DockerExecResponse {
        guard !request.command.isEmpty, request.command.first != "" else {
            throw CapabilityError(.emptyRequest, "docker_exec: cmd names no program")
        }
        try ContainerPlan.check(request.command, "docker_exec: cmd")
        let container = try await self.owned(request.id, by: deadline)
        return try await self.run(request.command, in: container.id, by: deadline)
    }

    func run(_ command: [String], in container: String, by deadline: NIODeadline) async throws -> DockerExecResponse {
        struct Program: Encodable {
            let attachStdout = true
            let attachStderr = true
            let command: [String]

            enum CodingKeys: String, CodingKey {
                case attachStdout = "AttachStdout"
                case attachStderr = "AttachStderr"
                case command = "Cmd"
            }
        }
        struct Start: Encodable {
            let isDetached = false
            let hasTerminal = false

            enum CodingKeys: String, CodingKey {
                case isDetached = "Detach"
                case hasTerminal = "Tty"
            }
        }
        let created = try await self.engine.call(
            EngineRequest(.post, "/containers/\(container)/exec", json: Program(command: command)), by: deadline,
            as: EngineCreated.self)
        guard ContainerName.isPlain(created.id) else { throw EngineFault.garbled("an id is none") }
        var output = BoundedBytes(limit: self.policy.maximumExecBytes, keeps: .front)
        output = try await self.engine.stream(
            EngineRequest(.post, "/exec/\(created.id)/start", json: Start()), by: deadline
        ) { [output] body in
            var (output, frames) = (output, StreamFrames())
            while let bytes = try await body.next() {
                frames.append(bytes)
                while let piece = try frames.next() { output.append(piece.bytes) }
            }
            guard frames.isComplete else { throw EngineFault.gone }
            return output
        }
        let ended = try await self.engine.call(
            EngineRequest(.get, "/exec/\(created.id)/json"), by: deadline, as: EngineExec.self)
        // An engine that went away while the program ran gives an end to the output, but no code.
        guard let code = ended.exitCode else { throw EngineFault.gone }
        return DockerExecResponse(output: output.bytes, exitCode: code, isTruncated: output.isCut)
    }

    // MARK: Logs

    func logs(_ request: DockerLogsRequest, by deadline: NIODeadline) async throws -> DockerLogsResponse {
        guard ["", "stdout", "stderr"].contains(request.stream) else {
            throw CapabilityError(.emptyRequest, "docker_logs: stream is stdout or stderr")
        }
        let container = try await self.owned(request.id, by: deadline)
        // Who follows a log wants all that is new.
        let usual = request.sinceNanos > 0 ? Self.maximumTail : Self.usualTail
        let tail = request.tail <= 0 ? usual : min(request.tail, Self.maximumTail)
        var query = [
            ("stdout", request.stream == "stderr" ? "0" : "1"), ("stderr", request.stream == "stdout" ? "0" : "1"),
            ("timestamps", "1"), ("tail", "\(tail)"),
        ]
        if request.sinceNanos > 0 { query.append(("since", Timestamp.query(request.sinceNanos))) }
        let reader = LogReader(
            limit: self.policy.maximumLogBytes, after: request.sinceNanos,
            hasFrames: container.config.hasTerminal != true)
        return try await self.engine.stream(
            EngineRequest(.get, "/containers/\(container.id)/logs", query: query), by: deadline
        ) { body in
            var reader = reader
            while let bytes = try await body.next() { try reader.append(bytes) }
            return try reader.finish()
        }
    }

    // MARK: Measurements

    func stats(_ id: String, by deadline: NIODeadline) async throws -> DockerStats {
        let container = try await self.owned(id, by: deadline)
        return try await self.measure(container.id, name: container.server.name, by: deadline)
    }

    /// A container that ends meanwhile is left out.
    func statsOfAll(by deadline: NIODeadline) async throws -> DockerList<DockerStats> {
        let running = try await self.listings(["status": ["running"]], by: deadline).map(\.server)
        let all = await Batches.run(running, width: Self.width) { server in
            try? await self.measure(server.id, name: server.name, by: deadline)
        }
        try Task.checkCancellation()
        return DockerList(all.compactMap { $0 }.sorted { $0.name < $1.name })
    }

    private func measure(_ id: String, name: String, by deadline: NIODeadline) async throws -> DockerStats {
        guard ContainerName.isPlain(id) else { throw EngineFault.garbled("an id is none") }
        let stats = try await self.engine.call(
            EngineRequest(.get, "/containers/\(id)/stats", query: [("stream", "0")]), by: deadline,
            limit: Self.statsLimit, as: EngineStats.self)
        return stats.record(of: id, name: name, seconds: Int64(self.parts.wallTime() / 1_000_000_000))
    }
}
