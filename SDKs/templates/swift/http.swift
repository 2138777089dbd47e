import PulpGuest

/// Greets: `GET /hello/:name` answers `Hello, NAME!` and how many were greeted.
@main
struct Greeter: Plugin {
    let greeting: String
    var visits = 0

    init(config: Config) throws(PluginError) {
        self.greeting = try config.string("greeting", default: "Hello")
    }

    static func configure(_ app: inout Application<Self>) throws(PluginError) {
        app.get("/hello/:name") { plugin, request in
            plugin.visits += 1
            return .text("\(plugin.greeting), \(request.params["name"])! (\(plugin.visits))\n")
        }
    }
}
