import PulpWire

/// Containers of the plugin's own: needs `spawn.docker` among the manifest's capabilities.
///
/// The plugin sleeps while the engine works; its host goes on.
public enum Docker {
    /// Makes a container and starts it.
    public static func create(_ request: DockerCreateRequest) -> Result<DockerServer, PluginError> {
        unsafe request.query(docker_create, answer: DockerServer.self)
    }

    /// A container, by its name or id.
    public static func get(_ name: String) -> Result<DockerServer, PluginError> {
        unsafe DockerGetRequest(name: name).query(docker_get, answer: DockerServer.self)
    }

    /// The plugin's running containers, or those that `filter` finds.
    public static func list(_ filter: FieldList = [:]) -> Result<[DockerServer], PluginError> {
        unsafe DockerListRequest(filter: filter).query(docker_list, answer: Servers.self).map { $0.list }
    }

    /// Stops a container and removes it.
    public static func destroy(_ id: String) -> Status {
        unsafe DockerTarget(id: id).send(to: docker_destroy)
    }

    /// Runs a program inside a container, word by word.
    public static func exec(_ id: String, _ command: [String]) -> Result<DockerExecResponse, PluginError> {
        unsafe DockerExecRequest(id: id, command: command).query(docker_exec, answer: DockerExecResponse.self)
    }

    /// The last lines that a container wrote.
    public static func logs(_ request: DockerLogsRequest) -> Result<DockerLogsResponse, PluginError> {
        unsafe request.query(docker_logs, answer: DockerLogsResponse.self)
    }
}

/// What `docker_list` answers: none is no bytes, not an empty list.
private struct Servers: WireDecodable {
    let list: [DockerServer]

    init(from reader: inout MessagePackReader) throws(WireError) {
        self.list = reader.isAtEnd ? [] : try DockerList<DockerServer>(from: &reader).elements
    }
}
