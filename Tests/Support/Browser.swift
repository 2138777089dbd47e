import Foundation
import NIOPosix

/// Headless Chromium, for tests of what a visitor sees and does.
///
/// ```swift
/// @Test("a guest signs the book", .enabled(if: Browser.isExpected, Browser.missing))
/// func signing() async throws {
///     try await withBrowser { browser in
///         let page = try await browser.newPage()
///         try await page.open("http://127.0.0.1:\(port)/")              // waits until it has loaded
///         try await page.fill("input[name=name]", "Ada")                // types, as a visitor does
///         try await page.choose(file: path, in: "input[type=file]")
///         try await page.click("button")                                // a press of the mouse
///         try await page.wait(until: "document.querySelectorAll('li').length == 1")
///         #expect(try await page.text(of: "li") == "Ada")
///         #expect(try await page.evaluate("1 + 1") == 2)                // any script, promises too; a JSON value
///         try await page.submit("form")                                 // the form itself, without a button
///         try await page.screenshot("guestbook")                        // .build/artifacts/guestbook.png
///         #expect(page.complaints.isEmpty)                              // uncaught errors, console.error
///     }
/// }
/// ```
///
/// A browser has a new profile, a page shares its cookies with the others of its browser. Every step has a time limit
/// and says what it waited for, what the page shows and what it complained of. The process, its children and its files
/// are gone when `withBrowser` returns.
///
/// Where there is no Chromium such tests are skipped, by name; where `CI` is set they fail instead.
/// `Scripts/browser` installs it, and `make test` runs that.
package final class Browser: Sendable {
    /// Why a test of a page is skipped.
    package static let missing = "no Chromium here: Scripts/browser installs it, or PULP_BROWSER names one"
    private static let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]

    private let connection: BrowserConnection
    private let process: BrowserProcess

    private init(_ connection: BrowserConnection, _ process: BrowserProcess) {
        self.connection = connection
        self.process = process
    }

    /// Whether a test that needs a browser runs: there is one, or there has to be.
    package static var isExpected: Bool {
        Self.executable != nil || ProcessInfo.processInfo.environment["CI"] != nil
    }

    static var executable: String? {
        let environment = ProcessInfo.processInfo.environment
        if let named = environment["PULP_BROWSER"] { return named }
        let folders = (environment["PATH"] ?? "").split(separator: ":")
        return Self.names.lazy.flatMap { name in folders.lazy.map { "\($0)/\(name)" } }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    static func start() async throws -> Browser {
        guard let executable = Self.executable else { throw BrowserError(Self.missing) }
        let process = try BrowserProcess(executable)
        do {
            let connection = try await BrowserConnection.open(
                reading: process.events, writing: process.commands, complaint: { process.lastWords })
            // The first answer comes when it has started.
            _ = try await connection.call("Browser.getVersion")
            return Browser(connection, process)
        } catch {
            await process.end()
            throw error
        }
    }

    /// A tab of its own, empty.
    package func newPage() async throws -> BrowserPage {
        let target = try await self.connection.call("Target.createTarget", ["url": "about:blank"])
        let attached = try await self.connection.call(
            "Target.attachToTarget", ["targetId": target["targetId"] ?? .null, "flatten": true])
        guard let session = attached["sessionId"]?.string else { throw BrowserError("the browser opened no page") }
        let page = BrowserPage(self.connection, session: session)
        try await page.start()
        return page
    }

    func end() async {
        await self.connection.close()
        await self.process.end()
    }
}

/// Runs `body` with a browser of its own.
@discardableResult
package func withBrowser<Result: Sendable>(_ body: (Browser) async throws -> Result) async throws -> Result {
    let browser = try await Browser.start()
    do {
        let result = try await body(browser)
        await browser.end()
        return result
    } catch {
        await browser.end()
        throw error
    }
}

/// What went wrong between a test and its browser.
package struct BrowserError: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
