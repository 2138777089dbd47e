import PulpGuest

/// A room: what one says at `/chat` goes to everybody who is connected.
@main
struct Room: Plugin {
    var members: [WebSocket] = []

    static func configure(_ app: inout Application<Self>) throws(PluginError) {
        app.webSocket(
            "/chat",
            opened: { plugin, member, _ in plugin.members.append(member) },
            received: { plugin, _, message in
                if case .text(let text) = message { WebSocket.send(text, to: plugin.members) }
            },
            closed: { plugin, member, _ in plugin.members.removeAll { $0 == member } })
    }
}
