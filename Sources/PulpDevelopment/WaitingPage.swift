import NIOCore
import NIOHTTP1
import PulpListener
import Synchronization

/// What every path answers as long as there is no version of the plugin that works: 503, with what is wrong.
final class WaitingPage: RouteOwner {
    let maxBodyBytes = 0
    private let pages: DevelopmentPages
    private let reason = Mutex("the plugin is being built")

    init(pages: DevelopmentPages) {
        self.pages = pages
    }

    func set(_ reason: String) {
        self.reason.withLock { $0 = reason }
    }

    func admit(_ exchange: HTTPExchange) -> Refusal? {
        let reason = self.reason.withLock { $0 }
        let wantsPage = exchange.headers["Accept"].contains { $0.contains("text/html") }
        let (type, text) = wantsPage ? ("text/html", self.page(reason)) : ("text/plain", reason + "\n")
        return Refusal(
            status: 503,
            headers: [("Content-Type", "\(type); charset=utf-8"), ("Cache-Control", "no-store"), ("Retry-After", "1")],
            body: ByteBuffer(string: text))
    }

    func serve(_ exchange: HTTPExchange) {
        // Every request is refused before its body is read.
        exchange.fail(.text(503, self.reason.withLock { $0 }))
    }

    private func page(_ reason: String) -> String {
        """
        <!doctype html>
        <meta charset="utf-8">
        <title>pulp dev</title>
        <body style="background: #141418; color: #f4f4f4; font: 14px/1.5 ui-monospace, monospace; padding: 2em">
        <h1 style="font-size: 1.2em">No version of the plugin works yet</h1>
        <pre id="\(PageScript.reasonID)" style="white-space: pre-wrap">\(Self.escaped(reason))</pre>
        <p>This page reloads when one does.</p>
        \(PageScript.element(self.pages.version))
        </body>

        """
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
