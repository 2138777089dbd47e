import PulpGuest

/// A folder over HTTP: `PUT /files/*path` stores the body, `GET` gives it back, `DELETE` removes it, `GET /files` lists
/// the top of the folder.
@main
struct Uploads: Plugin {
    static func start(_ host: Host) {
        host.serve("PUT", "/files/*path") { request in
            let (path, body) = (request.param("path"), [UInt8](copying: request.body))
            return Self.answer { () throws(PluginError) in
                try Files.write(path, body)
                return Response([], status: 204)
            }
        }
        host.get("/files/*path") { request in
            let path = request.param("path")
            return Self.answer { () throws(PluginError) in
                guard path.isEmpty else { return Response(try Files.read(path)) }
                var lines = ""
                for entry in try Files.list(".") { lines += entry.isFolder ? "\(entry.name)/\n" : "\(entry.name)\n" }
                return .text(lines)
            }
        }
        host.serve("DELETE", "/files/*path") { request in
            let path = request.param("path")
            return Self.answer { () throws(PluginError) in
                try Files.delete(path)
                return Response([], status: 204)
            }
        }
    }

    /// The host keeps every path inside the plugin's folder; what it refuses is told to the client.
    private static func answer(_ body: () throws(PluginError) -> Response) -> Response {
        do throws(PluginError) {
            return try body()
        } catch {
            switch error.status {
            case .notFound: return .text("there is no such file\n", status: 404)
            case .operationFailed: return .text("this path is not allowed\n", status: 403)
            default: return .text("the file could not be handled (status \(error.status.rawValue))\n", status: 500)
            }
        }
    }
}
