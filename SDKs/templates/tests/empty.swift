import PulpGuestTesting

struct EmptyTests: PluginTests {
    static func tests(_ suite: inout Suite) {
        suite.test("starts") { host in
            host.expect(logs: ["PLUGIN_NAME is ready"])
        }
    }
}
