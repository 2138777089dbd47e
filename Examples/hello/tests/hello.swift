import PulpGuestTesting

struct HelloTests: PluginTests {
    static func tests(_ suite: inout Suite) {
        suite.test("greets everybody") { host in
            for name in ["Ada", "Grace", "Margaret"] {
                host.get("/hello/\(name)").expect(status: 200, text: "Hello, \(name)!\n")
            }
        }

        suite.test("takes the greeting from its configuration", config: ["greeting": "Hi"]) { host in
            host.get("/hello/you").expect(text: "Hi, you!\n", headers: ["Content-Type": .contains("text/plain")])
        }

        suite.startFails("wants a greeting that is text", with: "greeting", config: ["greeting": 1])
    }
}
