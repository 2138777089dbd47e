import PulpTestSupport
import Testing

@Suite("Examples/chat")
struct ChatTests {
    @Test("serves its page, lets those in who come from it, and passes on what they say")
    func room() async throws {
        try await withSite([Fixture.spec("chat")]) { site async throws in
            let page = try await site.get("/")
            #expect(page.status == 200 && page.header("content-type") == "text/html; charset=utf-8")
            #expect(page.text.hasPrefix("<!doctype html>") && page.text.hasSuffix("</html>"))

            let one = try await WebSocketClient.open(site.address, "/chat", headers: ["Origin: http://pulp.test"])
            #expect(try await one.text() == "1 here")
            let two = try await WebSocketClient.open(site.address, "/chat")
            for client in [one, two] { #expect(try await client.text() == "2 here") }
            try await two.send("hello <b>everybody</b> 👋")
            for client in [one, two] { #expect(try await client.text() == "hello <b>everybody</b> 👋") }
            try await two.close()
            #expect(try await one.text() == "1 here")
            try await one.send(WebSocketClient.Frame(2, [1, 2, 3]))
            #expect(try await one.next() == .close(1008, "text of 2000 bytes at most"))
            await one.drop()

            let foreign = await #expect(throws: WebSocketClient.Refused.self) {
                try await WebSocketClient.open(site.address, "/chat", headers: ["Origin: http://evil.example"])
            }
            #expect(foreign?.status == 403)
        }
    }
}
