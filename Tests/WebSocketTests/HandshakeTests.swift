import PulpTestSupport
import Testing

@Suite("The opening handshake")
struct HandshakeTests {
    private static let usual: [(String, String)] = [
        ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("Sec-WebSocket-Version", "13"),
    ]

    /// The answer to a GET with the usual fields, some of them changed; nil leaves one out.
    private func answer(
        _ site: Site, _ changes: [String: String?], method: String = "GET", path: String = "/ws", tail: String = ""
    ) async throws -> HTTPConnection.Response {
        let connection = try await site.connect()
        var head = "\(method) \(path) HTTP/1.1\r\nHost: pulp.test\r\n"
        for (name, value) in Self.usual where changes[name] == nil { head += "\(name): \(value)\r\n" }
        for (name, value) in changes { if let value { head += "\(name): \(value)\r\n" } }
        try await connection.send(head + "\r\n" + tail)
        let response = try await connection.response()
        await connection.close()
        return response
    }

    @Test("what is right gets 101, what is wrong says what")
    func answers() async throws {
        let rows: [([String: String?], Int)] = [
            ([:], 101),
            (["Upgrade": "WebSocket"], 101), (["Upgrade": "h2c, websocket"], 101),
            (["Connection": "keep-alive, UPGRADE"], 101),
            (["Sec-WebSocket-Version": "12"], 426), (["Sec-WebSocket-Version": "13, 8"], 426),
            (["Sec-WebSocket-Version": nil], 426),
            (["Sec-WebSocket-Key": nil], 400), (["Sec-WebSocket-Key": "c2hvcnQ="], 400),
            (["Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZ!=="], 400),
            (["Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=A"], 400),
            (["Upgrade": "h2c"], 426), (["Upgrade": nil], 426), (["Connection": "close"], 426),
            (["Content-Length": "3"], 400),
        ]
        try await withSite([Fixture.spec("websocket")]) { site async throws in
            for (changes, status) in rows {
                let response = try await self.answer(site, changes, tail: changes["Content-Length"] == nil ? "" : "abc")
                #expect(response.status == status, "\(changes)")
                if status == 101 { #expect(response.header("sec-websocket-accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") }
                if status == 426 {
                    #expect(response.header("upgrade") == "websocket")
                    #expect(response.all("connection").contains("Upgrade"))
                }
            }
            let version = try await self.answer(site, ["Sec-WebSocket-Version": "8"])
            #expect(version.header("sec-websocket-version") == "13")
            #expect(try await site.get("/ws").status == 426)
            let post = try await site.request("POST", "/ws", body: [])
            #expect(post.status == 405 && post.header("allow")?.contains("GET") == true)
            #expect(try await self.answer(site, [:], path: "/elsewhere").status == 404)
        }
    }

    @Test("pages of foreign origins are refused in the cell dialect and where the manifest lists origins")
    func origins() async throws {
        var cell = try Fixture.spec("websocket")
        cell.dialect = .cell
        try await withSite([cell]) { site async throws in
            #expect(try await self.answer(site, ["Origin": "http://pulp.test"]).status == 101)
            #expect(try await self.answer(site, ["Origin": "http://evil.example"]).status == 403)
            #expect(try await self.answer(site, [:]).status == 101)
        }
        var listed = try Fixture.spec("websocket")
        listed.capabilitySections["ws"] = [
            CapabilitySetting(name: "origins", value: .strings(["https://app.example.com"])),
            CapabilitySetting(name: "subprotocols", value: .strings(["chat.v2", "chat.v1"])),
        ]
        try await withSite([listed]) { site async throws in
            let right = try await self.answer(
                site, ["Origin": "https://app.example.com", "Sec-WebSocket-Protocol": "none, chat.v1, chat.v2"])
            #expect(right.status == 101 && right.header("sec-websocket-protocol") == "chat.v1")
            let none = try await self.answer(site, ["Sec-WebSocket-Protocol": "none"])
            #expect(none.status == 101 && none.header("sec-websocket-protocol") == nil)
            #expect(try await self.answer(site, ["Origin": "http://pulp.test"]).status == 403)
        }
    }

    @Test("hostile.md: the cost of a handshake is bounded: a head of many fields is refused by the listener, linearly")
    func handshakeCost() async throws {
        try await withSite([Fixture.spec("websocket")]) { site async throws in
            let many = Dictionary(uniqueKeysWithValues: (0..<200).map { ("X-\($0)", Optional("v")) })
            #expect(try await self.answer(site, many).status == 431)
            #expect(try await self.answer(site, ["X-Long": String(repeating: "x", count: 20_000)]).status == 431)
            #expect(try await self.answer(site, [:]).status == 101)
        }
    }
}
