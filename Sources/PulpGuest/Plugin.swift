@_exported import PulpWire

/// A plugin: one type, marked `@main`, that says what it serves.
///
/// ```swift
/// @main
/// struct Hello: Plugin {
///     static func start(_ host: Host) {
///         host.get("/hello/:name") { request in
///             .text("Hello, \(request.param("name"))!\n")
///         }
///     }
/// }
/// ```
public protocol Plugin {
    /// Runs once, when the host initializes the plugin: reads the configuration and registers routes. What it keeps in
    /// variables that its closures capture is the plugin's state.
    static func start(_ host: Host)
}

extension Plugin {
    /// Called once by `pulp_init`: tells the exports, which are C, what they stand for.
    public static func main() {
        unsafe Host.start = { host in Self.start(host) }
        unsafe pulp_install(
            { config, length in
                unsafe Host.initialize(UnsafeRawBufferPointer(start: config, count: Int(length)))
            },
            { envelope, length in
                unsafe Host.current.step(UnsafeRawBufferPointer(start: envelope, count: Int(length)))
            },
            { unsafe Host.current.shutdown() }
        )
    }
}
