import PulpGuest

/// Notes in a database: `POST /notes` keeps the body and answers its number, `GET /notes/:id` gives it back,
/// `GET /notes?q=word` searches, `DELETE /notes/:id` removes it.
@main
struct Notes: Plugin {
    init() throws(PluginError) {
        try Database.execute("CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)")
    }

    static func configure(_ app: inout Application<Self>) throws(PluginError) {
        app.post("/notes") { (_, request) throws(PluginError) in
            guard !request.body.isEmpty else { throw PluginError(422, "a note needs text") }
            // What is interpolated into SQL is a parameter: nothing that a stranger writes is ever part of its text.
            let note = try Database.execute("INSERT INTO notes (text) VALUES (\(request.text))")
            return .text("\(note.lastInsertID)\n", status: 201)
        }
        app.get("/notes/:id") { (_, request) throws(PluginError) in
            let id = Int64(request.params["id"])
            guard let row = try Database.queryOne("SELECT text FROM notes WHERE id = \(id)") else {
                throw PluginError(404, "there is no such note")
            }
            return .text(try row["text"])
        }
        app.get("/notes") { (_, request) throws(PluginError) in
            // instr, not LIKE: no character of the word has a meaning of its own.
            let word = request.query["q"] ?? ""
            let notes = try Database.query(
                "SELECT id, text FROM notes WHERE instr(text, \(word)) ORDER BY id LIMIT 100")
            var lines = ""
            for note in notes { lines += "\(note.int("id") ?? 0)\t\(note.string("text") ?? "")\n" }
            return .text(lines)
        }
        app.delete("/notes/:id") { (_, request) throws(PluginError) in
            let id = Int64(request.params["id"])
            guard try Database.execute("DELETE FROM notes WHERE id = \(id)").rowsAffected > 0 else {
                throw PluginError(404, "there is no such note")
            }
            return .status(204)
        }
    }
}
