import NIOCore
import NIOHTTP1
import PulpListener
import PulpWire
import Synchronization

/// The script of ``PageScript`` and the stream that it listens to: on the plugin's own listener, whatever the plugin
/// registers.
final class DevelopmentPages: RouteOwner {
    /// What open pages are told.
    private struct State {
        var version: String
        /// Why the newest sources are not served; nil when they are.
        var error: String?
        var tabs: [UInt64: HTTPExchange] = [:]
    }

    /// More tabs than anybody has open on one plugin.
    private static let maximumTabs = 64

    let maxBodyBytes = 0
    let allowsOverlap = true
    private let state: Mutex<State>

    init(version: String) {
        self.state = Mutex(State(version: version))
    }

    func register(in routes: RouteTable) throws(RouteError) {
        try routes.register(method: "GET", pattern: PageScript.path, owner: self)
        try routes.register(method: "GET", pattern: PageScript.eventsPath, owner: self)
    }

    var version: String { self.state.withLock { $0.version } }

    /// Tells every open page.
    ///
    /// - Parameter version: Of what is served from now on; nil when that has not changed.
    func tell(version: String?, error: String?) {
        let tabs = self.state.withLock { state in
            state.version = version ?? state.version
            state.error = error
            return Array(state.tabs.values)
        }
        for tab in tabs {
            tab.eventLoop.execute { self.send(to: tab) }
        }
    }

    // MARK: RouteOwner

    func serve(_ exchange: HTTPExchange) {
        guard exchange.path == PageScript.eventsPath else { return self.serveScript(exchange) }
        guard exchange.method == "GET" else { return exchange.respond(status: 200, headers: Self.eventHeaders) }
        let isKept = self.state.withLock { state in
            guard state.tabs.count < Self.maximumTabs else { return false }
            state.tabs[exchange.id] = exchange
            return true
        }
        guard isKept else {
            return exchange.fail(.problem(503, detail: "too many pages listen for changes", retryAfter: 30))
        }
        do throws(ResponseFault) {
            try exchange.respondHead(status: 200, headers: Self.eventHeaders)
        } catch {
            self.forget(exchange)
            return exchange.fail(.problem(500, detail: "\(error)"))
        }
        exchange.onCancel = { [unowned exchange] in self.forget(exchange) }
        exchange.onEnding = { [unowned exchange] _ in
            self.forget(exchange)
            exchange.end()
        }
        self.send(to: exchange)
    }

    private static let eventHeaders: HTTPHeaders = ["Content-Type": "text/event-stream", "Cache-Control": "no-store"]

    private func serveScript(_ exchange: HTTPExchange) {
        exchange.respond(
            status: 200, headers: ["Content-Type": "text/javascript; charset=utf-8", "Cache-Control": "no-store"],
            body: ByteBuffer(string: PageScript.text))
    }

    private func forget(_ exchange: HTTPExchange) {
        self.state.withLock { _ = $0.tabs.removeValue(forKey: exchange.id) }
    }

    /// Sends the newest state; to a page that has not taken the last one, when it has.
    private func send(to tab: HTTPExchange) {
        let (version, error) = self.state.withLock { ($0.version, $0.error) }
        guard tab.isWritable else {
            tab.onWritable = { [unowned tab] in self.send(to: tab) }
            return
        }
        tab.onWritable = nil
        let record: MessagePackValue = ["version": .string(version), "error": error.map { .string($0) } ?? .nil]
        tab.write(ByteBuffer(string: "data: \(DiagnosticJSON.text(of: record))\n\n"))
    }
}
