import PulpGuest

/// Greets: `GET /hello/:name` answers `Hello, NAME!`.
@main
struct Hello: Plugin {
    let greeting: String

    init(config: Config) throws(PluginError) {
        self.greeting = try config.string("greeting", default: "Hello")
    }

    static func configure(_ app: inout Application<Self>) throws(PluginError) {
        app.get("/hello/:name") { plugin, request in
            .text("\(plugin.greeting), \(request.params["name"])!\n")
        }
    }
}
