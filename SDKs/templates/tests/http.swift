import PulpGuestTesting

struct GreeterTests: PluginTests {
    static func tests(_ suite: inout Suite) {
        suite.test("greets by name, and counts") { host in
            host.get("/hello/world").expect(status: 200, text: "Hello, world! (1)\n")
            host.get("/hello/world").expect(text: "Hello, world! (2)\n")
        }

        suite.test("takes the greeting from its configuration", config: ["greeting": "Hi"]) { host in
            host.get("/hello/you").expect(text: "Hi, you! (1)\n")
        }
    }
}
