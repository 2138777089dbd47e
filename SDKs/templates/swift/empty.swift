import PulpGuest

/// Starts, and says so.
@main
struct Empty: Plugin {
    static func configure(_ app: inout Application<Self>) throws(PluginError) {
        Log.info("PLUGIN_NAME is ready")
    }
}
