import PulpTestSupport
import Testing

/// Forms as browsers send them, and as nobody should.
@Suite("A form in Swift", .timeLimit(.minutes(3)))
struct SwiftSDKFormTests {
    private static func send(_ site: Site, type: String, _ body: String) async throws -> HTTPConnection.Response {
        try await site.request("POST", "/form", headers: ["Content-Type": type], body: Array(body.utf8))
    }

    @Test("is read as fields and files in both encodings")
    func forms() async throws {
        try await SwiftSDKTests.serve { site async throws in
            let encoded = try await Self.send(
                site, type: "application/x-www-form-urlencoded; charset=utf-8", "name=a+b&name=%C3%A4%&&text=1%3D2&x")
            #expect(encoded.text == "a b,ä%|1=2|none||0")
            let body = """
                --xyz\r
                Content-Disposition: form-data; name="name"\r
                \r
                one\r
                --xyz\r
                content-disposition: form-data; filename="a;b.png"; name="picture"\r
                Content-Type: Image/PNG\r
                \r
                \u{89}PNG\r
                \r
                --xyz\r
                Content-Disposition: form-data; name="text"\r
                \r
                \r
                --xyz--\r

                """
            let multipart = try await Self.send(site, type: "multipart/form-data; boundary=\"xyz\"", body)
            // U+0089 is two bytes of UTF-8, and the line break within belongs to the file.
            #expect(multipart.text == "one||a;b.png|image/png|7")
        }
    }

    @Test("of very many parts without a header is read to its end, and is none")
    func manyParts() async throws {
        try await SwiftSDKTests.serve { site async throws in
            // Each part was looked for its header to the end of the body: minutes for a body of this size.
            let body = "--x" + String(repeating: "\r\n--x", count: 100_000)
            let answer = try await Self.send(site, type: "multipart/form-data; boundary=x", body)
            #expect(answer.status == 400)
            let whole = try await Self.send(site, type: "multipart/form-data; boundary=x", body + "--")
            #expect(whole.text == "|none|none||0")
        }
    }

    @Test("takes nothing that stands in quotes for a parameter")
    func quotes() async throws {
        try await SwiftSDKTests.serve { site async throws in
            let body = """
                --x\r
                Content-Disposition: form-data; title="; name=other"; name="text"\r
                \r
                one\r
                --x--
                """
            let answer = try await Self.send(site, type: "multipart/form-data; boundary=x", body)
            #expect(answer.text == "|one|none||0")
        }
    }

    @Test(
        "that is none, or breaks off, is nil",
        arguments: [
            ("text/plain", "name=x"), ("multipart/form-data", "--x--"), ("multipart/form-data; boundary=", "--"),
            ("multipart/form-data; boundary=x", ""), ("multipart/form-data; boundary=x", "--y--"),
            ("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=a\r\n\r\nb"),
            ("multipart/form-data; boundary=x", "--x"),
            ("multipart/form-data; boundary=\(String(repeating: "b", count: 71))", "--b--"),
        ])
    func noForm(type: String, body: String) async throws {
        try await SwiftSDKTests.serve { site async throws in
            #expect(try await Self.send(site, type: type, body).status == 400)
            let random = (0..<2000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 3) }
            let answer = try await site.request(
                "POST", "/form", headers: ["Content-Type": "multipart/form-data; boundary=x"],
                body: Array("--x\r\n".utf8) + random)
            #expect(answer.status == 400)
        }
    }
}
