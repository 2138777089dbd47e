import PulpGuest

/// Works every second.
@main
struct Worker: Plugin {
    var runs = 0

    static func configure(_ app: inout Application<Self>) throws(PluginError) {
        app.onTick { plugin in
            plugin.runs += 1
            Log.info("run \(plugin.runs)")
        }
    }
}
