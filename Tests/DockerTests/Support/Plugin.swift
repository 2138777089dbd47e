import NIOPosix
import PulpDocker
import PulpTestSupport

/// A plugin that is granted `spawn.docker`, without a guest.
struct TestPlugin: Sendable {
    var name = "test"
    var host = "tests"
    var environment: [String: String] = [:]
    var callTimeout: Duration = .seconds(30)
    /// Of `[docker]`.
    var settings: [String: CapabilitySettings.Value] = [:]
    /// Of `[limits.spawn.docker]`.
    var limits: [String: Int64] = [:]
    var clock: ManualClock?

    init(_ name: String = "test") {
        self.name = name
    }

    func capability(on socketPath: String) -> DockerCapability {
        var environment = self.environment
        environment["DOCKER_HOST"] = "unix://\(socketPath)"
        environment["PULP_HOST_ID"] = self.host
        let clock = self.clock
        return DockerCapability(
            host: DockerHost(environment: environment, root: "/tests", cores: System.coreCount),
            parts: DockerParts(
                group: MultiThreadedEventLoopGroup.singleton, threads: .singleton, now: { clock?.now ?? .now() },
                wallTime: { clock?.wall ?? PulpEnvironmentClock.wall() }, random: .system))
    }

    var setting: PluginSetting {
        var setting = PluginSetting()
        setting.name = self.name
        setting.callTimeout = self.callTimeout
        setting.memoryBytes = 8 << 20
        for (key, value) in self.settings { setting.settings.set(key, to: value, in: "docker") }
        for (key, value) in self.limits { setting.settings.set(key, to: .integer(value), in: "limits.spawn.docker") }
        return setting
    }

    func open(on socketPath: String) async throws -> Harness {
        try await Harness(
            self.capability(on: socketPath), self.setting, on: MultiThreadedEventLoopGroup.singleton.next())
    }

    /// Opens the capability for `body`, and closes it.
    func with<Result: Sendable>(
        on socketPath: String, _ body: @Sendable (Harness) async throws -> Result
    ) async throws -> Result {
        let harness = try await self.open(on: socketPath)
        do {
            let result = try await body(harness)
            await harness.close()
            return result
        } catch {
            await harness.close()
            throw error
        }
    }

    /// As ``with(on:_:)`` on the engine that most tests share, with a name of its own and nothing left behind.
    func onSharedEngine<Result: Sendable>(_ body: @Sendable (Harness) async throws -> Result) async throws -> Result {
        let engine = try await EngineProcess.shared.value
        var plugin = self
        if plugin.settings["on_stop"] == nil { plugin.settings["on_stop"] = .string("remove") }
        if plugin.settings["stop_seconds"] == nil { plugin.settings["stop_seconds"] = .integer(1) }
        return try await plugin.with(on: engine.socketPath, body)
    }
}

enum PulpEnvironmentClock {
    static func wall() -> UInt64 { WallClock.nanoseconds() }
}

/// A container that runs until it is stopped.
func sleeper(_ name: String = "", _ command: [String] = ["sleep", "1000"]) -> DockerCreateRequest {
    var request = DockerCreateRequest(image: "local/busybox:1", name: name)
    request.command = command
    request.network = "none"
    return request
}

extension Harness {
    /// Calls an import that answers with a record, and expects it to.
    func ask<Answer: WireDecodable>(
        _ name: String, _ request: some WireEncodable, as type: Answer.Type = Answer.self
    ) async throws -> Answer {
        let reply = try await self.query(name, request)
        guard reply.status == 0 else {
            throw Refused(name: name, status: reply.status, log: self.logs.lines.map { "\($0)" })
        }
        return try reply.decoded(as: type)
    }

    func create(_ request: DockerCreateRequest) async throws -> DockerServer {
        try await self.ask("docker_create", request)
    }

    func list(_ request: DockerListRequest = DockerListRequest()) async throws -> [DockerServer] {
        let reply = try await self.query("docker_list", request)
        return reply.bytes.isEmpty ? [] : try reply.decoded(as: DockerList<DockerServer>.self).elements
    }

    func exec(_ id: String, _ command: String...) async throws -> DockerExecResponse {
        try await self.ask("docker_exec", DockerExecRequest(id: id, command: command))
    }

    func logs(_ id: String, stream: String = "", since: Int64 = 0) async throws -> DockerLogsResponse {
        try await self.ask("docker_logs", DockerLogsRequest(id: id, stream: stream, sinceNanos: since))
    }

    /// Whether the log says so.
    func says(_ text: String) -> Bool {
        self.logs.lines.contains { $0.description.contains(text) }
    }
}

struct Refused: Error, CustomStringConvertible {
    let name: String
    let status: Int32
    let log: [String]

    var description: String { "\(self.name) answered \(self.status); log: \(self.log)" }
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
