import PulpGuest

/// A folder over HTTP: `PUT /files/*path` stores the body, `GET` gives it back, `DELETE` removes it, `GET /files/` lists
/// the top of the folder.
@main
struct Uploads: Plugin {
    static func configure(_ app: inout Application<Self>) throws(PluginError) {
        app.put("/files/*path") { (_, request) throws(PluginError) in
            try Self.explained { () throws(PluginError) in try Files.write(request.params["path"], request.bytes) }
            return .status(204)
        }
        app.get("/files/*path") { (_, request) throws(PluginError) in
            let path = request.params["path"]
            guard path.isEmpty else {
                return .bytes(try Self.explained { () throws(PluginError) in try Files.read(path) })
            }
            var lines = ""
            for entry in try Files.list() { lines += entry.isFolder ? "\(entry.name)/\n" : "\(entry.name)\n" }
            return .text(lines)
        }
        app.delete("/files/*path") { (_, request) throws(PluginError) in
            try Self.explained { () throws(PluginError) in try Files.delete(request.params["path"]) }
            return .status(204)
        }
    }

    /// The host keeps every path inside the plugin's folder; what it refuses is told to the client.
    private static func explained<Result>(_ body: () throws(PluginError) -> Result) throws(PluginError) -> Result {
        do throws(PluginError) {
            return try body()
        } catch {
            if error.status == .notFound { throw PluginError(404, "there is no such file") }
            throw Files.isRejected(error) ? PluginError(403, "this path is not allowed") : error
        }
    }
}
