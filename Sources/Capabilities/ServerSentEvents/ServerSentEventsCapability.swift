import PulpCapability
import PulpListener
import PulpWire

/// `transport.sse`: a plugin registers paths, clients listen to them with GET, and each event that the plugin emits goes
/// to all of them.
///
/// - SeeAlso: `README.md` in this folder, and the reference's contract for the statuses.
package struct ServerSentEventsCapability: Capability {
    package static let id: CapabilityID = "transport.sse"
    package static let section: String? = "sse"
    package static let settings = StreamSettings.settings
    package static let limits = StreamSettings.limits

    /// Where routes go: the host's listener, and those that plugins ask for.
    private let listeners: any HTTPListeners

    package init(listeners: any HTTPListeners) {
        self.listeners = listeners
    }

    package func open(_ scope: PluginScope) async throws -> ServerSentEventsSession {
        ServerSentEventsSession(scope, settings: try StreamSettings(scope), listeners: self.listeners)
    }

    package func open(
        _ scope: PluginScope, beside former: ServerSentEventsSession?
    ) async throws -> ServerSentEventsSession {
        ServerSentEventsSession(
            scope, settings: try StreamSettings(scope), listeners: self.listeners, beside: former, isStaged: true)
    }

    /// Subscribers and what is kept for them are the plugin's, not one version's.
    package func replace(_ former: ServerSentEventsSession?, by successor: ServerSentEventsSession?) {
        successor?.takeOver()
        former?.retire(successor)
    }

    /// Ends every stream. A crash of an instance does not: subscribers belong to the plugin.
    package func close(_ session: ServerSentEventsSession) async {
        await session.close()
    }

    package static let imports: [HostImport<ServerSentEventsSession>] = [
        .textCommand(
            "sse_register", summary: "Registers a path, or a pattern of paths, that clients may listen to.",
            statuses: [4: "invalid, taken by another plugin, or one pattern too many"]
        ) { session, pattern, _ in try session.register(pattern) },
        .bytesCommand(
            "sse_emit", summary: "Sends an event to every subscriber of a path: `{path, id?, event?, data}`.",
            statuses: [
                0: "done, also when nobody listens",
                4: """
                no route of this plugin covers the path, `id` or `event` holds a line break or NUL, or a limit of \
                `[limits.transport.sse]` is met
                """,
            ]
        ) { session, bytes, _ in try session.emit(bytes) },
        .words(
            ImportSignature(
                "sse_has_subscribers", [.init("path_ptr"), .init("path_len"), .init("count_ptr")],
                summary: "Stores how many clients listen to a path, as a word of 32 bits.",
                statuses: [
                    0: "done", 1: "empty path", 2: "path outside the memory", 8: "`count_ptr` outside the memory",
                    99: "not granted, or the host has no listener",
                ])
        ) { session, call in session.countSubscribers(&call).rawValue },
    ]
}
