import PulpGuest

/// A guestbook: a form, rows in SQLite, uploaded pictures as files, and every open page learns of a new entry at once.
///
/// - `GET /` the page, `POST /entries` a new entry (`multipart/form-data`: `name`, `message`, perhaps `picture`),
/// - `GET /entries` all of them as JSON, `GET /pictures/:id` one picture, `GET /live` the event stream.
@main
struct Guestbook: Plugin {
    let title: String

    init(config: Config) throws(PluginError) {
        self.title = try config.string("title", default: "Guestbook")
        try Entry.createTable()
        Log.info("the guestbook is open")
    }

    static func configure(_ app: inout Application<Self>) throws(PluginError) {
        app.events("/live")
        app.get("/") { (book, _) throws(PluginError) in
            .html(Page.whole(book.title, try Entry.latest()), headers: Page.headers)
        }
        app.get("/entries") { (_, _) throws(PluginError) in
            let entries = try Entry.latest()
            return .json(JSONWriter.array { json in for entry in entries { json.object(entry.write) } })
        }
        app.get("/pictures/:id") { (_, request) throws(PluginError) in
            try Entry.picture(of: Int64(request.params["id"]) ?? 0)
        }
        app.post("/entries") { (_, request) throws(PluginError) in
            guard let form = request.form else { throw PluginError(400, "send a form") }
            return try Self.add(form)
        }
    }

    /// Stores what the form says, tells whoever watches, and sends the visitor back to the page.
    private static func add(_ form: Form) throws(PluginError) -> Response {
        let name = (form["name"] ?? "").trimmed(to: 80)
        let message = (form["message"] ?? "").trimmed(to: 2000)
        guard !name.isEmpty, !message.isEmpty else { throw PluginError(422, "a name and a message are needed") }
        let entry = try Entry.insert(name: name, message: message, picture: form.file("picture"))
        try Events.emit(entry.json, to: "/live", id: "\(entry.id)", event: "entry")
        return .redirect(to: "/")
    }
}
