import PulpGuest

/// A board: what is posted to `/events` goes to everybody who listens there.
@main
struct Board: Plugin {
    static func configure(_ app: inout Application<Self>) throws(PluginError) {
        app.events("/events")
        app.post("/events") { _, request throws(PluginError) in
            try Events.emit(request.text, to: "/events")
            return .status(204)
        }
    }
}
