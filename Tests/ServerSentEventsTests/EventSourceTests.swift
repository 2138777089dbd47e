import PulpTestSupport
import Testing

/// What a browser makes of it.
@Suite("EventSource", .enabled(if: Browser.isExpected, Comment(rawValue: Browser.missing)))
struct EventSourceTests {
    private static let page = """
        window.seen = [];
        window.source = new EventSource(URL_HERE);
        const note = event => seen.push(event.type + ' ' + event.lastEventId + ' ' + event.data);
        for (const type of ['message', 'note', 'pulp.missed']) source.addEventListener(type, note);
        source.onopen = () => seen.push('open');
        """

    @Test("gets events with ids, types and lines, and after a break what it missed")
    func browser() async throws {
        let settings: [String: CapabilitySetting.Value] = [
            "retry_ms": .integer(50), "headers": .strings(["Access-Control-Allow-Origin: *"]),
        ]
        try await withSite([.sse(settings)]) { site async throws in
            let proxy = try await CuttingProxy.start(to: site.address)
            try await withBrowser { browser in
                let page = try await browser.newPage()
                let url = "'http://127.0.0.1:\(proxy.port)/events'"
                try await page.evaluate(Self.page.replacing("URL_HERE", with: url) + "; 0")
                try await page.wait(until: "seen.includes('open')")
                #expect(try await site.emit("a\nb", id: "1", event: "note") == "0")
                #expect(try await site.emit("ä\r\nc") == "0")
                try await page.wait(until: "seen.length == 3")
                #expect(try await page.evaluate("seen") == ["open", "note 1 a\nb", "message 1 ä\nc"])

                // The line breaks, and an event happens meanwhile: it comes once the browser is back.
                await proxy.cut()
                #expect(try await site.emit("missed", id: "2") == "0")
                try await page.wait(until: "seen.length == 6")
                #expect(try await site.emit("live") == "0")
                try await page.wait(until: "seen.length == 7")
                #expect(
                    try await page.evaluate("seen.slice(3)") == [
                        // An event without an id comes again with those after the last id.
                        "open", "message 1 ä\nc", "message 2 missed", "message 2 live",
                    ])
                try await page.evaluate("source.close()")
                let isGone = try await eventually { try await site.post("count", "/events") == "0 0" }
                #expect(isGone)
                #expect(page.complaints.isEmpty)
            }
            await proxy.stop()
        }
    }
}
