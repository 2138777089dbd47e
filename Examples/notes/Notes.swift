import PulpGuest

/// Notes in a database: `POST /notes` keeps the body and answers its number, `GET /notes/:id` gives it back,
/// `GET /notes?q=word` searches, `DELETE /notes/:id` removes it.
@main
struct Notes: Plugin {
    static func start(_ host: Host) {
        do throws(PluginError) {
            try Database.execute(
                "CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)")
        } catch {
            return host.fail("the table cannot be made", error)
        }
        host.post("/notes") { request in
            let text = request.bodyText
            guard !text.isEmpty else { return .text("a note needs text\n", status: 422) }
            return Self.answer { () throws(PluginError) in
                let change = try Database.execute("INSERT INTO notes (text) VALUES (\(text))")
                return .text("\(change.lastInsertID)\n", status: 201)
            }
        }
        host.get("/notes/:id") { request in
            let id = Int64(request.param("id")) ?? 0
            return Self.answer { () throws(PluginError) in
                guard let text = try Database.queryOne("SELECT text FROM notes WHERE id = \(id)")?.string("text") else {
                    return .text("there is no such note\n", status: 404)
                }
                return .text(text)
            }
        }
        host.get("/notes") { request in
            let word = request.query("q") ?? ""
            return Self.answer { () throws(PluginError) in
                // instr, not LIKE: no character of the word has a meaning of its own.
                let found = try Database.query(
                    "SELECT id, text FROM notes WHERE instr(text, \(word)) > 0 ORDER BY id LIMIT 100")
                var lines = ""
                for row in found { lines += "\(row.int("id") ?? 0)\t\(row.string("text") ?? "")\n" }
                return .text(lines)
            }
        }
        host.serve("DELETE", "/notes/:id") { request in
            let id = Int64(request.param("id")) ?? 0
            return Self.answer { () throws(PluginError) in
                let change = try Database.execute("DELETE FROM notes WHERE id = \(id)")
                return change.rowsAffected > 0
                    ? Response([], status: 204) : .text("there is no such note\n", status: 404)
            }
        }
    }

    private static func answer(_ body: () throws(PluginError) -> Response) -> Response {
        do throws(PluginError) {
            return try body()
        } catch {
            Log.error("the database refused", ["status": "\(error.status.rawValue)"])
            return .text("the notes are not available\n", status: 503)
        }
    }
}
