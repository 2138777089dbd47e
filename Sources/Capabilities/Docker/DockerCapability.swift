import NIOCore
import NIOPosix
import PulpCapability
import PulpWire
import Synchronization

/// `spawn.docker`: a plugin has containers of its own, made and looked after through the Docker engine.
///
/// - SeeAlso: `README.md` in this folder, and the reference's contract for the statuses.
package struct DockerCapability: Capability {
    package static let id: CapabilityID = "spawn.docker"

    private let host: DockerHost
    private let engine: Engine
    private let parts: DockerParts

    /// - Parameters:
    ///   - host: What the machine says.
    ///   - parts: What is not the same each time: loops, threads, clocks, random numbers.
    package init(host: DockerHost, parts: DockerParts) {
        self.host = host
        self.parts = parts
        self.engine = Engine(
            client: EngineClient(socketPath: host.socketPath, group: parts.group),
            availability: EngineAvailability(now: parts.now))
    }

    package func open(_ scope: PluginScope, beside former: DockerSession?) async throws -> DockerSession {
        let session = try await self.open(scope)
        session.keepsContainers.store(true, ordering: .releasing)
        return session
    }

    /// The containers are the plugin's, not one version's: the new one finds them by their labels.
    package func replace(_ former: DockerSession?, by successor: DockerSession?) {
        former?.keepsContainers.store(successor != nil, ordering: .releasing)
        successor?.keepsContainers.store(false, ordering: .releasing)
    }

    package func open(_ scope: PluginScope) async throws -> DockerSession {
        if let problem = self.host.problem { throw CapabilityError(.unavailable, problem) }
        let session = DockerSession(scope, host: self.host, engine: self.engine, parts: self.parts)
        if session.policy.sendsEvents { session.begin() }
        return session
    }

    package func close(_ session: DockerSession) async {
        await session.close()
    }

    package static let imports: [HostImport<DockerSession>] =
        Self.containerImports + Self.runImports + Self.fileImports + Self.eventImports

    private static let containerImports: [HostImport<DockerSession>] = [
        .listing(
            "docker_list",
            "The plugin's running containers: `{filter}` gives a list of them; nothing when there is none.",
            absent: DockerListRequest(), emptyIsNothing: true
        ) { session, request, deadline in try await session.list(request, by: deadline) },
        .querying("docker_get", "One container: `{name}` gives it.") {
            (session, request: DockerGetRequest, deadline) in try await session.get(request.name, by: deadline)
        },
        .querying("docker_create", "Makes a container and starts it.") {
            (session, request: DockerCreateRequest, deadline) in try await session.create(request, by: deadline)
        },
        .asking("docker_destroy", "Stops a container and removes it: `{id}`.") {
            (session, request: DockerTarget, deadline) in try await session.destroy(request.id, by: deadline)
        },
        .asking("docker_restart", "Stops a container and starts it again: `{id}`.") {
            (session, request: DockerTarget, deadline) in try await session.restart(request.id, by: deadline)
        },
    ]

    private static let runImports: [HostImport<DockerSession>] = [
        .querying("docker_exec", "Runs a program inside a container: `{id, cmd}` gives `{output, exit_code}`.") {
            (session, request: DockerExecRequest, deadline) in try await session.exec(request, by: deadline)
        },
        .querying("docker_logs", "The last lines that a container wrote: `{id, tail}` gives `{logs}`.") {
            (session, request: DockerLogsRequest, deadline) in try await session.logs(request, by: deadline)
        },
        .querying("docker_stats", "What a container uses: `{id}`; takes a second.") {
            (session, request: DockerTarget, deadline) in try await session.stats(request.id, by: deadline)
        },
        .telling("docker_stats_all", "What each running container of the plugin uses; the request is not looked at.") {
            session, deadline in try await session.statsOfAll(by: deadline)
        },
    ]

    private static let fileImports: [HostImport<DockerSession>] = [
        .reading("docker_files_read", "A file of a container: `{id, path}` gives its bytes.") {
            (session, request: DockerFileReadRequest, deadline) in try await session.readFile(request, by: deadline)
        },
        .asking("docker_files_write", "Writes a file of a container: `{id, path, data}`.") {
            (session, request: DockerFileWriteRequest, deadline) in try await session.writeFile(request, by: deadline)
        },
        .asking("docker_files_delete", "Removes a file of a container: `{container, path}`.") {
            (session, request: DockerFileDeleteRequest, deadline) in try await session.deleteFile(request, by: deadline)
        },
    ]

    private static let eventImports: [HostImport<DockerSession>] = [
        .listing(
            "docker_events_poll", "What happened to the plugin's containers: `{since_nanos, limit}` gives a list.",
            absent: DockerEventsRequest()
        ) { session, request, _ in try session.pollEvents(request) },
        .asking(
            "docker_build", "Begins to build an image: `{image_tag, build_dir, build_args}`.",
            more: [11: "a build of this plugin is running"]
        ) { (session, request: DockerBuildRequest, deadline) in try await session.startBuild(request, by: deadline) },
        .telling("docker_build_status", "How the last build went; the request is not looked at.") { session, _ in
            session.build.status
        },
    ]
}

/// What is not the same each time, for ``DockerCapability``.
package struct DockerParts: Sendable {
    let group: any EventLoopGroup
    let threads: NIOThreadPool
    let now: @Sendable () -> NIODeadline
    let wallTime: @Sendable () -> UInt64
    let random: RandomSource

    /// - Parameters:
    ///   - group: Where connections to the engine live.
    ///   - threads: Where the host's files are read.
    ///   - now: A clock that does not go back.
    ///   - wallTime: Nanoseconds since 1970 UTC.
    ///   - random: Names what has no name.
    package init(
        group: any EventLoopGroup, threads: NIOThreadPool, now: @escaping @Sendable () -> NIODeadline,
        wallTime: @escaping @Sendable () -> UInt64, random: RandomSource
    ) {
        self.group = group
        self.threads = threads
        self.now = now
        self.wallTime = wallTime
        self.random = random
    }

    /// Sixteen hexadecimal digits that nobody has had.
    func freshToken() throws(CapabilityError) -> String {
        guard let bytes = self.random.bytes(8) else {
            throw CapabilityError(.operationFailed, "the host's generator of random numbers failed")
        }
        return bytes.map { $0 < 16 ? "0\(String($0, radix: 16))" : String($0, radix: 16) }.joined()
    }
}
