import PulpGuest

/// A guestbook: a form, rows in SQLite, uploaded pictures as files, and every open page learns of a new entry at once.
///
/// - `GET /` the page, `POST /entries` a new entry (`multipart/form-data`: `name`, `message`, perhaps `picture`),
/// - `GET /entries` all of them as JSON, `GET /pictures/:id` one picture, `GET /live` the event stream.
@main
struct Guestbook: Plugin {
    static func start(_ host: Host) {
        let title = host.config.string("title") ?? "Guestbook"
        do throws(PluginError) {
            try Entry.createTable()
        } catch {
            return host.fail("the guestbook's table cannot be made", error)
        }
        host.events("/live")
        host.get("/") { _ in Self.guarded { () throws(PluginError) in .html(Page.whole(title, try Entry.latest())) } }
        host.get("/entries") { _ in
            Self.guarded { () throws(PluginError) in .json("[" + JSON.list(try Entry.latest().map { $0.json }) + "]") }
        }
        host.get("/pictures/:id") { request in
            let id = Int64(request.param("id")) ?? 0
            return Self.guarded { () throws(PluginError) in try Entry.picture(of: id) }
        }
        host.post("/entries") { request in
            guard let form = MultipartForm(request) else {
                return .text("send the form as multipart/form-data\n", status: 400)
            }
            return Self.guarded { () throws(PluginError) in try Self.add(form, host) }
        }
        Log.info("the guestbook is open")
    }

    /// Stores what the form says, tells whoever watches, and sends the visitor back to the page.
    private static func add(_ form: MultipartForm, _ host: Host) throws(PluginError) -> Response {
        let name = form.text("name").trimmed(to: 80)
        let message = form.text("message").trimmed(to: 2000)
        guard !name.isEmpty, !message.isEmpty else {
            return .text("a name and a message are needed\n", status: 422)
        }
        let entry = try Entry.insert(name: name, message: message, picture: form.file("picture"))
        host.emit(entry.json, to: "/live", id: "\(entry.id)", event: "entry")
        return Response([], status: 303, headers: ["Location": "/"])
    }

    /// What the host refuses is the host's affair, not the visitor's: one line in the log, and a 500.
    private static func guarded(_ body: () throws(PluginError) -> Response) -> Response {
        do throws(PluginError) {
            return try body()
        } catch {
            Log.error("a request failed", ["status": "\(error.status.rawValue)"])
            return .text("the guestbook cannot answer just now\n", status: 500)
        }
    }
}
