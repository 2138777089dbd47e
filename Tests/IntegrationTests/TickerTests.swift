import PulpTestSupport
import Testing

/// The example as its README shows it.
@Suite("Examples/ticker", .enabled(if: Browser.isExpected, Comment(rawValue: Browser.missing)))
struct TickerTests {
    @Test("shows ticks and cheers in every window that is open")
    func windows() async throws {
        var spec = try Fixture.spec("Examples/ticker")
        spec.ticks = .every(.milliseconds(20))
        try await withSite([spec]) { site async throws in
            let url = "http://127.0.0.1:\(site.address.port ?? 0)/"
            try await withBrowser { browser in
                let (one, two) = (try await browser.newPage(), try await browser.newPage())
                for page in [one, two] { try await page.open(url) }
                for page in [one, two] {
                    try await page.wait(until: "watching.textContent == '2' && tick.textContent > 0")
                }
                try await one.click("button")
                for page in [one, two] { try await page.wait(until: "cheers.textContent == '1'") }
                try await one.screenshot("ticker")
                #expect(one.complaints.isEmpty && two.complaints.isEmpty)
            }
        }
    }
}
