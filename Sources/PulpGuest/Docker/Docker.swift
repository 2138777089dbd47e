import PulpWire

/// Containers of the plugin's own: `spawn.docker`.
///
/// The plugin sleeps while the engine works; its host goes on. A container is named by its id, or by its whole name,
/// which begins with `pulp-` and the plugin's.
///
/// ```swift
/// let container = try Docker.create(DockerCreateRequest(image: "busybox:latest", name: "job"))
/// let answer = try Docker.exec(container.id, ["date"])
/// try Docker.destroy(container.id)
/// ```
public enum Docker {
    /// Makes a container and starts it.
    public static func create(_ request: DockerCreateRequest) throws(PluginError) -> DockerServer {
        try unsafe Self.ask("docker_create", request.encodedBytes(), docker_create, DockerServer.self)
    }

    /// A container.
    public static func get(_ name: String) throws(PluginError) -> DockerServer {
        let request = DockerGetRequest(name: name).encodedBytes()
        return try unsafe Self.ask("docker_get", request, docker_get, DockerServer.self)
    }

    /// The plugin's running containers, or those that `filter` finds: `name`, `status`, `id`, `label`, `ancestor`.
    public static func list(_ filter: FieldList = [:]) throws(PluginError) -> [DockerServer] {
        let request = DockerListRequest(filter: filter).encodedBytes()
        return try unsafe Self.ask("docker_list", request, docker_list, Many<DockerServer>.self).elements
    }

    /// Stops a container and removes it.
    public static func destroy(_ id: String) throws(PluginError) {
        try unsafe HostCall("docker_destroy", .docker).send(DockerTarget(id: id).encodedBytes(), to: docker_destroy)
    }

    /// Stops a container and starts it again.
    public static func restart(_ id: String) throws(PluginError) {
        try unsafe HostCall("docker_restart", .docker).send(DockerTarget(id: id).encodedBytes(), to: docker_restart)
    }

    /// Runs a program inside a container, word by word, and waits for its end.
    public static func exec(_ id: String, _ command: [String]) throws(PluginError) -> DockerExecResponse {
        let request = DockerExecRequest(id: id, command: command).encodedBytes()
        return try unsafe Self.ask("docker_exec", request, docker_exec, DockerExecResponse.self)
    }

    /// The last lines that a container wrote, or what it wrote since an earlier answer's `nextNanos`.
    public static func logs(_ request: DockerLogsRequest) throws(PluginError) -> DockerLogsResponse {
        try unsafe Self.ask("docker_logs", request.encodedBytes(), docker_logs, DockerLogsResponse.self)
    }

    /// What a container uses; takes a second.
    public static func stats(_ id: String) throws(PluginError) -> DockerStats {
        let request = DockerTarget(id: id).encodedBytes()
        return try unsafe Self.ask("docker_stats", request, docker_stats, DockerStats.self)
    }

    /// What each running container of the plugin uses; takes a second.
    public static func stats() throws(PluginError) -> [DockerStats] {
        try unsafe Self.ask("docker_stats_all", [], docker_stats_all, Many<DockerStats>.self).elements
    }

    fileprivate static func ask<Answer: WireDecodable>(
        _ name: Literal, _ request: [UInt8], _ function: HostQuestion, _ answer: Answer.Type
    ) throws(PluginError) -> Answer {
        let call = HostCall(name, .docker)
        return try unsafe call.ask(request, function).decode(Answer.self, of: call)
    }
}

// Files inside of containers, what happened to them, images.
extension Docker {
    /// A file of a container; the path is absolute, as the container has it.
    public static func readFile(_ path: String, of id: String) throws(PluginError) -> [UInt8] {
        let request = DockerFileReadRequest(id: id, path: path).encodedBytes()
        return try unsafe HostCall("docker_files_read", .docker).ask(request, docker_files_read).bytes
    }

    /// Makes a file of a container, or replaces it; its folder must exist.
    public static func writeFile(_ path: String, of id: String, _ bytes: [UInt8]) throws(PluginError) {
        let request = DockerFileWriteRequest(id: id, path: path, data: bytes).encodedBytes()
        try unsafe HostCall("docker_files_write", .docker).send(request, to: docker_files_write)
    }

    /// Removes a file of a container.
    public static func deleteFile(_ path: String, of id: String) throws(PluginError) {
        let request = DockerFileDeleteRequest(container: id, path: path).encodedBytes()
        try unsafe HostCall("docker_files_delete", .docker).send(request, to: docker_files_delete)
    }

    /// What happened to the plugin's containers, the oldest first; kept for five minutes.
    ///
    /// - Parameters:
    ///   - timestamp: Only what happened later, in nanoseconds since 1970 UTC: the last event's `timestamp`.
    ///   - limit: At most so many; 0 stands for 100.
    public static func events(after timestamp: Int64 = 0, limit: Int64 = 0) throws(PluginError) -> [DockerEvent] {
        let request = DockerEventsRequest(sinceNanos: timestamp, limit: limit).encodedBytes()
        return try unsafe Self.ask("docker_events_poll", request, docker_events_poll, Many<DockerEvent>.self).elements
    }

    /// Begins to build an image; ``buildStatus()`` says how it goes.
    ///
    /// - Throws: ``Status/denied`` while another build of the plugin is running.
    public static func build(_ request: DockerBuildRequest) throws(PluginError) {
        try unsafe HostCall("docker_build", .docker).send(request.encodedBytes(), to: docker_build)
    }

    /// How the plugin's last build went, or that it is running.
    public static func buildStatus() throws(PluginError) -> DockerBuildStatus {
        try unsafe Self.ask("docker_build_status", [], docker_build_status, DockerBuildStatus.self)
    }
}

/// A list that is no bytes when there is nothing in it.
private struct Many<Element: WireDecodable>: WireDecodable {
    var elements: [Element] = []

    init(from reader: inout MessagePackReader) throws(WireError) {
        guard !reader.isAtEnd else { return }
        for _ in 0..<(try reader.readArrayHeader()) { self.elements.append(try Element(from: &reader)) }
    }
}

extension Literal {
    static var docker: Literal {
        """
        spawn.docker
        1 a field is invalid or not allowed; the log says which
        4 the engine refused, or a limit is reached; the log says why
        6 the plugin has no such container, or there is no such image or file
        10 the Docker engine is not there
        11 a build of this plugin is running
        """
    }
}
