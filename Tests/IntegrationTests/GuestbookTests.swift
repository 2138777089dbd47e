import Foundation
import PulpSandbox
import PulpTestSupport
import Testing

/// What the guestbook's README says, over sockets.
@Suite("The guestbook")
struct GuestbookTests {
    /// A form as a browser sends it.
    static func form(
        name: String, message: String, picture: (type: String, bytes: [UInt8])? = nil
    ) -> (type: String, body: [UInt8]) {
        let boundary = "----WebKitFormBoundary7MA4YWxkTrZu0gW"
        var body: [UInt8] = []
        for (field, value) in [("name", name), ("message", message)] {
            body += "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(field)\"\r\n\r\n\(value)\r\n".utf8
        }
        let (type, bytes) = picture ?? ("application/octet-stream", [])
        let file = picture == nil ? "" : "picture"
        body += "--\(boundary)\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"\(file)\"\r\n".utf8
        body += "Content-Type: \(type)\r\n\r\n".utf8
        body += bytes + Array("\r\n--\(boundary)--\r\n".utf8)
        return ("multipart/form-data; boundary=\(boundary)", body)
    }

    private static func sign(
        _ site: Site, name: String, message: String, picture: (type: String, bytes: [UInt8])? = nil
    ) async throws -> HTTPConnection.Response {
        let (type, body) = Self.form(name: name, message: message, picture: picture)
        return try await site.request("POST", "/entries", headers: ["Content-Type": type], body: body)
    }

    @Test("takes an entry, shows it, keeps its picture, and is the same after a restart")
    func entries() async throws {
        let picture: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10] + Array("\r\n--not a boundary\r\n".utf8)
        try await withTemporaryFolder { folder async throws in
            let storage = StorageRoot(path: folder)
            try await withSite([Fixture.spec("guestbook")], storage: storage) { site async throws in
                #expect(try await site.get("/").text.contains("<ol id=\"entries\"></ol>"))
                let signed = try await Self.sign(
                    site, name: " Ada <b>", message: "a \"quoted\" & </script> line\nand another",
                    picture: ("image/png", picture))
                #expect(signed.status == 303 && signed.header("location") == "/")
                #expect(
                    try await Self.sign(site, name: "Bob", message: "hello", picture: ("text/html", [60])).status == 303
                )
                let page = try await site.get("/")
                #expect(
                    page.text.contains(
                        "<b>Ada &lt;b&gt;</b><p>a &quot;quoted&quot; &amp; &lt;/script&gt; line\nand another"))
                #expect(page.text.contains("<img src=\"/pictures/1\" alt=\"\">"))
                #expect(!page.text.contains("/pictures/2"))
                let shown = try await site.get("/pictures/1")
                #expect(shown.body == picture && shown.header("content-type") == "image/png")
                #expect(try await site.get("/pictures/2").status == 404)
                let entries = try JSONSerialization.jsonObject(with: Data(try await site.get("/entries").body))
                #expect((entries as? [[String: Any]])?.compactMap { $0["id"] as? Int } == [2, 1])
            }
            #expect(FileManager.default.fileExists(atPath: folder + "/guestbook/pictures/1"))
            try await withSite([Fixture.spec("guestbook")], storage: storage) { site async throws in
                #expect(try await site.get("/").text.contains("Ada &lt;b&gt;"))
                #expect(try await site.get("/pictures/1").body == picture)
            }
        }
    }

    @Test("refuses forms that are none, and entries without a name or a message")
    func refusals() async throws {
        try await withTemporaryFolder { folder async throws in
            try await withSite([Fixture.spec("guestbook")], storage: StorageRoot(path: folder)) { site async throws in
                #expect(try await Self.sign(site, name: "  ", message: "x").status == 422)
                #expect(try await Self.sign(site, name: "x", message: "\n").status == 422)
                let type = "multipart/form-data; boundary=abc"
                for (header, body) in [
                    ("text/plain", "name=x"), (type, ""), (type, "--abc"), (type, "--abc\r\n\r\n"),
                    ("multipart/form-data", "--abc--"), ("multipart/form-data; boundary=\"", "x"),
                ] {
                    let answer = try await site.request(
                        "POST", "/entries", headers: ["Content-Type": header], body: Array(body.utf8))
                    #expect(answer.status == 400, "\(header) \(body)")
                }
                #expect(try await site.get("/entries").text == "[]")
            }
        }
    }

    @Test("tells whoever listens of a new entry at once, and whoever comes back of what was missed")
    func live() async throws {
        try await withTemporaryFolder { folder async throws in
            try await withSite([Fixture.spec("guestbook")], storage: StorageRoot(path: folder)) { site async throws in
                let listener = try await site.connect()
                try await listener.send("GET /live HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n")
                _ = try await listener.text(until: "text/event-stream")
                _ = try await Self.sign(site, name: "Ada", message: "one\ntwo")
                let event = "id: 1\nevent: entry\ndata: {\"id\":1,\"name\":\"Ada\",\"message\":\"one\\u000atwo\"}\n\n"
                _ = try await listener.text(until: event)
                await listener.close()
                _ = try await Self.sign(site, name: "Bob", message: "missed")
                let again = try await site.connect()
                try await again.send("GET /live HTTP/1.1\r\nHost: x\r\nLast-Event-ID: 1\r\n\r\n")
                let seen = try await again.text(until: "\"missed\"")
                #expect(!seen.contains("\"Ada\""))
                await again.close()
            }
        }
    }
}
