import NIOCore

/// The listeners of a host, as capabilities need them.
///
/// A plugin is told by the identity of its scope: while a new version of it is initialised beside the running one, the
/// two have one name, and may have chosen different addresses.
package protocol HTTPListeners: Sendable {
    /// What may change whole answers of plugins on their way out; nil, but in development.
    var answerFilter: (any HTTPAnswerFilter)? { get }

    /// Where the routes of a plugin go: the listener that it has chosen, else the host's own; nil when there is none.
    func routes(of plugin: ObjectIdentifier) -> RouteTable?

    /// Moves the routes of a plugin to the listener on `address`, which is bound when nobody has bound it yet.
    ///
    /// What the plugin has registered before stays where it is.
    func listen(on address: String, for plugin: ObjectIdentifier) async throws
    /// Forgets what a plugin has chosen. A listener that no plugin has chosen any more is closed.
    func forget(_ plugin: ObjectIdentifier) async
}

extension HTTPListeners {
    package var answerFilter: (any HTTPAnswerFilter)? { nil }
}

/// Changes whole answers of plugins on their way out.
package protocol HTTPAnswerFilter: Sendable {
    /// The body to send in place of `body`; nil to leave it as it is. On the loop of the connection.
    ///
    /// - Parameter headers: What the plugin says, in its order.
    func body(status: Int, headers: [(name: String, value: String)], body: RawSpan, of exchange: HTTPExchange)
        -> ByteBuffer?
}
