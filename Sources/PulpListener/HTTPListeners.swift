/// The listeners of a host, as capabilities need them.
package protocol HTTPListeners: Sendable {
    /// Where the routes of a plugin go: the listener that it has chosen, else the host's own; nil when there is none.
    func routes(of plugin: String) -> RouteTable?

    /// Moves the routes of a plugin to the listener on `address`, which is bound when nobody has bound it yet.
    ///
    /// What the plugin has registered before stays where it is.
    func listen(on address: String, for plugin: String) async throws
    /// Forgets what a plugin has chosen.
    func forget(_ plugin: String)
}
