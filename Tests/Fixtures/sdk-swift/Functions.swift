import PulpGuest

extension Everything {
    /// Functions for others to call.
    static func provideFunctions(_ app: inout Application<Self>) {
        app.provide("add") { (plugin, call) throws(PluginError) in
            plugin.visits += 1
            return .integer(try call.arguments.integer("a") + call.arguments.integer("b"))
        }
        app.provide("greet") { (plugin, call) throws(PluginError) in
            .text("Hello, \(try call.arguments.string("name", default: plugin.settings.name))!")
        }
        app.provide("visits") { plugin, _ in .integer(Int64(plugin.visits)) }
        app.provide("half") { (_, call) throws(PluginError) in .number(try call.arguments.number("of") / 2) }
        app.provide("is") { (_, call) throws(PluginError) in .bool(call.arguments.has("it")) }
        app.provide("echo") { _, call in .bytes(call.bytes) }
        app.provide("nothing") { _, _ in .nothing }
        app.provide("refuse") { (_, _) throws(PluginError) in throw PluginError(404, "there is nobody of that name") }
    }
}
