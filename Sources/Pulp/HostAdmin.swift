import NIOCore
import PulpListener
import PulpWire

/// The admin pages of a host: whether the process lives, and whether it takes requests.
///
/// For supervisors and load balancers, so on a listener of their own that plugins have no part in.
final class HostAdmin: RouteOwner {
    enum Page: String, CaseIterable {
        /// 200 as long as the process answers, whatever the plugins do.
        case health = "/.well-known/pulp/health"
        /// 200 when every plugin takes requests, else 503: also while starting and stopping.
        case ready = "/.well-known/pulp/ready"
    }

    /// Few connections: a crowd here must not take file descriptors from the plugins' clients.
    static var limits: ListenerConfiguration.Limits {
        var limits = ListenerConfiguration.Limits()
        limits.connections = 64
        return limits
    }

    let maxBodyBytes = 0
    // The host keeps its listener, and the listener this.
    private weak let host: Host?

    init(host: Host) {
        self.host = host
    }

    func serve(_ exchange: HTTPExchange) {
        let isReady = self.host?.isReady ?? false
        switch Page(rawValue: exchange.path) {
        case .health: self.answer(exchange, status: 200, word: "alive")
        case .ready: self.answer(exchange, status: isReady ? 200 : 503, word: isReady ? "ready" : "not ready")
        case nil: exchange.fail(.text(404, "404 page not found"))
        }
    }

    private func answer(_ exchange: HTTPExchange, status: Int, word: String) {
        let plugins = (self.host?.statuses ?? []).map { plugin -> MessagePackValue in
            [
                "name": .string(plugin.name), "version": .string(plugin.version),
                "state": .string("\(plugin.availability)"), "reason": .string(plugin.availability.reason),
            ]
        }
        let text = DiagnosticJSON.text(of: ["status": .string(word), "plugins": .array(plugins)])
        exchange.fail(
            Refusal(
                status: status, headers: [("Content-Type", "application/json"), ("Cache-Control", "no-store")],
                body: ByteBuffer(string: text + "\n")))
    }
}
