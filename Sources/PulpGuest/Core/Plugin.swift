@_exported import PulpWire

/// A plugin: one type, marked `@main`, whose properties are its state.
///
/// ```swift
/// @main
/// struct Hello: Plugin {
///     var visits = 0
///
///     static func configure(_ app: inout Application<Self>) throws(PluginError) {
///         app.get("/hello/:name") { plugin, request in
///             plugin.visits += 1
///             return .text("Hello, \(request.params["name"])! (\(plugin.visits))\n")
///         }
///     }
/// }
/// ```
///
/// The host makes one value for each instance, steps it one event at a time, and every handler gets it `inout`. A type
/// whose properties all have a value needs no initializer; one that reads its state from the manifest's `[config]`
/// writes ``init(config:)``.
public protocol Plugin {
    /// The state at the start; implicit where every property has a value.
    init() throws(PluginError)

    /// The state at the start, from the manifest's `[config]`; calls ``init()`` unless the plugin has its own.
    ///
    /// Runs after ``configure(_:)``.
    /// - Throws: What fails the start; the error's sentence is what the host reports.
    init(config: Config) throws(PluginError)

    /// Says what the plugin serves; runs once for each instance, before anything else.
    ///
    /// - Throws: What fails the start; the error's sentence is what the host reports.
    static func configure(_ app: inout Application<Self>) throws(PluginError)
}

extension Plugin {
    public init() throws(PluginError) {
        throw PluginError(
            status: .unavailable,
            message: "the plugin's type has properties without a value: give each one, or write init(config:)")
    }

    public init(config: Config) throws(PluginError) {
        try self.init()
    }

    /// Called once by `pulp_init`: tells the exports, which are C, what they stand for.
    public static func main() {
        Lifecycle.install { (config) throws(PluginError) in
            var app = Application<Self>(config: config)
            try Self.configure(&app)
            return (app.dispatcher, StateReference(try Self(config: config)))
        }
    }
}
