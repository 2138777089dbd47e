import PulpListener
import PulpWebSocket

extension ListenerHub {
    /// Serves an echo without a guest on the host's own listener: a benchmark's yardstick.
    package func addWebSocketEcho(on pattern: String) throws {
        try self.defaultRoutes?.register(.webSocket, pattern: pattern, owner: WebSocketEcho())
    }
}
