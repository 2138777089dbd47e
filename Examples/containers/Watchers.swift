import PulpGuest

/// Who watches the logs of which container, over a WebSocket each.
///
/// The host has no push for logs: at each tick the plugin asks for what has come since, once for each watcher, and
/// sends it on.
struct Watchers {
    private struct Watcher {
        let socket: WebSocket
        let container: String
        /// Where to go on; 0 for the beginning.
        var next: Int64 = 0
    }

    private var watchers: [Watcher] = []

    mutating func add(_ socket: WebSocket, container: String) {
        self.watchers.append(Watcher(socket: socket, container: container))
        self.tick()
    }

    mutating func remove(_ socket: WebSocket) {
        self.watchers.removeAll { $0.socket == socket }
    }

    /// Brings everyone what is new.
    mutating func tick() {
        var gone: [WebSocket] = []
        for index in self.watchers.indices where !Self.bring(to: &self.watchers[index]) {
            gone.append(self.watchers[index].socket)
        }
        for socket in gone { self.remove(socket) }
    }

    /// - Returns: Whether there may be more to bring.
    private static func bring(to watcher: inout Watcher) -> Bool {
        do throws(PluginError) {
            let answer = try Docker.logs(DockerLogsRequest(id: watcher.container, sinceNanos: watcher.next))
            watcher.next = answer.nextNanos
            if !answer.logs.isEmpty { watcher.socket.send(String(repairing: answer.logs.wireBytes)) }
            return true
        } catch {
            // Removed, or the engine has gone: either way there is no more to show.
            let reason = error.status == .notFound ? "the container is gone" : "its log cannot be read"
            watcher.socket.close(reason: reason)
            return false
        }
    }
}
