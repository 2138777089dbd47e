import PulpGuest

/// Counts: what a plugin keeps from one step to the next are the properties of its type.
@main
struct Counter: Plugin {
    let first: Int64
    var count: Int64

    init(config: Config) throws(PluginError) {
        self.first = try config.integer("first", default: 0)
        self.count = self.first
    }

    static func configure(_ app: inout Application<Self>) throws(PluginError) {
        app.get("/count") { plugin, _ in
            plugin.count += 1
            return .text("\(plugin.count)\n")
        }
        app.post("/reset") { plugin, _ in
            plugin.count = plugin.first
            return .text("\(plugin.count)\n")
        }
        app.onShutdown { plugin in
            Log.info("stopped", ["count": "\(plugin.count)"])
        }
    }
}
