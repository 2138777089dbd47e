import PulpGuestTesting

struct GuestbookTests: PluginTests {
    static func tests(_ suite: inout Suite) {
        suite.before { host in
            host.subscribe("/live")
            post(["name": "Ada", "message": "Hello"], to: host).expect(status: 303, headers: ["Location": "/"])
        }

        suite.test("keeps an entry and tells whoever watches") { host in
            host.expect(events: [EventMatch(data: .contains("Ada", "Hello"), event: "entry", id: "1")])
            host.get("/entries").expect(json: [["id": 1, "name": "Ada", "message": "Hello"]])
        }

        suite.test("keeps its entries over a restart") { host in
            host.restart()
            host.get("/").expect(text: .contains("Ada"))
        }

        suite.test("wants a name and a message") { host in
            for missing in ["name", "message"] {
                post([missing == "name" ? "message" : "name": "Ada"], to: host).expect(status: 422)
            }
            host.expect(events: [EventMatch(event: "entry")])
        }
    }

    /// Sends the form as a browser does.
    private static func post(_ fields: KeyValuePairs<String, String>, to host: TestHost) -> Answer {
        var form = ""
        for (name, value) in fields {
            form += "--x\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n"
        }
        return host.post(
            "/entries", .text(form + "--x--\r\n"), headers: ["Content-Type": "multipart/form-data; boundary=x"])
    }
}
