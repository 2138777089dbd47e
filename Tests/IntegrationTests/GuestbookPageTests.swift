import Foundation
import PulpSandbox
import PulpTestSupport
import Testing

/// What a visitor of the guestbook sees and does, in a real browser.
@Suite("The guestbook's page")
struct GuestbookPageTests {
    /// A red square of one pixel.
    private static let picture: [UInt8] = [
        0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0x00, 0x00, 0x00, 0x0D, 0x49, 0x48, 0x44, 0x52, 0x00, 0x00,
        0x00,
        0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x02, 0x00, 0x00, 0x00, 0x90, 0x77, 0x53, 0xDE, 0x00, 0x00, 0x00, 0x0C,
        0x49,
        0x44, 0x41, 0x54, 0x78, 0x9C, 0x63, 0xF8, 0xCF, 0xC0, 0x00, 0x00, 0x03, 0x01, 0x01, 0x00, 0xC9, 0xFE, 0x92,
        0xEF,
        0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82,
    ]

    @Test(
        "a visitor signs with a picture, and another who watches sees it at once",
        .enabled(if: Browser.isExpected, Comment(rawValue: Browser.missing)))
    func signing() async throws {
        try await withTemporaryFolder { folder async throws in
            let file = folder + "/red.png"
            try Data(Self.picture).write(to: URL(fileURLWithPath: file))
            let storage = StorageRoot(path: folder + "/data")
            try await withSite([Fixture.spec("guestbook")], storage: storage) { site async throws in
                let address = "http://127.0.0.1:\(site.address.port ?? 0)/"
                try await withBrowser { browser in
                    let watcher = try await browser.newPage()
                    try await watcher.open(address)
                    try await watcher.wait(until: "document.getElementById('live').textContent == 'live'")
                    let visitor = try await browser.newPage()
                    try await visitor.open(address)
                    try await visitor.fill("input[name=name]", "Ada <Lovelace>")
                    try await visitor.fill("textarea[name=message]", "Hello & goodbye")
                    try await visitor.choose(file: file, in: "input[type=file]")
                    try await visitor.click("button")
                    // Back on the page, with the entry in it; and there without a reload.
                    for page in [visitor, watcher] {
                        try await page.wait(until: "document.querySelectorAll('#entries li').length == 1")
                        #expect(try await page.text(of: "#entries li b") == "Ada <Lovelace>")
                        #expect(try await page.text(of: "#entries li p") == "Hello & goodbye")
                        try await page.wait(until: "document.querySelector('#entries img').naturalWidth == 1")
                    }
                    try await visitor.screenshot("guestbook-visitor")
                    try await watcher.screenshot("guestbook-watcher")
                    #expect(visitor.complaints.isEmpty && watcher.complaints.isEmpty)
                }
            }
        }
    }

    @Test(
        "what a visitor wrote is text on every page, whatever it looks like",
        .enabled(if: Browser.isExpected, Comment(rawValue: Browser.missing)))
    func markup() async throws {
        try await withTemporaryFolder { folder async throws in
            try await withSite([Fixture.spec("guestbook")], storage: StorageRoot(path: folder)) { site async throws in
                try await withBrowser { browser in
                    let page = try await browser.newPage()
                    try await page.open("http://127.0.0.1:\(site.address.port ?? 0)/")
                    try await page.wait(until: "document.getElementById('live').textContent == 'live'")
                    let (type, body) = GuestbookTests.form(name: "Bob", message: "<img src=x onerror=alert(1)>")
                    _ = try await site.request("POST", "/entries", headers: ["Content-Type": type], body: body)
                    try await page.wait(until: "document.querySelectorAll('#entries li').length == 1")
                    #expect(try await page.text(of: "#entries li p") == "<img src=x onerror=alert(1)>")
                    #expect(try await page.evaluate("document.querySelectorAll('#entries img').length") == 0)
                }
            }
        }
    }
}
