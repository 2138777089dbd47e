import PulpGuest

/// Starts a container, shows what it writes as it writes it, and removes it.
///
/// `POST /containers/:name` starts one, `GET /containers` lists them, a WebSocket at `/containers/:name/live` shows its
/// log, `GET /containers/:name/logs` answers it, with `?since=` what has come since the answer whose `X-Next` that is,
/// and `DELETE /containers/:name` removes it. `GET /` is a page that does all of this.
@main
struct Containers: Plugin {
    static func start(_ host: Host) {
        let image = host.config.string("image") ?? "busybox:latest"
        let script = host.config.string("script") ?? "date"
        let watchers = Watchers(host)
        host.webSocket(
            "/containers/:name/live",
            WebSocketHandlers(
                opened: { opened in
                    watchers.add(opened.connID, container: Self.name(opened.params["name"] ?? ""))
                },
                closed: { watchers.remove($0.connID) }))
        host.onTick { watchers.tick() }
        host.get("/") { _ in
            Response([UInt8](page.utf8), headers: ["Content-Type": "text/html; charset=utf-8"])
        }
        host.post("/containers/:name") { request in
            var wanted = DockerCreateRequest(image: image, name: request.param("name"))
            wanted.command = ["sh", "-c", script]
            wanted.network = "none"
            return Self.answer(Docker.create(wanted), status: 201) { "\($0.name) \($0.status)\n" }
        }
        host.get("/containers") { _ in
            Self.answer(Docker.list()) { $0.map { "\($0.name) \($0.status)\n" }.joined() }
        }
        host.get("/containers/:name/logs") { request in
            let since = request.query("since").flatMap { Int64($0) } ?? 0
            let wanted = DockerLogsRequest(id: Self.name(request.param("name")), sinceNanos: since)
            switch Docker.logs(wanted) {
            case .failure(let error): return Self.failure(error.status)
            case .success(let answer):
                return Response(
                    answer.logs,
                    headers: ["Content-Type": "text/plain; charset=utf-8", "X-Next": "\(answer.nextNanos)"])
            }
        }
        host.serve("DELETE", "/containers/:name") { request in
            let status = Docker.destroy(Self.name(request.param("name")))
            return status == .ok ? .text("removed\n") : Self.failure(status)
        }
    }

    /// The host puts the plugin's name before every container's.
    private static func name(_ name: String) -> String { "pulp-containers-" + name }

    private static func answer<Value>(
        _ result: Result<Value, PluginError>, status: UInt32 = 200, _ text: (Value) -> String
    ) -> Response {
        switch result {
        case .success(let value): .text(text(value), status: status)
        case .failure(let error): Self.failure(error.status)
        }
    }

    private static func failure(_ status: Status) -> Response {
        switch status.rawValue {
        case 1: .text("not allowed; the log says why\n", status: 403)
        case 6: .text("no such container, or no such image\n", status: 404)
        case 10: .text("the Docker engine is not there\n", status: 503)
        default: .text("the Docker engine refused; the log says why\n", status: 502)
        }
    }
}
