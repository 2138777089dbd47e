import Foundation
import Synchronization

/// One tab of a ``Browser``. Selectors are CSS; what is not there yet is waited for.
package final class BrowserPage: Sendable {
    private let connection: BrowserConnection
    private let session: String
    private let errors = Mutex<[String]>([])

    /// How long a page may take for one step.
    private static let patience = Duration.seconds(30)
    private static let mostComplaints = 100

    init(_ connection: BrowserConnection, session: String) {
        self.connection = connection
        self.session = session
    }

    func start() async throws {
        self.connection.observe(self.session) { [weak self] method, parameters in self?.heard(method, parameters) }
        try await self.call("Page.enable")
        try await self.call("Runtime.enable")
    }

    @discardableResult
    private func call(_ method: String, _ parameters: JSON = [:]) async throws -> JSON {
        try await self.connection.call(method, parameters, session: self.session)
    }

    /// What scripts of the page did not catch, and what they wrote with `console.error`: the first hundred.
    package var complaints: [String] { self.errors.withLock { $0 } }

    private func heard(_ method: String, _ parameters: JSON) {
        let text: String?
        switch method {
        case "Runtime.exceptionThrown":
            let details = parameters["exceptionDetails"]
            text = details?["exception"]?["description"]?.string ?? details?["text"]?.string
        case "Runtime.consoleAPICalled" where parameters["type"]?.string == "error":
            let first = parameters["args"]?[0]
            text = first?["value"]?.string ?? first?["description"]?.string ?? "console.error"
        default: text = nil
        }
        guard let text else { return }
        self.errors.withLock { if $0.count < Self.mostComplaints { $0.append(text) } }
    }

    // MARK: Going and looking

    /// Goes to `url` and waits until it has loaded.
    package func open(_ url: String) async throws {
        let answer = try await self.call("Page.navigate", ["url": .string(url)])
        if let failure = answer["errorText"]?.string, !failure.isEmpty { throw BrowserError("\(url): \(failure)") }
        try await self.wait(until: "document.readyState == 'complete'")
    }

    /// The value of a script's last expression; of a promise, once it is kept.
    ///
    /// - Throws: ``BrowserError`` with what the script threw.
    @discardableResult
    package func evaluate(_ script: String) async throws -> JSON {
        let answer = try await self.call(
            "Runtime.evaluate",
            ["expression": .string(script), "returnByValue": true, "awaitPromise": true, "userGesture": true])
        if let details = answer["exceptionDetails"] {
            let text = details["exception"]?["description"]?.string ?? details["text"]?.string ?? "failed"
            throw BrowserError("\(script): \(text)")
        }
        return answer["result"]?["value"] ?? .null
    }

    /// Waits until an expression holds, on whatever page is there by then; one that throws does not hold.
    ///
    /// - Throws: ``BrowserError`` with what the page shows, when it does not in `limit`.
    package func wait(until condition: String, within limit: Duration = BrowserPage.patience) async throws {
        let script = """
            new Promise(done => {
                const end = Date.now() + 500;
                const look = () => {
                    let holds = false;
                    try { holds = !!(\(condition)); } catch {}
                    if (holds || Date.now() > end) done(holds); else setTimeout(look, 10);
                };
                look();
            })
            """
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end {
            // A page that is left takes the promise with it: then the next one is asked.
            if let answer = try? await self.evaluate(script), answer == true { return }
        }
        let shown = try? await self.evaluate("location.href + '\\n' + document.body.innerText.slice(0, 1000)")
        throw BrowserError(
            "not within \(limit): \(condition)\nthe page: \(shown?.string ?? "shows nothing")\n"
                + "complaints: \(self.complaints)")
    }

    /// The text that a visitor sees of an element.
    package func text(of selector: String) async throws -> String {
        try await self.evaluate("\(try await self.find(selector)).innerText").string ?? ""
    }

    /// Keeps a picture of what is seen as `.build/artifacts/NAME.png`.
    @discardableResult
    package func screenshot(_ name: String) async throws -> String {
        // A page behind another is not drawn.
        _ = try await self.call("Page.bringToFront", [:])
        let answer = try await self.call("Page.captureScreenshot", ["format": "png"])
        guard let picture = answer["data"]?.string.flatMap({ Data(base64Encoded: $0) }) else {
            throw BrowserError("no picture of the page")
        }
        let folder = Fixture.root.appendingPathComponent(".build/artifacts")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appendingPathComponent("\(name).png")
        try picture.write(to: file)
        return file.path
    }

    // MARK: Doing

    /// Types `text` into a field, in place of what is there.
    package func fill(_ selector: String, _ text: String) async throws {
        let field = try await self.find(selector)
        try await self.evaluate("{ const field = \(field); field.focus(); field.select(); }")
        try await self.call("Input.insertText", ["text": .string(text)])
    }

    /// Presses the mouse in the middle of an element.
    package func click(_ selector: String) async throws {
        let element = try await self.find(selector)
        let place = try await self.evaluate(
            """
            {
                const element = \(element);
                element.scrollIntoView({ block: 'center', behavior: 'instant' });
                const box = element.getBoundingClientRect();
                [box.x + box.width / 2, box.y + box.height / 2]
            }
            """)
        guard let x = place[0], let y = place[1] else { throw BrowserError("\(selector) is nowhere on the page") }
        for type in ["mousePressed", "mouseReleased"] as [JSON] {
            try await self.call(
                "Input.dispatchMouseEvent", ["type": type, "x": x, "y": y, "button": "left", "clickCount": 1])
        }
    }

    /// Sends a form as its button would, checks included.
    package func submit(_ selector: String) async throws {
        try await self.evaluate("\(try await self.find(selector)).requestSubmit()")
    }

    /// Chooses a file of this machine in an `<input type=file>`.
    package func choose(file path: String, in selector: String) async throws {
        _ = try await self.find(selector)
        let document = try await self.call("DOM.getDocument")
        let node = try await self.call(
            "DOM.querySelector",
            ["nodeId": document["root"]?["nodeId"] ?? .null, "selector": .string(selector)])
        try await self.call(
            "DOM.setFileInputFiles", ["nodeId": node["nodeId"] ?? .null, "files": [.string(path)]])
    }

    /// An expression for the element, once it is there.
    private func find(_ selector: String) async throws -> String {
        let quoted = String(decoding: try JSON.string(selector).text(), as: UTF8.self)
        let element = "document.querySelector(\(quoted))"
        try await self.wait(until: "\(element) !== null")
        return element
    }
}
