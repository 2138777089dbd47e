import PulpGuest

/// Starts a container, shows what it writes as it writes it, and removes it.
///
/// `POST /containers/:name` starts one, `GET /containers` lists them, a WebSocket at `/containers/:name/live` shows its
/// log, `GET /containers/:name/logs` answers it, with `?since=` what has come since the answer whose `X-Next` that is,
/// and `DELETE /containers/:name` removes it. `GET /` is a page that does all of this.
@main
struct Containers: Plugin {
    let image: String
    let script: String
    var watchers = Watchers()

    init(config: Config) throws(PluginError) {
        self.image = try config.string("image", default: "busybox:latest")
        self.script = try config.string("script", default: "date")
    }

    static func configure(_ app: inout Application<Self>) throws(PluginError) {
        app.webSocket(
            "/containers/:name/live",
            opened: { plugin, socket, request in
                plugin.watchers.add(socket, container: Self.name(request))
            },
            closed: { plugin, socket, _ in plugin.watchers.remove(socket) })
        app.onTick { $0.watchers.tick() }
        app.get("/") { _, _ in .html(page) }
        app.post("/containers/:name") { (plugin, request) throws(PluginError) in
            var wanted = DockerCreateRequest(image: plugin.image, name: request.params["name"])
            wanted.command = ["sh", "-c", plugin.script]
            wanted.network = "none"
            let made = try Self.explained { () throws(PluginError) in try Docker.create(wanted) }
            return .text("\(made.name) \(made.status)\n", status: 201)
        }
        app.get("/containers") { (_, _) throws(PluginError) in
            let running = try Self.explained { () throws(PluginError) in try Docker.list() }
            return .text(running.map { "\($0.name) \($0.status)\n" }.joined())
        }
        app.get("/containers/:name/logs") { (_, request) throws(PluginError) in
            let since = Int64(request.query["since"] ?? "") ?? 0
            let wanted = DockerLogsRequest(id: Self.name(request), sinceNanos: since)
            let answer = try Self.explained { () throws(PluginError) in try Docker.logs(wanted) }
            return .bytes(answer.logs, type: "text/plain; charset=utf-8", headers: ["X-Next": "\(answer.nextNanos)"])
        }
        app.delete("/containers/:name") { (_, request) throws(PluginError) in
            let name = Self.name(request)
            try Self.explained { () throws(PluginError) in try Docker.destroy(name) }
            return .text("removed\n")
        }
    }

    /// The host puts the plugin's name before every container's.
    private static func name(_ request: borrowing Request) -> String { "pulp-containers-" + request.params["name"] }

    /// Tells the client what it did wrong, and what is the engine's affair.
    private static func explained<Value>(_ body: () throws(PluginError) -> Value) throws(PluginError) -> Value {
        do throws(PluginError) {
            return try body()
        } catch {
            switch error.status {
            case .emptyRequest: throw PluginError(403, "not allowed; the log says why")
            case .notFound: throw PluginError(404, "no such container, or no such image")
            case .unavailable: throw PluginError(503, "the Docker engine is not there")
            default: throw PluginError(502, "the Docker engine refused; the log says why")
            }
        }
    }
}
