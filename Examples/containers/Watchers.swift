import PulpGuest

/// Who watches the logs of which container, over a WebSocket each.
///
/// The host has no push for logs: at each tick the plugin asks for what has come since, once for each watcher, and
/// sends it on.
final class Watchers {
    private struct Watcher {
        let container: String
        /// Where to go on; 0 for the beginning.
        var next: Int64 = 0
    }

    private let host: Host
    private var watchers: [UInt64: Watcher] = [:]

    init(_ host: Host) {
        self.host = host
    }

    func add(_ connection: UInt64, container: String) {
        self.watchers[connection] = Watcher(container: container)
        self.bring(to: connection)
    }

    func remove(_ connection: UInt64) {
        self.watchers[connection] = nil
    }

    /// Brings everyone what is new.
    func tick() {
        for connection in Array(self.watchers.keys) { self.bring(to: connection) }
    }

    private func bring(to connection: UInt64) {
        guard let watcher = self.watchers[connection] else { return }
        switch Docker.logs(DockerLogsRequest(id: watcher.container, sinceNanos: watcher.next)) {
        case .success(let answer):
            self.watchers[connection]?.next = answer.nextNanos
            if !answer.logs.isEmpty { self.host.send(String(decoding: answer.logs, as: UTF8.self), to: connection) }
        case .failure(let error):
            // Removed, or the engine has gone: either way there is no more to show.
            self.remove(connection)
            let reason = error.status == .notFound ? "the container is gone" : "its log cannot be read"
            self.host.closeWebSocket(connection, reason: reason)
        }
    }
}
