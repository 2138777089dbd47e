import NIOCore
import Pulp
import PulpListener

/// What a plugin's listener has beside the plugin while it is developed: the script for its pages, and an answer for as
/// long as no version works.
package final class DevelopmentSite: Sendable {
    let pages: DevelopmentPages
    let waiting: WaitingPage
    /// For the host's ``ListenerHub``; nil when pages are left as they are.
    package let filter: (any HTTPAnswerFilter)?
    private let run: String

    /// - Parameters:
    ///   - run: Tells this run of the program from others: a page that is still open then reloads too.
    ///   - injects: Whether pages get the script.
    ///   - warn: Told what the author of pages should know.
    package init(run: String, injects: Bool, warn: @escaping @Sendable (String) -> Void) {
        let pages = DevelopmentPages(version: "\(run)-0")
        self.run = run
        self.pages = pages
        self.waiting = WaitingPage(pages: pages)
        self.filter = injects ? ScriptInjector(pages: pages, warn: warn) : nil
    }

    /// Registers the pages.
    package func open(on hub: ListenerHub) throws {
        guard let routes = hub.defaultRoutes else { return }
        try self.pages.register(in: routes)
        routes.setFallback(self.waiting)
    }

    /// A version of the plugin is served.
    func serves(_ number: Int, on hub: ListenerHub) {
        hub.defaultRoutes?.setFallback(nil)
        self.pages.tell(version: "\(self.run)-\(number)", error: nil)
    }

    /// The newest sources do not work.
    func fails(_ message: String) {
        self.waiting.set(message)
        self.pages.tell(version: nil, error: message)
    }
}
