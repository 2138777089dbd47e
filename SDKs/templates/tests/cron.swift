import PulpGuestTesting

struct WorkerTests: PluginTests {
    static func tests(_ suite: inout Suite) {
        suite.test("works every second", live: false) { host in
            host.advance(.seconds(3))
            host.expect(logs: ["run 1", "run 2", "run 3"])
        }
    }
}
