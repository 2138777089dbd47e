import Foundation
import PulpTestSupport
import Testing

/// That the browser of the tests does what a visitor does.
@Suite("The browser", .enabled(if: Browser.isExpected, Comment(rawValue: Browser.missing)))
struct BrowserTests {
    private static let form = """
        <title>form</title><form onsubmit="sent.textContent = text.value + files.files[0].name; return false">
        <input id=text value=old><input id=files type=file><button>send</button></form><p id=sent></p>
        """

    private func page(_ html: String) -> String {
        "data:text/html;base64," + Data(html.utf8).base64EncodedString()
    }

    @Test("fills in a form, chooses a file, clicks, and keeps a picture")
    func visiting() async throws {
        try await withBrowser { browser in
            let page = try await browser.newPage()
            try await page.open(self.page(Self.form))
            try await page.fill("#text", "Ada \"Ä\"")
            try await page.choose(file: #filePath, in: "#files")
            try await page.click("button")
            try await page.wait(until: "sent.textContent.length > 0")
            #expect(try await page.text(of: "#sent") == "Ada \"Ä\"BrowserTests.swift")
            try await page.fill("#text", "again")
            try await page.submit("form")
            #expect(try await page.text(of: "#sent") == "againBrowserTests.swift")
            let picture = try await page.screenshot("browser-form")
            #expect(try Data(contentsOf: URL(fileURLWithPath: picture)).starts(with: [0x89, 0x50, 0x4E, 0x47]))
            #expect(page.complaints.isEmpty)
        }
    }

    @Test("answers with values of scripts and promises, and says what scripts threw")
    func scripts() async throws {
        try await withBrowser { browser in
            let page = try await browser.newPage()
            #expect(try await page.evaluate("[1, 'a', null, true]") == [1, "a", .null, true])
            #expect(try await page.evaluate("Promise.resolve({ a: 1.5 })")["a"]?.number == 1.5)
            let thrown = await #expect(throws: BrowserError.self) { try await page.evaluate("nowhere.to") }
            #expect(thrown?.description.contains("nowhere is not defined") == true)
            let late = await #expect(throws: BrowserError.self) {
                try await page.wait(until: "1 == 2", within: .milliseconds(10))
            }
            #expect(late?.description.contains("1 == 2") == true)
            try await page.open(self.page("<script>console.error('oh'); missing()</script>"))
            #expect(await eventually { page.complaints.count == 2 })
            let failed = await #expect(throws: BrowserError.self) { try await page.open("http://127.0.0.1:1/") }
            #expect(failed?.description.contains("ERR_") == true)
        }
    }
}
